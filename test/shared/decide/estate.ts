import { normalize } from "../../../shared/decide/armId.ts";
import {
  roleDefinitionGuid,
  roleDefinitionId,
  roleDefinitionName,
  templateRoles,
} from "../../../shared/decide/permissions/roles.ts";
import type {
  Facts,
  GrantFacts,
  NsgFacts,
  RoleFacts,
  SecurityRuleFacts,
  SubnetFacts,
  TargetFacts,
  TemplateBody,
} from "../../../shared/decide/planning/facts.ts";
import type { Policy } from "../../../shared/decide/planning/policy.ts";

/** A small estate that tests bend to their needs. */
export const subscription = "/subscriptions/11111111-1111-1111-1111-111111111111";
export const otherSubscription = "/subscriptions/22222222-2222-2222-2222-222222222222";
export const principalId = "aaaaaaaa-0000-4000-8000-000000000001";
export const templateId = `${subscription}/resourceGroups/images/providers/Microsoft.VirtualMachineImages/imageTemplates/ubuntu`;
export const identityId = `${subscription}/resourceGroups/images/providers/Microsoft.ManagedIdentity/userAssignedIdentities/aib`;
export const galleryId = `${subscription}/resourceGroups/galleries/providers/Microsoft.Compute/galleries/gold`;
export const definitionId = `${galleryId}/images/ubuntu`;
export const sourceVersionId = `${subscription}/resourceGroups/sources/providers/Microsoft.Compute/galleries/base/images/ubuntu/versions/1.0.0`;
export const sourceImageId = `${subscription}/resourceGroups/sources/providers/Microsoft.Compute/images/base`;
export const targetImageId = `${subscription}/resourceGroups/output/providers/Microsoft.Compute/images/ubuntu`;
export const vnetId = `${subscription}/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/hub`;
export const buildSubnetId = `${vnetId}/subnets/build`;
export const containerSubnetId = `${vnetId}/subnets/containers`;
export const nsgId = `${subscription}/resourceGroups/network/providers/Microsoft.Network/networkSecurityGroups/guard`;
export const stagingId = `${subscription}/resourceGroups/staging`;
export const accountId = `${subscription}/resourceGroups/files/providers/Microsoft.Storage/storageAccounts/scripts01`;
export const vmIdentityId = `${subscription}/resourceGroups/images/providers/Microsoft.ManagedIdentity/userAssignedIdentities/vm`;

export const marketplace = {
  type: "PlatformImage",
  publisher: "Canonical",
  offer: "ubuntu",
  sku: "server",
  version: "latest",
};
export const galleryTarget = {
  type: "SharedImage",
  galleryImageId: definitionId,
  runOutputName: "gold",
  versioning: { scheme: "Latest" },
};
export const imageTarget = {
  type: "ManagedImage",
  imageId: targetImageId,
  location: "westeurope",
  runOutputName: "image",
};

/** A template body with one identity, a marketplace source and a gallery target, and what `properties` changes of it. */
export function template(
  properties: Readonly<Record<string, unknown>> = {},
  more: Partial<TemplateBody> = {},
): TemplateBody {
  return {
    location: "westeurope",
    identity: { type: "UserAssigned", userAssignedIdentities: { [identityId]: {} } },
    properties: {
      source: marketplace,
      customize: [{ type: "Shell", name: "update", inline: ["sudo apt-get update"] }],
      distribute: [galleryTarget],
      ...properties,
    },
    ...more,
  };
}

export const environment = "test";
export const policy: Policy = {
  fence: { scopes: [subscription], identities: [], roles: [], shareWith: [], pairs: [] },
  optIn: "none",
  requirementSet: "documented",
  network: "change",
  mode: "act",
  environment,
  roleSubscriptionId: "11111111-1111-1111-1111-111111111111",
  registerProviders: false,
};

/** Our own roles as the deployment made them, by GUID. */
export const ownRoles: Readonly<Record<string, RoleFacts>> = Object.fromEntries(
  templateRoles.map((role) => {
    const guid = roleDefinitionGuid(environment, role.key);
    const id = roleDefinitionId(environment, policy.roleSubscriptionId, role.key);
    return [guid, standingRole(id, roleDefinitionName(environment, role.key), role.actions)];
  }),
);

export function standingRole(
  id: string,
  name: string,
  actions: readonly string[],
  more: Partial<RoleFacts> = {},
): RoleFacts {
  return {
    id,
    name,
    actions,
    notActions: [],
    dataActions: [],
    notDataActions: [],
    assignableScopes: [subscription],
    ...more,
  };
}

export function grant(scope: string, roleDefinitionId: string, more: Partial<GrantFacts> = {}): GrantFacts {
  const id = `${scope === "/" ? "" : scope}/providers/Microsoft.Authorization/roleAssignments/${"0".repeat(8)}-0000-4000-8000-000000000000`;
  return { id, scope, principalId, roleDefinitionId, ...more };
}

/** Facts in which everything that the template names exists and nothing is granted. */
export function facts(body: TemplateBody, more: Partial<Facts> = {}): Facts {
  return {
    readAt: "2026-01-01T00:00:00Z",
    template: { id: templateId, exists: true, body, provisioningState: "Succeeded" },
    identity: { id: identityId, principalId, clientId: "bbbbbbbb-0000-4000-8000-000000000001" },
    grants: [],
    roles: ownRoles,
    targets: byId(standingTargets),
    subnets: byId([subnet(buildSubnetId)]),
    providers: {},
    storageAccounts: { scripts01: accountId },
    identityUses: [],
    unread: [],
    ...more,
  };
}

const standingTargets: readonly TargetFacts[] = [
  galleryId,
  definitionId,
  sourceImageId,
  vnetId,
  identityId,
  vmIdentityId,
  accountId,
  sourceVersionId.replace(/\/versions.*/, ""),
  sourceVersionId.replace(/\/images.*/, ""),
  `${subscription}/resourceGroups/images`,
  `${subscription}/resourceGroups/galleries`,
  `${subscription}/resourceGroups/output`,
].map((id) => target(id));

export function target(id: string, more: Partial<TargetFacts> = {}): TargetFacts {
  return { id, exists: true, location: "westeurope", tags: {}, ...more };
}

export function byId<T extends { readonly id: string }>(items: readonly T[]): Readonly<Record<string, T>> {
  return Object.fromEntries(items.map((item) => [normalize(item.id), item]));
}

export function subnet(id: string, more: Partial<SubnetFacts> = {}): SubnetFacts {
  return {
    id,
    virtualNetworkId: vnetId,
    virtualNetworkLocation: "westeurope",
    virtualNetworkPrefixes: ["10.1.0.0/16"],
    prefixes: ["10.1.0.0/24"],
    etag: 'W/"1"',
    privateLinkServiceNetworkPolicies: "Disabled",
    delegations: [],
    ...more,
  };
}

export function nsg(rules: readonly SecurityRuleFacts[], more: Partial<NsgFacts> = {}): NsgFacts {
  return { id: nsgId, location: "westeurope", rules, subnetIds: [buildSubnetId], ...more };
}

/** One security rule in a few words: `rule(100, "In", "Deny", "10.0.0.0/8", "*", "22")`. */
export function rule(
  priority: number,
  direction: "In" | "Out",
  access: "Allow" | "Deny",
  from = "*",
  to = "*",
  ports = "*",
  more: Partial<SecurityRuleFacts> = {},
): SecurityRuleFacts {
  const list = (text: string) => text.split(",").filter((part) => part !== "");
  return {
    name: `${access}-${priority}`,
    priority,
    direction: direction === "In" ? "Inbound" : "Outbound",
    access,
    protocol: "Tcp",
    sourceAddressPrefixes: list(from),
    sourcePortRanges: ["*"],
    destinationAddressPrefixes: list(to),
    destinationPortRanges: list(ports),
    sourceApplicationSecurityGroups: [],
    destinationApplicationSecurityGroups: [],
    ...more,
  };
}
