import { array, at, object, text } from "../compute/paths.ts";
import { parentOf, sameId } from "../ids.ts";
import { AzureError, type Json, type JsonObject } from "../world.ts";
import { badValue, missingField, validationFailed } from "./refusals.ts";
import { requireDistribute } from "./validateDistribute.ts";
import { requireScripts } from "./validateScripts.ts";

/** Names of templates, run outputs and triggers. */
export const namePattern = /^[A-Za-z0-9-_.]{1,64}$/;

const root = "ImageTemplate";

/** Refuses a template body that the service refuses when it is submitted; the body has been read (`parseBody`). */
export function requireValid(name: string, body: JsonObject, apiVersion: string): void {
  if (!namePattern.test(name))
    throw new AzureError(
      400,
      "InvalidResourceName",
      `The image template name '${name}' is invalid: it must match ${namePattern.source}.`,
    );
  if (!text(body, "location"))
    throw new AzureError(400, "LocationRequired", "The location property is required for this definition.");
  requireIdentity(body);
  const properties = at(body, "properties");
  if (!properties) throw missingField(root, "properties");
  requireSource(object(properties, "source"), apiVersion);
  requireScripts(properties);
  requireDistribute(array(properties, "distribute"));
  requireVmProfile(object(properties, "vmProfile"));
  requireRest(object(properties));
}

/** Exactly one user-assigned identity (image-builder.md §2.1). */
export function requireIdentity(body: JsonObject): void {
  if (!body.identity) throw missingField(root, "identity");
  if (text(body, "identity", "type") !== "UserAssigned")
    throw badValue(`${root}.identity`, "type", at(body, "identity", "type") ?? "");
  const ids = Object.keys(object(body, "identity", "userAssignedIdentities"));
  if (ids.length === 0) throw missingField(`${root}.identity`, "userAssignedIdentities");
  const bad = ids.length > 1 ? ids.join(", ") : ids.find((id) => !identityPattern.test(id));
  if (bad !== undefined) throw badValue(`${root}.identity`, "userAssignedIdentities", bad);
}

const group = "^/subscriptions/[^/]+/resourceGroups/[^/]+";
const provider = `${group}/providers`;
const identityPattern = new RegExp(`${provider}/Microsoft.ManagedIdentity/userAssignedIdentities/[^/]+$`, "i");
const subnetPattern = new RegExp(`${provider}/Microsoft.Network/virtualNetworks/[^/]+/subnets/[^/]+$`, "i");
const imagePattern = new RegExp(`${provider}/Microsoft.Compute/images/[^/]+$`, "i");
const versionPattern = new RegExp(
  `${provider}/Microsoft.Compute/galleries/[^/]+/images/[^/]+/versions/(latest|\\d+\\.\\d+\\.\\d+)$`,
  "i",
);
const groupPattern = new RegExp(`${group}$`, "i");

function requireSource(source: JsonObject, apiVersion: string): void {
  const where = `${root}.properties.source`;
  const required = (field: string): string => {
    const value = text(source, field);
    if (!value) throw missingField(where, field);
    return value;
  };
  switch (source.type) {
    case undefined:
      throw missingField(`${root}.properties`, "source");
    case "PlatformImage":
      for (const field of ["publisher", "offer", "sku", "version"]) required(field);
      for (const field of source.planInfo ? ["planName", "planProduct", "planPublisher"] : [])
        if (!text(source, "planInfo", field)) throw missingField(`${where}.planInfo`, field);
      return;
    case "ManagedImage":
      if (!imagePattern.test(required("imageId"))) throw badValue(where, "imageId", source.imageId);
      return;
    case "SharedImageVersion": {
      const id = required("imageVersionId");
      const latestTooEarly = apiVersion < "2022-07-01" && /\/latest$/i.test(id);
      if (!versionPattern.test(id) || latestTooEarly) throw badValue(where, "imageVersionId", id);
      return;
    }
    default:
      throw badValue(where, "type", source.type);
  }
}

/** The rules of `vmProfile` (image-builder.md §2.6). */
export function requireVmProfile(profile: JsonObject): void {
  const where = `${root}.properties.vmProfile`;
  requireRange(where, "osDiskSizeGB", profile.osDiskSizeGB, 0, 4095);
  for (const id of array(profile, "userAssignedIdentities"))
    if (!identityPattern.test(String(id))) throw badValue(where, "userAssignedIdentities", id);
  const network = object(profile, "vnetConfig");
  const { subnetId, containerInstanceSubnetId: containers, proxyVmSize } = network;
  for (const field of ["subnetId", "containerInstanceSubnetId"])
    if (network[field] && !subnetPattern.test(String(network[field])))
      throw badValue(`${where}.vnetConfig`, field, network[field]);
  if (!containers) return;
  if (!subnetId) throw missingField(`${where}.vnetConfig`, "subnetId");
  if (proxyVmSize)
    throw validationFailed(
      "'ImageTemplate.properties.vmProfile.vnetConfig': Field 'proxyVmSize' must not be specified when 'containerInstanceSubnetId' is specified, as no proxy VM is deployed then. Please review  http://aka.ms/azvmimagebuildertmplref  for details on fields requirements in the Image Builder Template.",
    );
  if (!sameId(parentOf(String(subnetId)), parentOf(String(containers))) || sameId(String(subnetId), String(containers)))
    throw badValue(`${where}.vnetConfig`, "containerInstanceSubnetId", containers);
}

function requireRest(properties: JsonObject): void {
  const where = `${root}.properties`;
  requireRange(where, "buildTimeoutInMinutes", properties.buildTimeoutInMinutes, 0, 960);
  const staging = properties.stagingResourceGroup;
  if (staging && !groupPattern.test(String(staging))) throw badValue(where, "stagingResourceGroup", staging);
  requireChoice(`${where}.autoRun`, "state", at(properties, "autoRun", "state"), ["Enabled", "Disabled"]);
  requireChoice(`${where}.optimize.vmBoot`, "state", at(properties, "optimize", "vmBoot", "state"), [
    "Enabled",
    "Disabled",
  ]);
  for (const field of ["onCustomizerError", "onValidationError"])
    requireChoice(`${where}.errorHandling`, field, at(properties, "errorHandling", field), ["cleanup", "abort"]);
}

function requireRange(where: string, field: string, value: Json | undefined, from: number, to: number): void {
  if (typeof value === "number" && (value < from || value > to)) throw badValue(where, field, value);
}

function requireChoice(where: string, field: string, value: Json | undefined, choices: readonly string[]): void {
  if (value !== undefined && value !== null && !choices.includes(String(value))) throw badValue(where, field, value);
}
