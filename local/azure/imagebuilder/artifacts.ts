import { versionType } from "../compute/latest.ts";
import { managedImageProperties } from "../compute/managedImages.ts";
import { asJson, at, object, text } from "../compute/paths.ts";
import { planReplication } from "../compute/replication.ts";
import { versionProperties } from "../compute/versions.ts";
import { nameOf } from "../ids.ts";
import type { Json, JsonObject, Resource, World } from "../world.ts";
import { definitionOf } from "./requirements.ts";
import type { Run } from "./runs.ts";
import { stagingOf } from "./staging.ts";
import { regionsOf } from "./submissionChecks.ts";
import { locationOf } from "./template.ts";

/** Where a VHD goes: the target's own address, else the staging account. */
export function vhdUri(template: Resource, run: Run, target: Json, index: number): string {
  return (
    text(target, "uri") ||
    `https://${stagingOf(template)?.accountName}.blob.core.windows.net/vhds/${run.runId.slice(0, -1)}${index}.vhd`
  );
}

/** The managed disk that Packer took its snapshot from; gone again when anybody looks. */
function diskOf(template: Resource, run: Run): string {
  return `${text(template.body, "properties", "exactStagingResourceGroup")}/providers/Microsoft.Compute/disks/pkros${run.runId.slice(0, 10)}`;
}

function sizeOf(template: Resource, run: Run): number {
  return Math.max(run.source?.sizeGB ?? 30, Number(at(template.body, "properties", "vmProfile", "osDiskSizeGB") ?? 0));
}

/** Writes the managed image of a target. */
export function putImage(world: World, template: Resource, run: Run, target: Json, id: string): void {
  const properties = managedImageProperties({
    osType: run.source?.osType ?? "Linux",
    hyperVGeneration: run.source?.hyperVGeneration ?? "V1",
    diskId: diskOf(template, run),
    sizeGB: sizeOf(template, run),
  });
  const type = "Microsoft.Compute/images";
  const body = {
    id,
    name: nameOf(id),
    type,
    location: text(target, "location") ?? "",
    tags: object(target, "artifactTags"),
    properties,
  };
  world.store.putResource({ id, type, body });
}

/** Writes the image version of a target, still Creating, with the regions it is copied to. */
export function putVersion(world: World, template: Resource, run: Run, target: Json, id: string): void {
  const definition = world.store.resource(definitionOf(target));
  // The service has no location of its own for versions: it takes the definition's (image-builder-json).
  const location = text(definition?.body, "location") ?? locationOf(template);
  const asked = asJson({
    publishingProfile: {
      excludeFromLatest: at(target, "excludeFromLatest") === true,
      storageAccountType: text(target, "storageAccountType"),
      replicationMode: text(target, "replicationMode"),
      targetRegions: targetRegions(target, location),
    },
  });
  const publishedDate = new Date(world.clock.now()).toISOString();
  const properties = versionProperties(asked, {
    location,
    sourceId: diskOf(template, run),
    publishedDate,
    sizeGB: sizeOf(template, run),
  });
  const replication = planReplication(world, regionsOf(target).length > 0 ? regionsOf(target) : [location], location);
  const body = {
    id,
    name: nameOf(id),
    type: versionType,
    location,
    tags: object(target, "artifactTags"),
    properties: { ...properties, provisioningState: "Creating" },
  };
  world.store.putResource({ id, type: versionType, body, hidden: asJson({ replication }) });
}

function targetRegions(target: Json, location: string): readonly JsonObject[] {
  const exact = at(target, "targetRegions");
  const excludeFromLatest = at(target, "excludeFromLatest") === true;
  const entries = Array.isArray(exact)
    ? (exact as readonly JsonObject[])
    : regionsOf(target).map((name): JsonObject => ({ name }));
  const regions = entries.length > 0 ? entries : [{ name: location }];
  return regions.map(({ name, replicaCount, storageAccountType }) =>
    asJson({
      name,
      regionalReplicaCount: replicaCount ?? 1,
      storageAccountType: storageAccountType ?? text(target, "storageAccountType") ?? "Standard_LRS",
      excludeFromLatest,
    }),
  );
}
