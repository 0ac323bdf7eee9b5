import type { Answer, Call, JsonObject, Operation, World } from "../world.ts";
import { AzureError } from "../world.ts";
import { managedImages } from "./managedImages.ts";
import { type PlatformImage, platformImages } from "./marketplace.ts";
import { compareVersions } from "./order.ts";

const publishers = "/subscriptions/{subscriptionId}/providers/Microsoft.Compute/locations/{location}/publishers";
const offers = `${publishers}/{publisherName}/artifacttypes/vmimage/offers`;
const skus = `${offers}/{offer}/skus`;
const versions = `${skus}/{skus}/versions`;

/** The marketplace's images: lists of publishers, offers, SKUs and versions, and one version. */
export const platformImageOperations: readonly Operation[] = [
  operation("VirtualMachineImages_ListPublishers", publishers, (world, call) =>
    names(world, call, (image) => image.publisher),
  ),
  operation("VirtualMachineImages_ListOffers", offers, (world, call) => names(world, call, (image) => image.offer)),
  operation("VirtualMachineImages_ListSkus", skus, (world, call) => names(world, call, (image) => image.sku)),
  operation("VirtualMachineImages_List", versions, listVersions),
  operation("VirtualMachineImages_Get", `${versions}/{version}`, oneVersion),
];

function operation(name: string, path: string, answer: (world: World, call: Call) => Answer): Operation {
  const action = `Microsoft.Compute/locations/publishers/${path.endsWith("/{version}") || path === versions ? "artifacttypes/offers/skus/versions/" : ""}read`;
  return { name, method: "GET", path, apiVersions: managedImages.apiVersions, action, answer };
}

/** The images that match whatever names the path carries. */
function matching(world: World, call: Call): readonly PlatformImage[] {
  const { publisherName, offer, skus: sku } = call.params;
  const same = (asked: string | undefined, name: string) =>
    asked === undefined || asked.toLowerCase() === name.toLowerCase();
  return platformImages(world).filter(
    (image) => same(publisherName, image.publisher) && same(offer, image.offer) && same(sku, image.sku),
  );
}

function names(world: World, call: Call, nameOf: (image: PlatformImage) => string): Answer {
  const found = [...new Set(matching(world, call).map(nameOf))].sort();
  if (found.length === 0) throw artifactMissing();
  return { status: 200, body: found.map((name) => entry(call, name)) };
}

function entry(call: Call, name: string): JsonObject {
  return { location: call.params.location ?? "", name, id: `${call.id}/${name}` };
}

/** The versions of one SKU; `$orderby=name desc` and `$top` as the command lines send them. */
function listVersions(world: World, call: Call): Answer {
  const [image] = matching(world, call);
  if (!image) throw artifactMissing();
  const ascending = image.versions.toSorted(compareVersions);
  const ordered = /\bdesc\b/i.test(call.query.get("$orderby") ?? "") ? ascending.toReversed() : ascending;
  const top = Number(call.query.get("$top") ?? ordered.length);
  return { status: 200, body: ordered.slice(0, top).map((name) => entry(call, name)) };
}

function oneVersion(world: World, call: Call): Answer {
  const [image] = matching(world, call);
  const version = call.params.version ?? "";
  if (!image?.versions.includes(version)) throw artifactMissing();
  const arm = /arm64/i.test(image.sku);
  return {
    status: 200,
    body: {
      location: call.params.location ?? "",
      name: version,
      id: call.id,
      properties: {
        hyperVGeneration: image.hyperVGeneration,
        architecture: arm ? "Arm64" : "x64",
        osDiskImage: { operatingSystem: image.osType, sizeInGb: image.sizeGB },
        dataDiskImages: [],
        automaticOSUpgradeProperties: { automaticOSUpgradeSupported: true },
        features:
          image.hyperVGeneration === "V2" && !arm ? [{ name: "SecurityType", value: "TrustedLaunchSupported" }] : [],
      },
    },
  };
}

function artifactMissing(): AzureError {
  return new AzureError(404, "NotFound", "Artifact: VMImage was not found.");
}
