import { text } from "../compute/paths.ts";
import { parentOf, resourceGroupOf, subscriptionOf } from "../ids.ts";
import type { Json, World } from "../world.ts";

/** A right that the template's identity must have. */
export interface Requirement {
  readonly action: string;
  readonly scope: string;
}

/** What reading a source takes (image-builder.md §3.2). */
export function sourceRequirements(source: Json): readonly Requirement[] {
  const image = text(source, "imageId");
  if (image) return [{ action: "Microsoft.Compute/images/read", scope: image }];
  const version = text(source, "imageVersionId");
  if (!version) return [];
  const definition = definitionIn(version);
  return [
    ...galleryReads(definition),
    { action: "Microsoft.Compute/galleries/images/versions/read", scope: definition },
  ];
}

/** What publishing to a gallery takes, as far as it is asked when a template is submitted. */
export function galleryRequirements(target: Json): readonly Requirement[] {
  const definition = definitionOf(target);
  const versions = "Microsoft.Compute/galleries/images/versions";
  return [
    ...galleryReads(definition),
    { action: `${versions}/read`, scope: definition },
    { action: `${versions}/write`, scope: definition },
  ];
}

function galleryReads(definition: string): readonly Requirement[] {
  return [
    { action: "Microsoft.Compute/galleries/read", scope: parentOf(definition) },
    { action: "Microsoft.Compute/galleries/images/read", scope: definition },
  ];
}

/** What distributing to one target takes; the rights on images for gallery output are a switch (image-builder.md §3.2). */
export function targetRequirements(world: World, target: Json): readonly Requirement[] {
  const image = text(target, "imageId");
  if (image) return imageRights(image);
  if (text(target, "type") !== "SharedImage") return [];
  const gallery = galleryRequirements(target);
  return world.switches.galleryNeedsImagesRights
    ? [...gallery, ...imageRights(groupOf(definitionOf(target)))]
    : gallery;
}

function imageRights(scope: string): readonly Requirement[] {
  return ["read", "write", "delete"].map((verb) => ({ action: `Microsoft.Compute/images/${verb}`, scope }));
}

/** The image definition that a gallery target names, without a fixed version. */
export function definitionOf(target: Json): string {
  return definitionIn(text(target, "galleryImageId") ?? "");
}

/** The image definition in the id of a version, or the id itself; groups may be called `images` or `versions`, so only the place counts. */
export function definitionIn(id: string): string {
  return id.split("/").slice(0, 11).join("/");
}

/** The id of the resource group that a resource lies in. */
function groupOf(id: string): string {
  return `/subscriptions/${subscriptionOf(id)}/resourceGroups/${resourceGroupOf(id)}`;
}

/** The first right that `principalId` lacks now. */
export function missingRight(
  world: World,
  principalId: string,
  requirements: readonly Requirement[],
): Requirement | undefined {
  return requirements.find(({ action, scope }) => world.rights.decide(principalId, action, scope).kind === "denied");
}
