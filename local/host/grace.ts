/** Real milliseconds that running code gets to end when the host stops. */
export const stopGrace = 5_000;

/**
 * Waits for `work`, but no longer than `grace` real milliseconds: the app's code runs in the machine's time whatever the
 * clock says, and code that never ends must not keep the host from stopping.
 */
export async function withinGrace(work: Promise<unknown>, grace: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, grace);
  });
  await Promise.race([work, over]).finally(() => clearTimeout(timer));
}
