import { normalize } from "../armId.ts";
import type { Facts, TemplateBody } from "../planning/facts.ts";
import { definitionOf, fieldsOf, itemsOf, sourceOf, targetsOf, textOf } from "./templateBody.ts";

/** Operating system of a template's image: what a gallery definition or source image says, else what the body gives away; undefined if nothing does. */
export function osTypeOf(facts: Facts): "Linux" | "Windows" | undefined {
  const { body } = facts.template;
  const source = sourceOf(body);
  const ids = targetsOf(body).flatMap((target) => (target.kind === "SharedImage" ? [target.galleryImageId] : []));
  if (source.kind === "SharedImageVersion") ids.unshift(source.imageVersionId);
  if (source.kind === "ManagedImage") ids.unshift(source.imageId);
  for (const id of ids) {
    const known = named(facts.targets[normalize(definitionOf(id))]?.osType);
    if (known !== undefined) return known;
  }
  return osTypeGuess(body);
}

function named(osType: string | undefined): "Linux" | "Windows" | undefined {
  if (osType?.toLowerCase() === "linux") return "Linux";
  return osType?.toLowerCase() === "windows" ? "Windows" : undefined;
}

/** What a template's body gives away of its image's operating system; undefined if nothing does. */
export function osTypeGuess(body: TemplateBody): "Linux" | "Windows" | undefined {
  const source = sourceOf(body);
  if (source.kind === "PlatformImage" && source.publisher.toLowerCase().startsWith("microsoftwindows"))
    return "Windows";
  const steps = itemsOf(body.properties?.customize).map((step) => textOf(fieldsOf(step).type).toLowerCase());
  if (steps.some((type) => type === "powershell" || type.startsWith("windows"))) return "Windows";
  return steps.includes("shell") ? "Linux" : undefined;
}
