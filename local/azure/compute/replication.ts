import { drawMs } from "../random.ts";
import type { JsonObject, Resource, World } from "../world.ts";
import { array, asJson, object, text } from "./paths.ts";
import { regionName, sameRegion } from "./regions.ts";

/** When an image version is complete in each of its regions (clock ms), kept out of sight in the resource's `hidden`. */
export interface Replication {
  readonly startedAt: number;
  readonly completeAt: { readonly [region: string]: number };
}

/** Plans the copying of a version: there at once in its home region, later in each further one; regions it already reached stay complete. */
export function planReplication(
  world: World,
  regions: readonly string[],
  home: string,
  before?: Replication,
): Replication {
  const now = world.clock.now();
  const completeAt = Object.fromEntries(
    regions.map((region) => {
      const known = before?.completeAt[regionName(region)];
      const atHome = sameRegion(region, home);
      return [
        regionName(region),
        known ?? (atHome ? now : now + drawMs(world.random, world.switches.replicationSeconds)),
      ];
    }),
  );
  return { startedAt: before?.startedAt ?? now, completeAt };
}

/** `replicationStatus` as `$expand=ReplicationStatus` shows it. */
export function replicationStatus(world: World, version: Resource): JsonObject {
  const { startedAt, completeAt } = replicationOf(version);
  const now = world.clock.now();
  const summary = array(version.body, "properties", "publishingProfile", "targetRegions").map((target) => {
    const region = text(target, "name") ?? "";
    const end = completeAt[regionName(region)] ?? startedAt;
    const progress = now >= end ? 100 : Math.floor((100 * (now - startedAt)) / (end - startedAt));
    return { region, state: progress === 100 ? "Completed" : "Replicating", details: "", progress };
  });
  const aggregatedState = summary.every((entry) => entry.progress === 100) ? "Completed" : "InProgress";
  return asJson({ aggregatedState, summary });
}

/** The replication plan of a version; a version that was stored without one counts as complete everywhere. */
function replicationOf(version: Resource): Replication {
  const known = object(version.hidden, "replication");
  return typeof known.startedAt === "number" ? (known as unknown as Replication) : { startedAt: 0, completeAt: {} };
}

/** Whether a version can be used in `region` now. */
export function replicatedTo(world: World, version: Resource, region: string): boolean {
  const target = array(version.body, "properties", "publishingProfile", "targetRegions").find((entry) =>
    sameRegion(text(entry, "name") ?? "", region),
  );
  return target !== undefined && (replicationOf(version).completeAt[regionName(region)] ?? 0) <= world.clock.now();
}
