import { parentOf } from "../ids.ts";
import type { Call, Json, JsonObject, Resource, World } from "../world.ts";
import { AzureError } from "../world.ts";
import { notFound } from "./answers.ts";
import { galleryApiVersions } from "./galleries.ts";
import type { Accepted, Kind } from "./kind.ts";
import { versionType } from "./latest.ts";
import { versionNumbers } from "./order.ts";
import { array, asJson, at, object, text } from "./paths.ts";
import { sameRegion } from "./regions.ts";
import { planReplication, type Replication, replicationStatus } from "./replication.ts";

const definition =
  "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Compute/galleries/{galleryName}/images/{galleryImageName}";

/** Image versions: made from a managed image or another version, copied to their regions. */
export const versions: Kind = {
  group: "GalleryImageVersions",
  type: versionType,
  path: `${definition}/versions/{galleryImageVersionName}`,
  lists: [{ name: "GalleryImageVersions_ListByGalleryImage", path: `${definition}/versions` }],
  apiVersions: galleryApiVersions,
  hasParent: true,
  seconds: (world) => world.switches.replicationSeconds,
  accept,
  present,
  guardDelete: mayGo,
};

/** The safety profile keeps a version until its end of life (azure-compute-docs, "Azure Compute Gallery"); code and text are assumed. */
function mayGo(world: World, version: Resource): void {
  const safety = object(object(version.body, "properties"), "safetyProfile");
  const end = Date.parse(text(version.body, "properties", "publishingProfile", "endOfLifeDate") ?? "");
  if (safety.blockDeletionBeforeEndOfLife !== true || end <= world.clock.now()) return;
  throw new AzureError(
    409,
    "OperationNotAllowed",
    `The gallery image version '${text(version.body, "name")}' cannot be deleted before its end of life because its safety profile blocks it.`,
  );
}

function present(world: World, version: Resource, call: Call): JsonObject {
  if (call.query.get("$expand")?.toLowerCase() !== "replicationstatus") return version.body;
  const properties = { ...object(version.body, "properties"), replicationStatus: replicationStatus(world, version) };
  return { ...version.body, properties };
}

function accept(world: World, call: Call, body: JsonObject, before: Resource | undefined): Accepted {
  const name = call.params.galleryImageVersionName ?? "";
  if (!versionNumbers(name)) throw invalidName();
  const asked = object(body, "properties");
  const sourceId =
    text(asked, "storageProfile", "source", "id") ?? text(before?.body, "properties", "storageProfile", "source", "id");
  if (!sourceId)
    throw new AzureError(
      400,
      "InvalidParameter",
      "Required parameter 'galleryImageVersion.properties.storageProfile.source' is missing (null).",
    );
  if (before) requireSameSource(before, sourceId);
  const source = before ? undefined : linkedSource(world, call, sourceId);
  const definitionBody = world.store.resource(parentOf(call.id))?.body;
  const failure = source && generationConflict(source, sourceId, definitionBody);
  const location = text(body, "location") ?? "";
  const properties = versionProperties(asked, {
    location,
    sourceId,
    publishedDate:
      text(before?.body, "properties", "publishingProfile", "publishedDate") ??
      new Date(world.clock.now()).toISOString(),
    sizeGB: 30,
  });
  const regions = array(properties, "publishingProfile", "targetRegions").map((target) => text(target, "name") ?? "");
  const replication = planReplication(
    world,
    regions,
    location,
    at(before?.hidden, "replication") as Replication | undefined,
  );
  return { properties, hidden: asJson({ replication }), ...(failure ? { failure } : {}) };
}

function invalidName(): AzureError {
  return new AzureError(
    400,
    "InvalidParameter",
    "The value of parameter galleryImageVersionName is invalid. The name must be in the format MajorVersion.MinorVersion.Patch, for example 0.0.1 or 15.35.0, each part a 32-bit integer.",
  );
}

function requireSameSource(before: Resource, sourceId: string): void {
  const old = text(before.body, "properties", "storageProfile", "source", "id");
  if (!old || old.toLowerCase() === sourceId.toLowerCase()) return;
  throw new AzureError(
    409,
    "PropertyChangeNotAllowed",
    "Changing property 'galleryImageVersion.properties.storageProfile.source.id' is not allowed.",
  );
}

function linkedSource(world: World, call: Call, sourceId: string): Resource {
  const source = world.store.resource(sourceId);
  const on = { action: `${versionType}/write`, scope: call.id };
  world.rights.requireLinked(
    call.caller,
    on,
    source ? `${source.type}/read` : "Microsoft.Compute/images/read",
    sourceId,
  );
  if (!source) throw notFound(sourceId);
  return source;
}

/** The generation of a managed image, or of the definition that a version belongs to. */
function generationConflict(source: Resource, sourceId: string, definitionBody: JsonObject | undefined) {
  const ours = text(definitionBody, "properties", "hyperVGeneration");
  const theirs = text(source.body, "properties", "hyperVGeneration");
  if (!ours || !theirs || ours === theirs) return undefined;
  return {
    code: "Conflict",
    message: `The resource with id '${sourceId}' has a different Hypervisor generation ['${theirs}'] than the parent gallery image Hypervisor generation ['${ours}'].`,
  };
}

/** The properties of a version as they are stored, defaults filled in; `asked` as in a PUT. */
export function versionProperties(
  asked: JsonObject,
  facts: {
    readonly location: string;
    readonly sourceId: string;
    readonly publishedDate: string;
    readonly sizeGB: number;
  },
): JsonObject {
  const profile = object(asked, "publishingProfile");
  const targets = array(profile, "targetRegions");
  const regions = targets.length > 0 ? targets : [{ name: facts.location }];
  if (!regions.some((target) => sameRegion(text(target, "name") ?? "", facts.location)))
    throw homeRegionMissing(facts.location);
  return asJson({
    ...asked,
    publishingProfile: {
      replicaCount: 1,
      excludeFromLatest: false,
      publishedDate: facts.publishedDate,
      storageAccountType: "Standard_LRS",
      replicationMode: "Full",
      ...profile,
      targetRegions: regions.map((target) => regionEntry(target, profile)),
    },
    storageProfile: {
      source: { id: facts.sourceId },
      osDiskImage: { sizeInGB: facts.sizeGB, hostCaching: "ReadWrite", source: {} },
      ...object(asked, "storageProfile"),
    },
    safetyProfile: {
      reportedForPolicyViolation: false,
      allowDeletionOfReplicatedLocations: true,
      ...object(asked, "safetyProfile"),
    },
  });
}

function regionEntry(target: Json, profile: JsonObject): JsonObject {
  return asJson({
    regionalReplicaCount: profile.replicaCount ?? 1,
    storageAccountType: profile.storageAccountType ?? "Standard_LRS",
    excludeFromLatest: false,
    ...object(target),
  });
}

function homeRegionMissing(location: string): AzureError {
  return new AzureError(
    400,
    "InvalidParameter",
    `The target regions of an image version must include its home location '${location}'.`,
  );
}
