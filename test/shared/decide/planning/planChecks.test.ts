import { roleDefinitionId } from "../../../../shared/decide/permissions/roles.ts";
import { obsoletePrincipalId } from "../../../../shared/decide/permissions/servicePrincipal.ts";
import type { Facts, TargetFacts, TemplateBody } from "../../../../shared/decide/planning/facts.ts";
import { planBuild } from "../../../../shared/decide/planning/planBuild.ts";
import * as estate from "../estate.ts";

const {
  byId,
  buildSubnetId,
  containerSubnetId,
  facts,
  galleryId,
  grant,
  policy,
  principalId,
  subnet,
  subscription,
  target,
  template,
  vnetId,
} = estate;
const groupId = `${subscription}/resourceGroups/galleries`;

interface Check {
  readonly body?: TemplateBody;
  readonly facts?: Partial<Facts>;
  readonly policy?: Partial<typeof policy>;
  /** Expected code, as blocker unless `warning`; none if absent. */
  readonly code?: string;
  readonly warning?: string;
}

/** The standing estate with some of its resources as given. */
const known = (...targets: readonly TargetFacts[]): Partial<Facts> => ({
  targets: { ...facts(template()).targets, ...byId(targets) },
});
const distribute = (more: object) => template({ distribute: [{ ...estate.galleryTarget, ...more }] });
const managed = { type: "ManagedImage", imageId: estate.sourceImageId };
const version = { type: "SharedImageVersion", imageVersionId: estate.sourceVersionId };
const sourceDefinition = estate.sourceVersionId.replace(/\/versions.*/, "");
const shell = (scriptUri: string) =>
  template({ customize: [{ type: "Shell", name: "s", scriptUri, sha256Checksum: "x" }] });
const old = template({ vmProfile: { vnetConfig: { subnetId: buildSubnetId } } });
const both = template({
  vmProfile: { vnetConfig: { subnetId: buildSubnetId, containerInstanceSubnetId: containerSubnetId } },
});
const net = (build: object, container: object = {}): Partial<Facts> => ({
  subnets: byId([
    subnet(buildSubnetId, build),
    subnet(containerSubnetId, {
      prefixes: ["10.1.1.0/24"],
      delegations: ["Microsoft.ContainerInstance/containerGroups"],
      ...container,
    }),
  ]),
});
const staging = template({ stagingResourceGroup: estate.stagingId });
const wanted: Partial<Facts> = { template: { id: estate.templateId, exists: false, body: staging } };
const deny = {
  id: "/deny/1",
  scope: groupId,
  actions: ["*/write"],
  notActions: [],
  dataActions: [],
  notDataActions: [],
  principalIds: ["00000000-0000-0000-0000-000000000000"],
  excludedPrincipalIds: [],
  appliesToChildScopes: true,
};
const route = (nextHopType: string, addressPrefix = "0.0.0.0/0") => ({
  routes: [{ name: "out", addressPrefix, nextHopType }],
});
const windows = { customize: [{ type: "PowerShell", inline: ["x"] }] };
const windowsStaging = template({
  ...windows,
  stagingResourceGroup: estate.stagingId,
  vmProfile: { vnetConfig: { subnetId: buildSubnetId } },
});
const scripts = shell("https://scripts01.blob.core.windows.net/a/b.sh");
type PolicyEffect = { effect: "deny" } | { effect: "modify"; field: string; value: string };
const policyOn = (type: string, effect: PolicyEffect) => ({
  scope: `/subscriptions/${subscription}`,
  type,
  assignmentId: "/assignments/1",
  definitionId: "/definitions/1",
  ...effect,
});
const closed = (allowedSubnetIds: readonly string[]) =>
  known(target(estate.accountId, { networkDefaultAction: "Deny", allowedSubnetIds }));

const checks: Readonly<Record<string, Check>> = {
  "a template without fault": {},
  "a managed image of another subscription": {
    body: template({
      source: { ...managed, imageId: estate.sourceImageId.replace(subscription, estate.otherSubscription) },
    }),
    code: "SourceElsewhere",
  },
  "a managed image in another region": {
    body: template({ source: managed }),
    facts: known(target(estate.sourceImageId, { location: "northeurope" })),
    code: "RegionMismatch",
  },
  "a managed image in the same region, spelled otherwise": {
    body: template({ source: managed }),
    facts: known(target(estate.sourceImageId, { location: "West Europe" })),
  },
  "a definition for the other system": {
    body: template({ source: version }),
    facts: known(target(estate.definitionId, { osType: "Windows" }), target(sourceDefinition, { osType: "Linux" })),
    code: "SystemMismatch",
  },
  "a definition of the other generation": {
    body: template({ source: version }),
    facts: known(
      target(estate.definitionId, { hyperVGeneration: "V1" }),
      target(sourceDefinition, { hyperVGeneration: "V2" }),
    ),
    code: "GenerationMismatch",
  },
  "a definition of the same generation": {
    body: template({ source: version }),
    facts: known(
      target(estate.definitionId, { hyperVGeneration: "V2" }),
      target(sourceDefinition, { hyperVGeneration: "v2" }),
    ),
  },
  "target regions without the definition's own": {
    body: distribute({ targetRegions: [{ name: "northeurope" }] }),
    code: "HomeRegionMissing",
  },
  "old target regions without the definition's own": {
    body: distribute({ replicationRegions: ["North Europe"] }),
    code: "HomeRegionMissing",
  },
  "target regions with the definition's own": {
    body: distribute({ replicationRegions: ["North Europe", "West Europe"] }),
  },
  "two targets of one name": {
    body: template({ distribute: [estate.galleryTarget, { ...estate.imageTarget, runOutputName: "GOLD" }] }),
    code: "RunOutputTwice",
  },
  "PowerShell on Linux": {
    body: template(windows),
    facts: known(target(estate.definitionId, { osType: "Linux" })),
    code: "CustomizerMismatch",
  },
  "Shell on Windows": { facts: known(target(estate.definitionId, { osType: "Windows" })), code: "CustomizerMismatch" },
  "a time-out of three minutes": { body: template({ buildTimeoutInMinutes: 3 }), code: "TimeoutTooShort" },
  "a time-out of a day": { body: template({ buildTimeoutInMinutes: 1440 }), code: "InvalidTimeout" },
  "a time-out in words": { body: template({ buildTimeoutInMinutes: "60" }), code: "InvalidTimeout" },
  "a time-out of six minutes": { body: template({ buildTimeoutInMinutes: 6 }) },
  "a VHD address that is none": {
    body: template({ distribute: [{ type: "VHD", runOutputName: "v", uri: "https://example.com/v.vhd" }] }),
    code: "InvalidResourceId",
  },
  "a purchase plan": {
    body: template({
      source: { ...estate.marketplace, planInfo: { planName: "p", planProduct: "o", planPublisher: "x" } },
    }),
    warning: "TermsNeeded",
  },
  "a template that runs by itself": { body: template({ autoRun: { state: "Enabled" } }), warning: "AutoRun" },
  "a staging group with something in it, for a template to be created": {
    body: staging,
    facts: { ...wanted, ...known(target(estate.stagingId, { resourceCount: 2 })) },
    policy: { fence: { ...policy.fence, pairs: [{ principalId, role: "contributor", scope: estate.stagingId }] } },
    code: "StagingGroupNotEmpty",
  },
  "a staging group with something in it, for a template that stands: it is the template's own": {
    body: staging,
    facts: known(target(estate.stagingId, { resourceCount: 2 })),
    policy: { fence: { ...policy.fence, pairs: [{ principalId, role: "contributor", scope: estate.stagingId }] } },
  },
  "a staging group in another region": {
    body: staging,
    facts: { ...wanted, ...known(target(estate.stagingId, { location: "northeurope" })) },
    code: "RegionMismatch",
  },
  "a staging group that holds the template": {
    facts: {
      template: {
        id: estate.templateId,
        exists: false,
        body: template({ stagingResourceGroup: `${subscription}/resourceGroups/images` }),
      },
    },
    code: "StagingGroupShared",
  },
  "Windows with proxy and own staging group, and nobody knows the service's principal": {
    body: windowsStaging,
    facts: known(target(estate.stagingId)),
    code: "ServicePrincipalUnknown",
  },
  "the service's principal by its id of 2020": {
    policy: { imageBuilderPrincipalId: obsoletePrincipalId.toUpperCase() },
    code: "ObsoleteServicePrincipal",
  },
  "a deny assignment for everybody": { facts: { denyAssignments: [deny] }, code: "DenyAssignment" },
  "a deny assignment for the identity": {
    facts: { denyAssignments: [{ ...deny, principalIds: [principalId] }] },
    code: "DenyAssignment",
  },
  "a deny assignment on rights that stand": {
    facts: {
      denyAssignments: [deny],
      grants: [grant(galleryId, roleId("galleryPublisher")), grant(groupId, roleId("imageWriter"))],
    },
    code: "DenyAssignment",
  },
  "a deny assignment that leaves the identity out": {
    facts: { denyAssignments: [{ ...deny, excludedPrincipalIds: [principalId] }] },
  },
  "a deny assignment for somebody else": { facts: { denyAssignments: [{ ...deny, principalIds: ["x"] }] } },
  "a deny assignment of other actions": { facts: { denyAssignments: [{ ...deny, actions: ["Microsoft.Storage/*"] }] } },
  "a deny assignment with exceptions": {
    facts: { denyAssignments: [{ ...deny, notActions: ["Microsoft.Compute/*"] }] },
  },
  "a deny assignment elsewhere": {
    facts: { denyAssignments: [{ ...deny, scope: `${subscription}/resourceGroups/other` }] },
  },
  "a lock on the gallery's group": {
    facts: { locks: [{ id: "/lock/1", scope: groupId, level: "CanNotDelete" }] },
    code: "ScopeLocked",
  },
  "a read-only subscription": {
    facts: { locks: [{ id: "/lock/1", scope: subscription, level: "ReadOnly" }] },
    code: "ScopeLocked",
  },
  "a lock where nothing is to be granted": {
    facts: {
      locks: [{ id: "/lock/1", scope: subscription, level: "ReadOnly" }],
      grants: [grant(galleryId, roleId("galleryPublisher")), grant(groupId, roleId("imageWriter"))],
    },
  },
  "a subscription full of assignments": {
    facts: { assignmentCounts: { [subscription.split("/")[2]!]: 3999 } },
    code: "AssignmentLimit",
  },
  "a subscription with just enough room": { facts: { assignmentCounts: { [subscription.split("/")[2]!]: 3998 } } },
  "a network in another region": {
    body: old,
    facts: net({ virtualNetworkLocation: "northeurope" }),
    code: "RegionMismatch",
  },
  "a subnet that is full": { body: old, facts: net({ usedAddresses: 250 }), code: "SubnetFull" },
  "a subnet with just enough room": { body: old, facts: net({ usedAddresses: 246 }) },
  "a subnet that is too small": { body: old, facts: net({ prefixes: ["10.1.0.0/29"] }), code: "SubnetFull" },
  "two prefixes that are enough together": { body: old, facts: net({ prefixes: ["10.1.0.0/29", "10.1.2.0/29"] }) },
  "a container subnet that is full": { body: both, facts: net({}, { usedAddresses: 251 }), code: "SubnetFull" },
  "a default route into nothing, from the build subnet": { body: old, facts: net(route("None")), warning: "NoWayOut" },
  "a default route into nothing, from the container subnet": {
    body: both,
    facts: net({}, route("None")),
    code: "NoWayOut",
  },
  "a default route to a firewall": { body: old, facts: net(route("VirtualAppliance")), warning: "OutboundUnclear" },
  "another route into nothing": { body: both, facts: net({}, route("None", "10.9.0.0/16")) },
  "a private container subnet without NAT": {
    body: both,
    facts: net({}, { defaultOutboundAccess: false }),
    code: "NoWayOut",
  },
  "a private container subnet with NAT": {
    body: both,
    facts: net({}, { defaultOutboundAccess: false, natGatewayId: "/nat" }),
  },
  "a subnet that says nothing of its way out": { body: both, facts: net({}) },
  "a storage account that lets nobody in": { body: scripts, facts: closed([]), code: "StorageFirewall" },
  "a storage account that lets the container subnet in": {
    body: template({ ...scripts.properties, vmProfile: both.properties?.vmProfile }),
    facts: {
      ...net({}, { serviceEndpoints: ["Microsoft.Storage.Global"] }),
      ...closed([containerSubnetId.toUpperCase()]),
    },
  },
  "a storage account that lets a container subnet in that has no service endpoint": {
    body: template({ ...scripts.properties, vmProfile: both.properties?.vmProfile }),
    facts: { ...net({}), ...closed([containerSubnetId]) },
    code: "StorageEndpointMissing",
  },
  "a policy that denies the staging account": {
    facts: { policies: [policyOn("Microsoft.Storage/storageAccounts", { effect: "deny" })] },
    code: "PolicyForbidsStaging",
  },
  "a policy that switches shared keys off": {
    facts: {
      policies: [
        policyOn("Microsoft.Storage/storageAccounts", {
          effect: "modify",
          field: "allowSharedKeyAccess",
          value: "false",
        }),
      ],
    },
    warning: "PolicyChangesStaging",
  },
  "a policy that denies vaults, for Linux": {
    facts: { policies: [policyOn("Microsoft.KeyVault/vaults", { effect: "deny" })] },
    warning: "PolicyForbidsStaging",
  },
  "a policy that denies vaults, for Windows": {
    body: template(windows),
    facts: { policies: [policyOn("Microsoft.KeyVault/vaults", { effect: "deny" })] },
    code: "PolicyForbidsStaging",
  },
  "a quota that is used up": { facts: { containerCores: { used: 98, limit: 100 } }, warning: "ContainerQuota" },
  "a quota with room": { facts: { containerCores: { used: 96, limit: 100 } } },
  "a script on this machine": { body: shell("http://localhost/a.sh"), code: "PrivateAddress" },
  "a script at the metadata service": {
    body: shell("http://169.254.169.254/metadata/identity/oauth2/token"),
    code: "PrivateAddress",
  },
  "a script at a private address": { body: shell("https://10.0.0.4/a.sh"), code: "PrivateAddress" },
  "a script at a private address in disguise": { body: shell("http://2130706433/a.sh"), code: "PrivateAddress" },
  "a script at a private IPv6 address": { body: shell("http://[fd00::1]/a.sh"), code: "PrivateAddress" },
  "a script at an embedded private address": { body: shell("http://[::ffff:10.0.0.4]/a.sh"), code: "PrivateAddress" },
  "a script at an internal name": { body: shell("https://files.corp.internal/a.sh"), code: "PrivateAddress" },
  "a script from a file": { body: shell("file:///etc/passwd"), code: "PrivateAddress" },
  "a script with a password in its address": {
    body: shell("https://me:secret@example.com/a.sh"),
    code: "PrivateAddress",
  },
  "a script at a public address": { body: shell("https://20.50.60.70/a.sh") },
  "a script with a signature in its address": {
    body: shell("https://scripts01.blob.core.windows.net/a/b.sh?sv=1&sig=secret"),
    warning: "SecretInTemplate",
  },
};

test.each(Object.entries(checks))("%s", (_, check) => {
  const made = planBuild(facts(check.body ?? template(), check.facts), { ...policy, ...check.policy });
  const codes = (problems: readonly { readonly code: string }[]) => problems.map((problem) => problem.code);
  if (check.code === undefined) expect(made.blockers).toEqual([]);
  else expect(codes(made.blockers)).toContain(check.code);
  if (check.warning !== undefined) expect(codes(made.warnings)).toContain(check.warning);
});

test("no refusal repeats a secret of the template", () => {
  const signed = shell("https://scripts01.blob.core.windows.net/a/b.sh?sv=1&sig=topsecret");
  const named = shell("https://me:topsecret@example.com/a.sh");
  for (const body of [signed, named]) expect(JSON.stringify(planBuild(facts(body), policy))).not.toContain("topsecret");
});

test("a virtual network's DDoS plan is one more right", () => {
  const plan = `${subscription}/resourceGroups/network/providers/Microsoft.Network/ddosProtectionPlans/p`;
  const made = planBuild(facts(old, net({ ddosProtectionPlanId: plan })), policy);
  expect(made.requirements.map((need) => need.scope)).toEqual([galleryId, groupId, vnetId, plan]);
});

function roleId(key: string) {
  return roleDefinitionId("test", policy.roleSubscriptionId, key);
}
