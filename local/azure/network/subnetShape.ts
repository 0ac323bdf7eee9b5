import ipaddr from "ipaddr.js";
import { compact, isObject, listOf, objectOf, textOf, textsOf } from "../json.ts";
import type { Json, JsonObject, World } from "../world.ts";
import { childName, invalid, subnetType } from "./shapes.ts";

/** What only the provider writes; a PUT that echoes it changes nothing by it. */
const readOnly = [
  ...["provisioningState", "ipConfigurations", "ipConfigurationProfiles", "privateEndpoints", "purpose"],
  ...["resourceNavigationLinks", "serviceAssociationLinks"],
];

/**
 * What a subnet is after a PUT with this body: a full replace, so what is missing is cleared; unknown properties stay
 * as they were sent; defaults as recorded (rbac-network-arm.md §5.1 and §5.4).
 */
export function subnetProperties(id: string, etag: string, sent: JsonObject): JsonObject {
  const { delegations, serviceEndpoints, ...rest } = sent;
  const kept = Object.entries(rest).filter(([name, value]) => value !== null && !readOnly.includes(name));
  return {
    provisioningState: "Updating",
    ...Object.fromEntries(kept),
    ...(listOf(serviceEndpoints).length > 0 ? { serviceEndpoints: listOf(serviceEndpoints).map(serviceEndpoint) } : {}),
    delegations: listOf(delegations).map((entry) => delegation(id, etag, objectOf(entry))),
    privateEndpointNetworkPolicies: sent.privateEndpointNetworkPolicies ?? "Disabled",
    privateLinkServiceNetworkPolicies: sent.privateLinkServiceNetworkPolicies ?? "Enabled",
  };
}

function serviceEndpoint(entry: Json): JsonObject {
  const { service = "", locations } = objectOf(entry);
  return {
    provisioningState: "Succeeded",
    service,
    locations: listOf(locations).length > 0 ? listOf(locations) : ["*"],
  };
}

const delegationActions: Readonly<Record<string, readonly string[]>> = {
  "Microsoft.ContainerInstance/containerGroups": ["Microsoft.Network/virtualNetworks/subnets/action"],
};

function delegation(subnetId: string, etag: string, entry: JsonObject): JsonObject {
  const name = childName(entry);
  const serviceName = textOf(objectOf(entry.properties).serviceName) ?? "";
  return {
    name,
    id: `${subnetId}/delegations/${name}`,
    etag,
    properties: {
      provisioningState: "Succeeded",
      serviceName,
      actions: delegationActions[serviceName] ?? ["Microsoft.Network/virtualNetworks/subnets/join/action"],
    },
    type: `${subnetType}/delegations`,
  };
}

/** The resource that a subnet is after a PUT. */
export function subnetBody(id: string, name: string, etag: string, properties: JsonObject): JsonObject {
  return compact({ name, id, etag, properties, type: subnetType });
}

/** The address ranges of a subnet. */
export function prefixesOf(properties: JsonObject): readonly string[] {
  const single = textOf(properties.addressPrefix);
  return [...(single ? [single] : []), ...textsOf(properties.addressPrefixes)];
}

const policies: Readonly<Record<string, readonly string[]>> = {
  privateLinkServiceNetworkPolicies: ["Enabled", "Disabled"],
  privateEndpointNetworkPolicies: ["Enabled", "Disabled", "NetworkSecurityGroupEnabled", "RouteTableEnabled"],
};

/** Throws what the provider answers to a subnet that makes no sense by itself. */
export function checkSubnet(name: string, properties: JsonObject): void {
  const prefixes = prefixesOf(properties);
  if (prefixes.length === 0 && listOf(properties.ipamPoolPrefixAllocations).length === 0)
    throw invalid("MissingSubnetAddressPrefix", `Subnet '${name}' must have an address prefix.`);
  for (const prefix of prefixes) checkPrefix(prefix);
  for (const [property, allowed] of Object.entries(policies)) {
    const value = textOf(properties[property]);
    if (value !== undefined && !allowed.includes(value))
      throw invalid(
        "InvalidRequestFormat",
        `Cannot parse the request. The value '${value}' of '${property}' is not one of ${allowed.join(", ")}.`,
      );
  }
  const services = listOf(properties.delegations).map((entry) => objectOf(objectOf(entry).properties).serviceName);
  if (services.some((service) => !textOf(service)))
    throw invalid("InvalidRequestFormat", "Cannot parse the request. A delegation needs a service name.");
}

function checkPrefix(prefix: string): void {
  if (!ipaddr.isValidCIDR(prefix))
    throw invalid("InvalidCIDRNotation", `The address prefix ${prefix} has an invalid CIDR notation.`);
  const [address, bits] = ipaddr.parseCIDR(prefix);
  const network =
    address.kind() === "ipv4" ? ipaddr.IPv4.networkAddressFromCIDR(prefix) : ipaddr.IPv6.networkAddressFromCIDR(prefix);
  if (network.toString() !== address.toString())
    throw invalid(
      "InvalidCIDRNotation",
      `The address prefix ${prefix} has an invalid CIDR notation. For the given prefix length, the address prefix should be ${network}/${bits}.`,
    );
  if (address.kind() === "ipv4" && bits > 29)
    throw invalid("NetcfgInvalidSubnet", `The address prefix ${prefix} is too small: the smallest subnet is /29.`);
}

/** Throws where subnets do not lie in the network's address space, or overlap. */
export function checkLayout(
  networkName: string,
  space: readonly string[],
  subnets: readonly { name: string; prefixes: readonly string[] }[],
): void {
  for (const subnet of subnets)
    for (const prefix of subnet.prefixes)
      if (!space.some((outer) => contains(outer, prefix)))
        throw invalid(
          "NetcfgInvalidSubnet",
          `Subnet '${subnet.name}' is not valid in virtual network '${networkName}'.`,
        );
  subnets.forEach((left, index) => {
    const clash = subnets
      .slice(index + 1)
      .find((right) => left.prefixes.some((one) => right.prefixes.some((two) => overlaps(one, two))));
    if (clash)
      throw invalid(
        "NetcfgSubnetRangesOverlap",
        `Subnet '${clash.name}' is not valid because its IP address range overlaps with that of an existing subnet in virtual network '${networkName}'.`,
      );
  });
}

function contains(outer: string, inner: string): boolean {
  const [outerAddress, outerBits] = ipaddr.parseCIDR(outer);
  const [innerAddress, innerBits] = ipaddr.parseCIDR(inner);
  return (
    outerAddress.kind() === innerAddress.kind() && outerBits <= innerBits && innerAddress.match(outerAddress, outerBits)
  );
}

function overlaps(left: string, right: string): boolean {
  return contains(left, right) || contains(right, left);
}

/** The subnets of a network in the store, as `checkLayout` wants them. */
export function layoutOf(world: World, networkId: string): { id: string; name: string; prefixes: readonly string[] }[] {
  return world.store.resources(subnetType, networkId).map(({ id, body }) => ({
    id,
    name: textOf(body.name) ?? "",
    prefixes: prefixesOf(isObject(body.properties) ? body.properties : {}),
  }));
}
