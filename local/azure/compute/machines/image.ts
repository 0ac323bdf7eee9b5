import { nameOf, parentOf, typeOf } from "../../ids.ts";
import { AzureError, type Call, type JsonObject, type Resource, type World } from "../../world.ts";
import { latestVersion, versionType } from "../latest.ts";
import { platformImage, platformVersion } from "../marketplace.ts";
import { array, at, object, text } from "../paths.ts";
import { sameRegion } from "../regions.ts";
import { replicatedTo } from "../replication.ts";
import { sharedImage } from "../sharedGalleries.ts";

/** The image that a machine is made from. */
export interface Image {
  /** Id of the version, managed image, or the marketplace image's name. */
  readonly id: string;
  readonly osType: "Linux" | "Windows";
  readonly osState: "Generalized" | "Specialized";
  readonly generation: "V1" | "V2";
  readonly architecture: "x64" | "Arm64";
  /** `SecurityType` among the definition's features. */
  readonly securityType?: string;
  readonly sizeGB: number;
  /** What `imageReference.exactVersion` shows. */
  readonly exactVersion?: string;
}

const definitionType = "Microsoft.Compute/galleries/images";

/** The image that `imageReference` means in a region, with the rights it takes; throws what Compute answers where there is none. */
export function imageOf(world: World, call: Call, reference: JsonObject, region: string): Image {
  const given = ["id", "sharedGalleryImageId", "communityGalleryImageId", "publisher"].filter(
    (name) => reference[name],
  );
  if (given.length !== 1)
    throw invalid(
      "imageReference",
      "Exactly one of id, sharedGalleryImageId, communityGalleryImageId or publisher, offer, sku and version must be given in imageReference.",
    );
  const shared = text(reference, "sharedGalleryImageId");
  if (shared) return versionImage(world, sharedImage(world, call, shared, region), shared, region);
  const id = text(reference, "id");
  if (id) return ownImage(world, call, id, region);
  if (reference.communityGalleryImageId)
    throw new AzureError(501, "NotEmulated", "The emulator has no community galleries.");
  return marketplaceImage(world, reference);
}

function ownImage(world: World, call: Call, id: string, region: string): Image {
  const latest = /\/versions\/latest$/i.test(id);
  const exact = id.replace(/\/versions\/latest$/i, "");
  const type = typeOf(exact).toLowerCase();
  const on = { action: "Microsoft.Compute/virtualMachines/write", scope: call.id };
  if (type === "microsoft.compute/images") {
    world.rights.requireLinked(call.caller, on, "Microsoft.Compute/images/read", exact);
    return managedImage(world, exact, region);
  }
  const isVersion = type === versionType.toLowerCase();
  if (!isVersion && type !== definitionType.toLowerCase())
    throw invalid("imageReference.id", `The value '${id}' is not the id of an image.`);
  world.rights.requireLinked(call.caller, on, `${isVersion ? versionType : definitionType}/read`, exact);
  if (!isVersion) world.rights.requireLinked(call.caller, on, `${versionType}/read`, exact);
  const version = isVersion && !latest ? world.store.resource(exact) : latestVersion(world, exact, region);
  if (!version) throw imageMissing(id);
  return versionImage(world, version, id, region);
}

/** An image version that is ready and there in the region. */
function versionImage(world: World, version: Resource, asked: string, region: string): Image {
  const definition = world.store.resource(parentOf(version.id));
  if (!definition) throw imageMissing(asked);
  const ready = text(version.body, "properties", "provisioningState");
  if (ready === "Failed" || ready === "Deleting" || ready === "Creating") throw imageMissing(asked);
  if (!replicatedTo(world, version, region)) throw notReplicated(asked, region);
  const properties = object(definition.body, "properties");
  const feature = array(properties, "features").find((one) => text(one, "name") === "SecurityType");
  const securityType = text(feature, "value");
  return {
    id: version.id,
    osType: text(properties, "osType") === "Windows" ? "Windows" : "Linux",
    osState: text(properties, "osState") === "Specialized" ? "Specialized" : "Generalized",
    generation: text(properties, "hyperVGeneration") === "V2" ? "V2" : "V1",
    architecture: text(properties, "architecture") === "Arm64" ? "Arm64" : "x64",
    ...(securityType ? { securityType } : {}),
    sizeGB: Number(at(version.body, "properties", "storageProfile", "osDiskImage", "sizeInGB") ?? 30),
    exactVersion: nameOf(version.id),
  };
}

function managedImage(world: World, id: string, region: string): Image {
  const image = world.store.resource(id);
  if (!image) throw new AzureError(404, "NotFound", `The Image '${id}' cannot be found in '${region}' region.`);
  if (!sameRegion(text(image.body, "location") ?? "", region))
    throw new AzureError(404, "NotFound", `The Image '${id}' cannot be found in '${region}' region.`);
  const disk = at(image.body, "properties", "storageProfile", "osDisk");
  return {
    id: image.id,
    osType: text(disk, "osType") === "Windows" ? "Windows" : "Linux",
    osState: text(disk, "osState") === "Specialized" ? "Specialized" : "Generalized",
    generation: text(image.body, "properties", "hyperVGeneration") === "V2" ? "V2" : "V1",
    architecture: "x64",
    sizeGB: Number(at(disk, "diskSizeGB") ?? 30),
  };
}

function marketplaceImage(world: World, reference: JsonObject): Image {
  const [publisher = "", offer = "", sku = "", version = ""] = ["publisher", "offer", "sku", "version"].map((name) =>
    text(reference, name),
  );
  const image = platformImage(world, publisher, offer, sku);
  const exact = image && platformVersion(image, version || "latest");
  if (!image || !exact)
    throw new AzureError(
      404,
      "PlatformImageNotFound",
      `The platform image '${publisher}:${offer}:${sku}:${version}' is not available. Verify that all fields in the storage profile are correct. For more details about storage profile information, please refer to https://aka.ms/storageprofile.`,
    );
  return {
    id: `${publisher}:${offer}:${sku}:${exact}`,
    osType: image.osType,
    osState: "Generalized",
    generation: image.hyperVGeneration,
    architecture: /arm64/i.test(sku) ? "Arm64" : "x64",
    sizeGB: image.sizeGB,
    exactVersion: exact,
  };
}

/** What Compute says of something that is wrong in a body; `target` is the member. */
export function invalid(target: string, message: string): AzureError {
  return new AzureError(400, "InvalidParameter", message, { target });
}

function imageMissing(id: string): AzureError {
  return new AzureError(
    404,
    "GalleryImageNotFound",
    `The gallery image ${id} was not found, or it has no version that is ready and not excluded from latest.`,
    { target: "imageReference" },
  );
}

/** The text of the troubleshooting page for galleries. */
function notReplicated(id: string, region: string): AzureError {
  return new AzureError(
    404,
    "GalleryImageNotFound",
    `The gallery image ${id} is not available in ${region} region. Please contact image owner to replicate to this region, or change your requested region.`,
    { target: "imageReference" },
  );
}
