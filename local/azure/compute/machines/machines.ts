import { parentOf, sameId } from "../../ids.ts";
import { nicType, removeInterface } from "../../network/interfaces.ts";
import { AzureError, type Call, type JsonObject, type Resource, type World } from "../../world.ts";
import type { Accepted, Kind } from "../kind.ts";
import { managedImages } from "../managedImages.ts";
import { array, asJson, at, object, text } from "../paths.ts";
import { sameRegion } from "../regions.ts";
import { type BootFault, meetBootFault } from "./bootFaults.ts";
import { diskType, osDisk } from "./disks.ts";
import { type Image, imageOf, invalid } from "./image.ts";
import { instanceView } from "./instanceView.ts";
import { checkOsProfile, checkSize } from "./profile.ts";
import { offeredIn, type Size, sizeOf } from "./sizes.ts";

const group =
  "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Compute/virtualMachines";

export const machineType = "Microsoft.Compute/virtualMachines";

/** Virtual machines: made from an image that fits, with interfaces that stand; they boot as their image lets them. */
export const machines: Kind = {
  group: "VirtualMachines",
  type: machineType,
  path: `${group}/{vmName}`,
  lists: [
    { name: "VirtualMachines_List", path: group },
    {
      name: "VirtualMachines_ListAll",
      path: "/subscriptions/{subscriptionId}/providers/Microsoft.Compute/virtualMachines",
    },
  ],
  apiVersions: managedImages.apiVersions,
  hasParent: false,
  seconds: (world) => world.switches.computeSeconds,
  accept,
  present,
  began: (world, machine) => {
    osDisk(world, machine);
    for (const id of interfacesOf(machine)) attach(world, id, machine.id);
  },
  guardDelete: requireDeletable,
  gone: removeWith,
};

function present(world: World, machine: Resource, call: Call): JsonObject {
  if (!/instanceView/i.test(call.query.get("$expand") ?? "")) return machine.body;
  const properties = { ...object(machine.body, "properties"), instanceView: instanceView(world, machine) };
  return { ...machine.body, properties };
}

function accept(world: World, call: Call, body: JsonObject, before: Resource | undefined): Accepted {
  const asked = object(body, "properties");
  const extra = envelopeOf(body, before);
  if (before) return { properties: changed(before, asked), hidden: before.hidden ?? {}, envelope: extra };
  const region = text(body, "location") ?? "";
  const reference = object(asked, "storageProfile", "imageReference");
  checkMembers(world, call, reference);
  const image = imageOf(world, call, reference, region);
  const size = checkSize(asked, image);
  if (!offeredIn(size, region)) throw notOffered(size, region);
  checkQuota(world, call, size, region);
  checkOsProfile(asked, image);
  checkInterfaces(world, call, asked, region);
  const disk = diskOf(call, asked, image);
  if (world.store.resource(String(at(disk, "managedDisk", "id"))))
    throw new AzureError(
      409,
      "ConflictingUserInput",
      `Disk '${String(disk.name)}' already exists in resource group '${call.params.resourceGroupName}'. Only CreateOption.Attach is supported.`,
      { target: "/subscriptions" },
    );
  world.rights.requireLinked(
    call.caller,
    { action: `${machineType}/write`, scope: call.id },
    `${diskType}/write`,
    text(disk, "managedDisk", "id") ?? "",
  );
  const fault = meetBootFault(world, image.id);
  if (fault?.kind === "allocationFails")
    throw new AzureError(
      409,
      "AllocationFailed",
      "Allocation failed. We do not have sufficient capacity for the requested VM size in this region. Read more about improving likelihood of allocation success at http://aka.ms/allocation-guidance",
    );
  return begun(world, { asked, image, disk, fault, extra });
}

interface New {
  readonly asked: JsonObject;
  readonly image: Image;
  readonly disk: JsonObject;
  readonly fault: BootFault | undefined;
  readonly extra: JsonObject;
}

function begun(world: World, { asked, image, disk, fault, extra }: New): Accepted {
  const { storageProfile, osProfile, ...rest } = asked;
  const reference = {
    ...object(storageProfile, "imageReference"),
    ...(image.exactVersion ? { exactVersion: image.exactVersion } : {}),
  };
  const failure = failureOf(fault, text(osProfile, "computerName") ?? "");
  const seconds =
    fault?.kind === "provisioningTimesOut" ? world.switches.osProvisioningTimeoutSeconds : world.switches.bootSeconds;
  const [from, to] = world.switches.agentSeconds;
  const takes = Math.round((seconds[0] + (seconds[1] - seconds[0]) * world.random()) * 1000);
  const agent = Math.round((from + (to - from) * world.random()) * 1000);
  const now = world.clock.now();
  return {
    properties: asJson({
      ...rest,
      vmId: world.guid(),
      storageProfile: { imageReference: reference, osDisk: disk, dataDisks: array(storageProfile, "dataDisks") },
      ...(osProfile ? { osProfile: withoutSecrets(osProfile as JsonObject) } : {}),
      timeCreated: new Date(now).toISOString(),
    }),
    hidden: asJson({
      imageId: image.id,
      generation: image.generation,
      boot: { startedAt: now, provisionedAt: now + takes, agentAt: now + takes + agent, ...(fault ? { fault } : {}) },
    }),
    envelope: extra,
    seconds: [takes / 1000, takes / 1000],
    ...(failure ? { failure } : {}),
  };
}

function failureOf(fault: BootFault | undefined, computerName: string): Accepted["failure"] {
  if (fault?.kind === "provisioningTimesOut")
    return {
      code: "OSProvisioningTimedOut",
      message: `OS Provisioning for VM '${computerName}' did not finish in the allotted time. The VM may still finish provisioning successfully. Please check provisioning state later. Also, make sure the image has been properly prepared (generalized).`,
    };
  if (fault?.kind === "provisioningFails")
    return {
      code: "OSProvisioningInternalError",
      message: `OS Provisioning failed for VM '${computerName}' due to an internal error.`,
    };
  return undefined;
}

/** The name of a machine, its identity, zones and plan stand beside `properties`. */
function envelopeOf(body: JsonObject, before: Resource | undefined): JsonObject {
  const names = ["identity", "zones", "plan", "extendedLocation"];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = body[name] ?? before?.body[name];
      return value === undefined || value === null ? [] : [[name, value]];
    }),
  );
}

/** Passwords and custom data never come back. */
function withoutSecrets(profile: JsonObject): JsonObject {
  const { adminPassword: _, customData: __, ...rest } = profile;
  return { secrets: [], allowExtensionOperations: true, requireGuestProvisionSignal: true, ...rest };
}

/** What a further PUT may not say otherwise. */
function changed(before: Resource, asked: JsonObject): JsonObject {
  const standing = object(before.body, "properties");
  const reference = (value: JsonObject) => {
    const { id, sharedGalleryImageId, publisher, offer, sku } = object(value, "storageProfile", "imageReference");
    return JSON.stringify([id, sharedGalleryImageId, publisher, offer, sku]).toLowerCase();
  };
  const refuse = (name: string) =>
    new AzureError(409, "PropertyChangeNotAllowed", `Changing property '${name}' is not allowed.`, { target: name });
  if (at(asked, "storageProfile", "imageReference") && reference(asked) !== reference(standing))
    throw refuse("imageReference");
  if (at(asked, "osProfile", "adminPassword")) throw refuse("osProfile.adminPassword");
  const { storageProfile: _, osProfile: __, vmId: ___, timeCreated: ____, ...more } = asked;
  return { ...standing, ...more };
}

/** Members that came later are unknown to an older version. */
function checkMembers(world: World, call: Call, reference: JsonObject): void {
  const since = world.switches.sharedGalleryImageSince;
  if (!reference.sharedGalleryImageId || call.apiVersion >= since) return;
  throw new AzureError(
    400,
    "BadRequest",
    "Could not find member 'sharedGalleryImageId' on object of type 'ImageReference'. Path 'properties.storageProfile.imageReference.sharedGalleryImageId'.",
  );
}

function notOffered(size: Size, region: string): AzureError {
  return new AzureError(
    409,
    "SkuNotAvailable",
    `The requested VM size for resource 'Following SKUs have failed for Capacity Restrictions: ${size.name}' is currently not available in location '${region}'. Please try another size or deploy to a different location or different zone. See https://aka.ms/azureskunotavailable for details.`,
  );
}

function checkQuota(world: World, call: Call, size: Size, region: string): void {
  const standing = world.store.resources(machineType, `/subscriptions/${call.params.subscriptionId}`);
  const used = standing
    .filter((one) => one.type === machineType && sameRegion(text(one.body, "location") ?? "", region))
    .reduce(
      (sum, one) => sum + (sizeOf(text(one.body, "properties", "hardwareProfile", "vmSize") ?? "")?.cores ?? 0),
      0,
    );
  const limit = world.switches.regionalCores;
  if (used + size.cores <= limit) return;
  throw new AzureError(
    409,
    "OperationNotAllowed",
    `Operation could not be completed as it results in exceeding approved Total Regional Cores quota. Additional details - Deployment Model: Resource Manager, Location: ${region}, Current Limit: ${limit}, Current Usage: ${used}, Additional Required: ${size.cores}, (Minimum) New Limit Required: ${used + size.cores}.`,
  );
}

function diskOf(call: Call, asked: JsonObject, image: Image): JsonObject {
  const wanted = object(asked, "storageProfile", "osDisk");
  // Compute takes enumerations in any casing; the CLI writes fromImage.
  if (text(wanted, "createOption")?.toLowerCase() !== "fromimage")
    throw invalid(
      "osDisk.createOption",
      "The emulator's machines are made from images: osDisk.createOption must be FromImage.",
    );
  const name = text(wanted, "name") ?? `${call.params.vmName}_OsDisk_1_${call.id.length.toString(16)}`;
  const id = `${parentOf(parentOf(call.id))}/providers/${diskType}/${name}`;
  return asJson({
    osType: image.osType,
    deleteOption: "Detach",
    caching: "None",
    diskSizeGB: image.sizeGB,
    ...wanted,
    createOption: "FromImage",
    name,
    managedDisk: { storageAccountType: "Standard_LRS", ...object(wanted, "managedDisk"), id },
  });
}

/** The interfaces of a machine's network profile. */
function interfacesOf(machine: Resource): readonly string[] {
  return array(machine.body, "properties", "networkProfile", "networkInterfaces").map((one) => text(one, "id") ?? "");
}

function checkInterfaces(world: World, call: Call, asked: JsonObject, region: string): void {
  const ids = array(asked, "networkProfile", "networkInterfaces").map((one) => text(one, "id") ?? "");
  if (ids.length === 0) throw invalid("networkProfile", "Required parameter 'networkProfile' is missing (null).");
  for (const id of ids) {
    world.rights.requireLinked(
      call.caller,
      { action: `${machineType}/write`, scope: call.id },
      `${nicType}/join/action`,
      id,
    );
    const nic = world.store.resource(id);
    if (!nic || !sameRegion(text(nic.body, "location") ?? "", region))
      throw new AzureError(
        400,
        "InvalidResourceReference",
        `Resource ${id} referenced by resource ${call.id} was not found. Please make sure that the referenced resource exists, and that both resources are in the same region.`,
      );
    const user = text(nic.body, "properties", "virtualMachine", "id");
    if (user && !sameId(user, call.id))
      throw new AzureError(
        400,
        "NicInUse",
        `Network Interface ${id} is used by existing resource ${user}. In order to delete the network interface, it must be dissociated from the resource. To learn more, see aka.ms/deletenic.`,
      );
  }
}

function attach(world: World, nicId: string, machineId: string | undefined): void {
  const nic = world.store.resource(nicId);
  if (!nic) return;
  const { virtualMachine: _, ...rest } = object(nic.body, "properties");
  const properties = machineId ? { ...rest, virtualMachine: { id: machineId } } : rest;
  world.store.putResource({ ...nic, body: { ...nic.body, properties } });
}

/** Who deletes a machine deletes what goes with it; that this takes the rights for it is assumed. */
function requireDeletable(world: World, machine: Resource, call: Call): void {
  const on = { action: `${machineType}/delete`, scope: call.id };
  for (const nic of array(machine.body, "properties", "networkProfile", "networkInterfaces"))
    if (text(nic, "properties", "deleteOption") === "Delete")
      world.rights.requireLinked(call.caller, on, `${nicType}/delete`, text(nic, "id") ?? "");
  const disk = object(machine.body, "properties", "storageProfile", "osDisk");
  if (text(disk, "deleteOption") === "Delete")
    world.rights.requireLinked(call.caller, on, `${diskType}/delete`, text(disk, "managedDisk", "id") ?? "");
}

/** A machine takes with it what says `deleteOption: Delete`; the rest is let go. */
function removeWith(world: World, machine: Resource): void {
  for (const child of world.store.resources(`${machineType}/runCommands`, machine.id))
    world.store.deleteResource(child.id);
  for (const nic of array(machine.body, "properties", "networkProfile", "networkInterfaces")) {
    const id = text(nic, "id") ?? "";
    attach(world, id, undefined);
    if (text(nic, "properties", "deleteOption") === "Delete") removeInterface(world, id);
  }
  const disk = object(machine.body, "properties", "storageProfile", "osDisk");
  const diskId = text(disk, "managedDisk", "id") ?? "";
  if (text(disk, "deleteOption") === "Delete") world.store.deleteResource(diskId);
  else osDisk(world, machine, "Unattached");
}
