import { sameId } from "../decide/armId.ts";
import type { NsgFacts, SecurityRuleFacts, SubnetFacts } from "../decide/planning/facts.ts";
import { fieldsOf, itemsOf, textOf } from "../decide/template/templateBody.ts";
import { idOf, tagsOf, textAt, textsOf } from "./json.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A subnet from the JSON of its VNet, without its NSG; undefined if the VNet has no such subnet. */
export function subnetFacts(vnet: unknown, subnetId: string): { facts: SubnetFacts; nsgId?: string } | undefined {
  const network = fieldsOf(vnet);
  const properties = fieldsOf(network.properties);
  const subnet = itemsOf(properties.subnets)
    .map(fieldsOf)
    .find((one) => sameId(textOf(one.id), subnetId));
  if (subnet === undefined) return undefined;
  const own = fieldsOf(subnet.properties);
  const facts: SubnetFacts = {
    id: textOf(subnet.id),
    virtualNetworkId: textOf(network.id),
    virtualNetworkLocation: textOf(network.location),
    virtualNetworkPrefixes: textsOf(fieldsOf(properties.addressSpace).addressPrefixes),
    prefixes: prefixesOf(own),
    etag: textOf(subnet.etag),
    // ARM leaves the property out where it has its default (rbac-network-arm.md §5.4).
    privateLinkServiceNetworkPolicies: textOf(own.privateLinkServiceNetworkPolicies) || "Enabled",
    delegations: delegationsOf(own),
    ...textAt("routeTableId", idOf(own.routeTable)),
    ...textAt("natGatewayId", idOf(own.natGateway)),
    ...textAt("ddosProtectionPlanId", idOf(properties.ddosProtectionPlan)),
    ...(typeof own.defaultOutboundAccess === "boolean" ? { defaultOutboundAccess: own.defaultOutboundAccess } : {}),
    serviceEndpoints: itemsOf(own.serviceEndpoints).map((one) => textOf(fieldsOf(one).service)),
    // A lower bound: hidden uses (delegated services) are not listed.
    usedAddresses: itemsOf(own.ipConfigurations).length,
  };
  return { facts, ...textAt("nsgId", idOf(own.networkSecurityGroup)) };
}

/** Services that a subnet's `properties` delegate it to. */
export function delegationsOf(properties: Fields): readonly string[] {
  return itemsOf(properties.delegations).map((one) => textOf(fieldsOf(fieldsOf(one).properties).serviceName));
}

function prefixesOf(properties: Fields): readonly string[] {
  const several = textsOf(properties.addressPrefixes);
  if (several.length > 0) return several;
  return textOf(properties.addressPrefix) === "" ? [] : [textOf(properties.addressPrefix)];
}

/** An NSG from its JSON, with custom and default rules. */
export function nsgFacts(json: unknown): NsgFacts {
  const nsg = fieldsOf(json);
  const properties = fieldsOf(nsg.properties);
  return {
    id: textOf(nsg.id),
    location: textOf(nsg.location),
    tags: tagsOf(nsg.tags),
    rules: [...itemsOf(properties.securityRules), ...itemsOf(properties.defaultSecurityRules)].map(ruleFacts),
    subnetIds: itemsOf(properties.subnets).map(idOf),
  };
}

function ruleFacts(json: unknown): SecurityRuleFacts {
  const rule = fieldsOf(json);
  const own = fieldsOf(rule.properties);
  return {
    name: textOf(rule.name),
    priority: typeof own.priority === "number" ? own.priority : 0,
    direction: textOf(own.direction).toLowerCase() === "outbound" ? "Outbound" : "Inbound",
    access: textOf(own.access).toLowerCase() === "allow" ? "Allow" : "Deny",
    protocol: textOf(own.protocol),
    sourceAddressPrefixes: oneOrMany(own, "sourceAddressPrefix", "sourceAddressPrefixes"),
    sourcePortRanges: oneOrMany(own, "sourcePortRange", "sourcePortRanges"),
    destinationAddressPrefixes: oneOrMany(own, "destinationAddressPrefix", "destinationAddressPrefixes"),
    destinationPortRanges: oneOrMany(own, "destinationPortRange", "destinationPortRanges"),
    sourceApplicationSecurityGroups: itemsOf(own.sourceApplicationSecurityGroups).map(idOf),
    destinationApplicationSecurityGroups: itemsOf(own.destinationApplicationSecurityGroups).map(idOf),
  };
}

/** The plural field replaces the singular one; either may hold the values (rbac-network-arm.md §5.5). */
function oneOrMany(own: Fields, one: string, many: string): readonly string[] {
  const single = textOf(own[one]);
  return [...(single === "" ? [] : [single]), ...textsOf(own[many])];
}
