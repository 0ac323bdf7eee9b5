import { nameOf } from "../ids.ts";
import type { Resource, World } from "../world.ts";
import { compareVersions } from "./order.ts";
import { array, at, text } from "./paths.ts";
import { sameRegion } from "./regions.ts";

/** The resource type of image versions. */
export const versionType = "Microsoft.Compute/galleries/images/versions";

/** The versions below an image definition, newest number first. */
export function versionsOf(world: World, definitionId: string): readonly Resource[] {
  const prefix = `${definitionId.toLowerCase()}/versions/`;
  return world.store
    .resources(versionType, definitionId)
    .filter((version) => version.id.toLowerCase().startsWith(prefix))
    .toSorted((left, right) => compareVersions(nameOf(right.id), nameOf(left.id)));
}

/**
 * What `latest` means in `region`: the highest number (not the newest date) among the versions that are ready,
 * replicated there and not excluded, in that region or altogether (image-builder.md §8.2).
 */
export function latestVersion(world: World, definitionId: string, region: string): Resource | undefined {
  return versionsOf(world, definitionId).find(
    (version) => isReady(text(version.body, "properties", "provisioningState")) && offeredIn(version, region),
  );
}

/** A version that is being changed (tags, further regions) keeps its replicas and goes on being used; not established by any document. */
const isReady = (state: string | undefined) => state === "Succeeded" || state === "Updating";

function offeredIn(version: Resource, region: string): boolean {
  const profile = at(version.body, "properties", "publishingProfile");
  if (at(profile, "excludeFromLatest") === true) return false;
  const target = targetIn(version, region);
  return target !== undefined && at(target, "excludeFromLatest") !== true;
}

/** The target region entry of a version for `region`, undefined where it is not published there. */
function targetIn(version: Resource, region: string) {
  return array(version.body, "properties", "publishingProfile", "targetRegions").find((target) =>
    sameRegion(text(target, "name") ?? "", region),
  );
}
