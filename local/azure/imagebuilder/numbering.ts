import { versionsOf } from "../compute/latest.ts";
import { compareVersions, versionNumbers } from "../compute/order.ts";
import { at, text } from "../compute/paths.ts";
import { nameOf } from "../ids.ts";
import type { Json, World } from "../world.ts";
import { definitionOf } from "./requirements.ts";
import type { SourceImage } from "./sources.ts";

/** The version that a run will publish for a gallery target (image-builder.md §2.5). */
export function planVersion(world: World, target: Json, source: SourceImage | undefined): string {
  const fixed = /\/versions\/([^/]+)$/i.exec(text(target, "galleryImageId") ?? "")?.[1];
  if (fixed) return fixed;
  const taken = versionsOf(world, definitionOf(target)).map((version) => nameOf(version.id));
  const scheme = text(target, "versioning", "scheme");
  if (scheme === "Source" && source?.version && versionNumbers(source.version)) return nextFree(source.version, taken);
  if (scheme) return nextLatest(taken, Number(at(target, "versioning", "major") ?? -1));
  return nextFree(dateLike(world.clock.now()), taken);
}

/** The next patch above the newest version, of one major where it is given; worked example of image-builder-json. */
export function nextLatest(taken: readonly string[], major: number): string {
  const newest = taken
    .filter((name) => versionNumbers(name) && (major < 0 || versionNumbers(name)?.[0] === major))
    .toSorted(compareVersions)
    .at(-1);
  const standing = newest === undefined ? undefined : versionNumbers(newest);
  const [first, second, third] = standing ?? [Math.max(major, 0), 0, 0];
  return `${first}.${second}.${third + 1}`;
}

/** Without `versioning`: zero, then the upper and the lower 16 bits of the time in seconds (0.24105.52755 was 23 January 2020). */
export function dateLike(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  return `0.${Math.floor(seconds / 65_536)}.${seconds % 65_536}`;
}

function nextFree(wanted: string, taken: readonly string[]): string {
  let name = wanted;
  while (taken.includes(name)) {
    const [major, minor, patch] = versionNumbers(name) ?? [0, 0, 0];
    name = `${major}.${minor}.${patch + 1}`;
  }
  return name;
}
