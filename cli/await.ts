import { setTimeout as pause } from "node:timers/promises";
import { exits, Stopped } from "./exits.ts";

/** Flags of commands that look until something is done. */
export interface PollFlags {
  /** Seconds to wait for the end. */
  readonly timeout?: number;
  /** Seconds between looks. */
  readonly poll?: number;
}

/** Looks until it is done. Rejects `Stopped` (3) when that takes longer than `timeout`; what goes on is named by `what`. */
export async function awaitEnd<T>(
  what: string,
  { timeout = 900, poll = 1 }: PollFlags,
  look: () => Promise<T>,
  isDone: (seen: T) => boolean,
  signal?: AbortSignal,
): Promise<T> {
  const end = performance.now() + timeout * 1000;
  for (;;) {
    const seen = await look();
    if (isDone(seen)) return seen;
    if (performance.now() > end)
      throw new Stopped(exits.timedOut, {
        code: "StillRunning",
        title: `${what} has not ended within ${timeout} s; it goes on`,
        fix: ["Give it longer: --timeout"],
      });
    await pause(poll * 1000, undefined, signal ? { signal } : {});
  }
}
