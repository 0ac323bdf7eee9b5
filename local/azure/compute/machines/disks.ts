import { nameOf } from "../../ids.ts";
import { AzureError, type Call, type JsonObject, type Resource, type World } from "../../world.ts";
import type { Accepted, Kind } from "../kind.ts";
import { asJson, object, text } from "../paths.ts";

const group = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Compute/disks";

export const diskType = "Microsoft.Compute/disks";

/** Managed disks: those of machines, and empty ones. */
export const disks: Kind = {
  group: "Disks",
  type: diskType,
  path: `${group}/{diskName}`,
  lists: [
    { name: "Disks_ListByResourceGroup", path: group },
    { name: "Disks_List", path: "/subscriptions/{subscriptionId}/providers/Microsoft.Compute/disks" },
  ],
  apiVersions: [
    "2019-07-01",
    "2020-06-30",
    "2020-12-01",
    "2021-04-01",
    "2022-03-02",
    "2022-07-02",
    "2023-01-02",
    "2023-04-02",
    "2023-10-02",
    "2024-03-02",
    "2025-01-02",
    "2026-03-02",
  ],
  hasParent: false,
  seconds: (world) => world.switches.computeSeconds,
  accept,
  guardDelete(_world, disk) {
    const user = text(disk.body, "managedBy");
    if (user) throw new AzureError(409, "OperationNotAllowed", `Disk ${nameOf(disk.id)} is attached to VM ${user}.`);
  },
};

function accept(_world: World, _call: Call, body: JsonObject, before: Resource | undefined): Accepted {
  const asked = object(body, "properties");
  if (!before && text(asked, "creationData", "createOption") !== "Empty")
    throw new AzureError(400, "InvalidParameter", "The emulator makes empty disks, and those of machines.", {
      target: "creationData.createOption",
    });
  const { managedBy, sku } = { ...before?.body, ...body };
  return {
    properties: { diskState: managedBy ? "Attached" : "Unattached", ...object(before?.body, "properties"), ...asked },
    envelope: { ...(managedBy ? { managedBy } : {}), sku: sku ?? { name: "Standard_LRS", tier: "Standard" } },
  };
}

/** Writes the OS disk of a machine as it stands with it, or as it is left behind. */
export function osDisk(world: World, machine: Resource, state: "Attached" | "Unattached" = "Attached"): void {
  const disk = object(machine.body, "properties", "storageProfile", "osDisk");
  const id = text(disk, "managedDisk", "id") ?? "";
  const standing = world.store.resource(id);
  const { managedBy: _, ...kept } = standing?.body ?? {};
  const body = asJson({
    ...kept,
    id,
    name: nameOf(id),
    type: diskType,
    location: text(machine.body, "location"),
    ...(state === "Attached" ? { managedBy: machine.id } : {}),
    sku: { name: text(disk, "managedDisk", "storageAccountType"), tier: "Standard" },
    tags: machine.body.tags,
    properties: {
      osType: disk.osType,
      diskSizeGB: disk.diskSizeGB,
      creationData: { createOption: "FromImage", galleryImageReference: { id: machine.hidden?.imageId } },
      diskState: state,
      provisioningState: "Succeeded",
      timeCreated: new Date(world.clock.now()).toISOString(),
    },
  });
  world.store.putResource({ id, type: diskType, body });
}
