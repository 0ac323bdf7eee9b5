import { normalize } from "../armId.ts";
import type { TemplateFacts } from "../planning/facts.ts";
import { definitionOf, targetsOf } from "./templateBody.ts";

/** What a template's history belongs to: its tag `goldsmith-lineage`, else the set of images it makes, else (nothing but VHDs) itself. Templates are immutable, so their names change from build to build. */
export function lineage(template: Pick<TemplateFacts, "id" | "body">): string {
  const tags = Object.entries(template.body.tags ?? {});
  const tag = tags.find(([name]) => name.toLowerCase() === "goldsmith-lineage")?.[1].trim();
  if (tag !== undefined && tag !== "") return tag;
  const images = targetsOf(template.body).flatMap((target) => {
    if (target.kind === "SharedImage") return [normalize(definitionOf(target.galleryImageId))];
    return target.kind === "ManagedImage" ? [normalize(target.imageId)] : [];
  });
  return images.length === 0 ? normalize(template.id) : [...new Set(images)].sort().join(",");
}
