import fc from "fast-check";
import type { TemplateBody } from "../../../../shared/decide/planning/facts.ts";
import { contentHash } from "../../../../shared/decide/template/contentHash.ts";
import { galleryTarget, identityId, marketplace, template, vmIdentityId } from "../estate.ts";

const hash = contentHash(template());

test("the content of a template has a hash that says how it was made", () =>
  expect(hash).toMatch(/^sha256:[0-9a-f]{64}$/));

test.each<[string, TemplateBody]>([
  ["other tags", template({}, { tags: { owner: "somebody", goldsmith: "x" } })],
  [
    "the envelope that ARM adds",
    template({}, { id: "/x", name: "ubuntu", type: "t", systemData: {}, apiVersion: "2024-02-01" }),
  ],
  [
    "the identity in another casing",
    template({}, identity(identityId.toUpperCase().replace("/SUBSCRIPTIONS", "/subscriptions"))),
  ],
  ["principal and client id of the identity", template({}, identity(identityId, { principalId: "p", clientId: "c" }))],
  ["a region in words", template({}, { location: "West Europe" })],
  ["a provisioning state", template({ provisioningState: "Succeeded" })],
  ["a last run", template({ lastRunStatus: { runState: "Running" } })],
  [
    "the staging group that the service made",
    template({ exactStagingResourceGroup: "/subscriptions/s/resourceGroups/IT_x" }),
  ],
  ["an empty staging group", template({ stagingResourceGroup: "" })],
  ["the default time-out", template({ buildTimeoutInMinutes: 240 })],
  ["a time-out of 0, which means the default", template({ buildTimeoutInMinutes: 0 })],
  [
    "an empty VM profile",
    template({ vmProfile: { osDiskSizeGB: 0, vmSize: "", vnetConfig: null, userAssignedIdentities: [] } }),
  ],
  ["no validation, written out", template({ validate: null, optimize: {}, errorHandling: null })],
  ["the resolved version of the source", template({ source: { ...marketplace, exactVersion: "1.2.3" } })],
  [
    "an image id in another casing",
    template({ distribute: [{ ...galleryTarget, galleryImageId: galleryTarget.galleryImageId.toLowerCase() }] }),
  ],
  [
    "defaults of a target",
    template({ distribute: [{ ...galleryTarget, excludeFromLatest: false, artifactTags: {}, targetRegions: null }] }),
  ],
  ["keys in another order", reversed(template()) as TemplateBody],
])("%s changes nothing that matters", (_, body) => expect(contentHash(body)).toBe(hash));

test.each<[string, TemplateBody]>([
  ["source", template({ source: { ...marketplace, sku: "other" } })],
  ["customizer", template({ customize: [{ type: "Shell", name: "update", inline: ["sudo apt-get upgrade"] }] })],
  ["casing of a script", template({ customize: [{ type: "Shell", name: "update", inline: ["sudo APT-get update"] }] })],
  ["order of lines", template({ customize: [{ type: "Shell", name: "update", inline: ["", "sudo apt-get update"] }] })],
  ["validation", template({ validate: { inVMValidations: [{ type: "Shell", inline: ["true"] }] } })],
  ["optimization", template({ optimize: { vmBoot: { state: "Enabled" } } })],
  ["target", template({ distribute: [{ ...galleryTarget, runOutputName: "other" }] })],
  ["regions of a target", template({ distribute: [{ ...galleryTarget, replicationRegions: ["westeurope"] }] })],
  ["versioning", template({ distribute: [{ ...galleryTarget, versioning: null }] })],
  ["VM size", template({ vmProfile: { vmSize: "Standard_D2s_v5" } })],
  ["identity of the VM", template({ vmProfile: { userAssignedIdentities: [vmIdentityId] } })],
  ["identity", template({}, identity(vmIdentityId))],
  ["region", template({}, { location: "northeurope" })],
  ["time-out", template({ buildTimeoutInMinutes: 60 })],
  ["staging group", template({ stagingResourceGroup: "/subscriptions/s/resourceGroups/mine" })],
  ["property nobody knows yet", template({ futureSetting: "on" })],
])("another %s is news", (_, body) => expect(contentHash(body)).not.toBe(hash));

test("regions of targets are the same in both spellings", () => {
  const regions = (names: readonly string[]) =>
    template({ distribute: [{ ...galleryTarget, replicationRegions: names }] });
  expect(contentHash(regions(["West Europe"]))).toBe(contentHash(regions(["westeurope"])));
  const newer = (name: string) =>
    template({ distribute: [{ ...galleryTarget, targetRegions: [{ name, replicaCount: 1 }] }] });
  expect(contentHash(newer("West US 3"))).toBe(contentHash(newer("westus3")));
});

test("the order of keys never matters, whatever the template holds", () =>
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (properties) => {
      const body = template(properties as Record<string, unknown>);
      expect(contentHash(reversed(body) as TemplateBody)).toBe(contentHash(body));
    }),
  ));

function identity(id: string, value: unknown = {}): Partial<TemplateBody> {
  return { identity: { type: "UserAssigned", userAssignedIdentities: { [id]: value } } };
}

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  );
}
