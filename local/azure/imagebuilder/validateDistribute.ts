import { array, at, object, text } from "../compute/paths.ts";
import type { Json } from "../world.ts";
import { badValue, missingField, validationFailed } from "./refusals.ts";

const root = "ImageTemplate.properties";
const definitionPattern =
  /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.Compute\/galleries\/[^/]+\/images\/[^/]+(\/versions\/\d+\.\d+\.\d+)?$/i;
const imagePattern = /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.Compute\/images\/[^/]+$/i;

/** The rules of `distribute` (image-builder.md §2.5): at least one target, each with a run output name of its own. */
export function requireDistribute(targets: readonly Json[]): void {
  if (targets.length === 0) throw missingField(root, "distribute");
  const names = new Set<string>();
  targets.forEach((target, index) => {
    const where = `${root}.distribute[${index}]`;
    const name = text(target, "runOutputName");
    if (!name) throw missingField(where, "runOutputName");
    if (!/^[A-Za-z0-9-_.]{1,64}$/.test(name) || names.has(name.toLowerCase()))
      throw badValue(where, "runOutputName", name);
    names.add(name.toLowerCase());
    requireTarget(target, where);
  });
}

function requireTarget(target: Json, where: string): void {
  switch (text(target, "type")) {
    case "ManagedImage":
      requireId(target, where, "imageId", imagePattern);
      if (!text(target, "location")) throw missingField(where, "location");
      return;
    case "SharedImage":
      requireId(target, where, "galleryImageId", definitionPattern);
      requireRegions(target, where);
      requireVersioning(target, where);
      return;
    case "VHD": {
      const uri = text(target, "uri");
      if (uri && !URL.canParse(uri)) throw badValue(where, "uri", uri);
      return;
    }
    default:
      throw badValue(where, "type", at(target, "type") ?? "");
  }
}

function requireId(target: Json, where: string, field: string, pattern: RegExp): void {
  const id = text(target, field);
  if (!id) throw missingField(where, field);
  if (!pattern.test(id)) throw badValue(where, field, id);
}

function requireRegions(target: Json, where: string): void {
  const regions = array(target, "targetRegions");
  const older = array(target, "replicationRegions").length > 0 || text(target, "storageAccountType") !== undefined;
  if (regions.length > 0 && older)
    throw validationFailed(
      `'${where}': Field 'targetRegions' cannot be specified together with 'replicationRegions' or 'storageAccountType'. Please review  http://aka.ms/azvmimagebuildertmplref  for details on fields requirements in the Image Builder Template.`,
    );
  for (const region of regions) {
    if (!text(region, "name")) throw missingField(`${where}.targetRegions`, "name");
    if (Number(at(region, "replicaCount") ?? 1) < 1)
      throw badValue(`${where}.targetRegions`, "replicaCount", at(region, "replicaCount"));
  }
  for (const { storageAccountType } of [...regions, target].map((entry) => object(entry)))
    if (storageAccountType && !["Standard_LRS", "Standard_ZRS", "Premium_LRS"].includes(String(storageAccountType)))
      throw badValue(where, "storageAccountType", storageAccountType);
}

function requireVersioning(target: Json, where: string): void {
  const versioning = at(target, "versioning");
  if (versioning === undefined || versioning === null) return;
  const scheme = text(versioning, "scheme") ?? "";
  if (scheme !== "Latest" && scheme !== "Source") throw badValue(`${where}.versioning`, "scheme", scheme);
  if (Number(at(versioning, "major") ?? -1) < -1)
    throw badValue(`${where}.versioning`, "major", at(versioning, "major"));
}
