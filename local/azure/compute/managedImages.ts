import type { Call, JsonObject, World } from "../world.ts";
import { AzureError } from "../world.ts";
import type { Accepted, Kind } from "./kind.ts";
import { object, text } from "./paths.ts";

const group = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Compute/images";

/** Managed images (`Microsoft.Compute/images`). */
export const managedImages: Kind = {
  group: "Images",
  type: "Microsoft.Compute/images",
  path: `${group}/{imageName}`,
  lists: [
    { name: "Images_ListByResourceGroup", path: group },
    { name: "Images_List", path: "/subscriptions/{subscriptionId}/providers/Microsoft.Compute/images" },
  ],
  apiVersions: [
    "2018-06-01",
    "2019-07-01",
    "2019-12-01",
    "2020-06-01",
    "2020-12-01",
    "2021-03-01",
    "2021-07-01",
    "2021-11-01",
    "2022-03-01",
    "2022-08-01",
    "2022-11-01",
    "2023-03-01",
    "2023-07-01",
    "2023-09-01",
    "2024-03-01",
    "2024-07-01",
    "2024-11-01",
    "2025-04-01",
    "2026-03-01",
    "2026-04-01",
  ],
  hasParent: false,
  seconds: (world) => world.switches.computeSeconds,
  accept,
};

function accept(_world: World, _call: Call, body: JsonObject): Accepted {
  const properties = object(body, "properties");
  if (!text(properties, "storageProfile", "osDisk", "osType") && !text(properties, "sourceVirtualMachine", "id"))
    throw new AzureError(
      400,
      "InvalidParameter",
      "Required parameter 'image.properties.storageProfile.osDisk' or 'image.properties.sourceVirtualMachine' is missing (null).",
    );
  return { properties: { hyperVGeneration: "V1", ...properties } };
}

/** The body of a managed image that Image Builder made; `osDisk` as a capture leaves it. */
export function managedImageProperties(image: {
  readonly osType: string;
  readonly hyperVGeneration: string;
  readonly diskId: string;
  readonly sizeGB: number;
}): JsonObject {
  return {
    storageProfile: {
      osDisk: {
        osType: image.osType,
        osState: "Generalized",
        diskSizeGB: image.sizeGB,
        managedDisk: { id: image.diskId },
        caching: "ReadWrite",
        storageAccountType: "Standard_LRS",
      },
      dataDisks: [],
      zoneResilient: false,
    },
    provisioningState: "Succeeded",
    hyperVGeneration: image.hyperVGeneration,
  };
}
