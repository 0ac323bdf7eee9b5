import { latestVersion } from "../compute/latest.ts";
import { platformImage, platformVersion } from "../compute/marketplace.ts";
import { array, at, object, text } from "../compute/paths.ts";
import { sameRegion } from "../compute/regions.ts";
import { replicatedTo } from "../compute/replication.ts";
import { nameOf } from "../ids.ts";
import type { Resource, World } from "../world.ts";
import { definitionIn } from "./requirements.ts";
import { locationOf } from "./template.ts";

/** The image that a template starts from, as it stands now. */
export interface SourceImage {
  readonly osType: "Linux" | "Windows";
  readonly hyperVGeneration: "V1" | "V2";
  readonly sizeGB: number;
  /** What `exactVersion` shows once the build has resolved it; undefined for managed images. */
  readonly exactVersion: string | undefined;
  /** A version number for the scheme `Source`; undefined where the source has none. */
  readonly version: string | undefined;
}

/** What a look at a source came to; `code` of a missing one is its `provisioningErrorCode`. */
export type Found =
  | { readonly kind: "found"; readonly image: SourceImage }
  | { readonly kind: "missing"; readonly code: string; readonly message: string };

/** Looks the source of a template up: it must exist, in the template's region, generalized. */
export function findSource(world: World, template: Resource): Found {
  const source = object(template.body, "properties", "source");
  if (source.type === "PlatformImage") return findPlatformImage(world, template);
  if (source.type === "ManagedImage") return findManagedImage(world, template, String(source.imageId));
  return findVersion(world, template, String(source.imageVersionId));
}

function missing(code: string, message: string): Found {
  return { kind: "missing", code, message };
}

function findPlatformImage(world: World, template: Resource): Found {
  const { publisher, offer, sku, version } = object(template.body, "properties", "source");
  const image = platformImage(world, String(publisher), String(offer), String(sku));
  const exact = image && platformVersion(image, String(version));
  if (image && exact) {
    const { osType, hyperVGeneration, sizeGB } = image;
    return { kind: "found", image: { osType, hyperVGeneration, sizeGB, exactVersion: exact, version: exact } };
  }
  world.log(
    `the emulated marketplace has no image ${publisher}:${offer}:${sku}:${version} (compute/marketplace.ts lists what it has)`,
  );
  return missing(
    "BadPIRSource",
    `Validation failed: 'ImageTemplate.properties.source': the platform image '${publisher}:${offer}:${sku}:${version}' was not found in location '${locationOf(template)}'. Please review http://aka.ms/azvmimagebuildertmplref for details on fields required in the Image Builder Template.`,
  );
}

function findManagedImage(world: World, template: Resource, imageId: string): Found {
  const image = world.store.resource(imageId);
  if (!image || !sameRegion(text(image.body, "location") ?? "", locationOf(template)))
    return missing(
      "BadManagedImageSource",
      `Build (Managed Image) step failed: Error getting Managed Image '${imageId}': Error getting managed image (...): compute.ImagesClient#Get: Failure responding to request: StatusCode=404 -- Original Error: autorest/azure: Service returned an error. Status=404 Code="ResourceNotFound" Message="The Resource 'Microsoft.Compute/images/${nameOf(imageId)}' was not found in location '${locationOf(template)}'."`,
    );
  const disk = at(image.body, "properties", "storageProfile", "osDisk");
  const size = at(disk, "diskSizeGB");
  return {
    kind: "found",
    image: {
      osType: text(disk, "osType") === "Windows" ? "Windows" : "Linux",
      hyperVGeneration: text(image.body, "properties", "hyperVGeneration") === "V2" ? "V2" : "V1",
      sizeGB: typeof size === "number" ? size : 30,
      exactVersion: undefined,
      version: undefined,
    },
  };
}

function findVersion(world: World, template: Resource, versionId: string): Found {
  const definitionId = definitionIn(versionId);
  const definition = world.store.resource(definitionId);
  const asked = nameOf(versionId);
  const version =
    asked.toLowerCase() === "latest"
      ? latestVersion(world, definitionId, locationOf(template))
      : world.store.resource(versionId);
  const usable = version && definition && replicatedTo(world, version, locationOf(template));
  if (!usable || text(definition.body, "properties", "osState") === "Specialized")
    return versionMissing(versionId, definitionId);
  const security = securityTypeOf(definition);
  if (security)
    return missing(
      "BadSharedImageVersionSource",
      `Validation failed: 'ImageTemplate.properties.source': images of security type '${security}' are not supported as source: '${versionId}'.`,
    );
  const size = at(version.body, "properties", "storageProfile", "osDiskImage", "sizeInGB");
  return {
    kind: "found",
    image: {
      osType: text(definition.body, "properties", "osType") === "Windows" ? "Windows" : "Linux",
      hyperVGeneration: text(definition.body, "properties", "hyperVGeneration") === "V2" ? "V2" : "V1",
      sizeGB: typeof size === "number" ? size : 30,
      exactVersion: version.id,
      version: nameOf(version.id),
    },
  };
}

/** Images that are made for trusted launch or confidential VMs only are no source (image-builder.md §2.2); the text is assumed. */
function securityTypeOf(definition: Resource): string | undefined {
  const feature = array(definition.body, "properties", "features").find((one) => text(one, "name") === "SecurityType");
  const value = text(feature, "value");
  return value === "TrustedLaunch" || value === "ConfidentialVM" ? value : undefined;
}

/** The text of the troubleshooting page. */
function versionMissing(versionId: string, definitionId: string): Found {
  const short = definitionId.slice(definitionId.toLowerCase().indexOf("/providers/") + 11);
  const name = nameOf(versionId);
  return missing(
    "BadSharedImageVersionSource",
    `Build (Shared Image Version) step failed for Image Version '${versionId}': Error getting Image Version '${versionId}': Error getting image version '${nameOf(definitionId)}:${name}': compute.GalleryImageVersionsClient#Get: Failure responding to request: StatusCode=404 -- Original Error: autorest/azure: Service returned an error. Status=404 Code="ResourceNotFound" Message="The Resource '${short}/versions/${name}' under resource group '${definitionId.split("/")[4] ?? ""}' was not found."`,
  );
}
