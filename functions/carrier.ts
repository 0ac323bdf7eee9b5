import type { Deps } from "./activities/deps.ts";

/** How long (ms) a task hub carries a build that waits, without a sign of life; every look at the queue renews it. */
const carriedMs = 3_600_000;

/**
 * Makes our task hub the one that carries a build, or renews that; false while another hub does. An instance id is unique
 * within its hub alone: two deployments over the same tables would else carry the same build twice.
 */
export async function carries(
  { store, settings }: Pick<Deps, "store" | "settings">,
  buildId: string,
): Promise<boolean> {
  return (await store.leases.acquire(`build/${buildId}`, settings.taskHub, carriedMs)) !== undefined;
}
