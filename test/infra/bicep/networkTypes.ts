import type { Type } from "./types.ts";

/**
 * Own table of the network types that are deployed, for the properties in use: `shared/` has no published ones.
 * Names as in the SDK's models (@azure/arm-network 39) and in published templates of these api-versions. `!` is required.
 */
type Shape = "text" | "flag" | readonly [Shape] | { readonly [name: string]: Shape };

const about = { "name!": "text", "location!": "text", tags: {} } as const satisfies Shape;
const reference = { "id!": "text" } as const satisfies Shape;
const delegation = { "name!": "text", "properties!": { "serviceName!": "text" } } as const satisfies Shape;
const subnet = {
  "name!": "text",
  "properties!": { "addressPrefix!": "text", delegations: [delegation], networkSecurityGroup: reference },
} as const satisfies Shape;
const connection = {
  "name!": "text",
  "properties!": { "privateLinkServiceId!": "text", "groupIds!": ["text"], requestMessage: "text" },
} as const satisfies Shape;
const zoneConfig = { "name!": "text", "properties!": { "privateDnsZoneId!": "text" } } as const satisfies Shape;

const table: Readonly<Record<string, Shape>> = {
  "Microsoft.Network/virtualNetworks@2024-05-01": {
    ...about,
    "properties!": { "addressSpace!": { "addressPrefixes!": ["text"] }, subnets: [subnet] },
  },
  "Microsoft.Network/privateEndpoints@2024-05-01": {
    ...about,
    "properties!": { "subnet!": reference, "privateLinkServiceConnections!": [connection] },
  },
  "Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-05-01": {
    "name!": "text",
    "properties!": { "privateDnsZoneConfigs!": [zoneConfig] },
  },
  "Microsoft.Network/privateDnsZones@2024-06-01": about,
  "Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01": {
    ...about,
    "properties!": { "virtualNetwork!": reference, registrationEnabled: "flag" },
  },
};

/** The table in the form of bicep-types-az: one array of types for each resource type. */
export const networkTypes: ReadonlyMap<string, readonly Type[]> = new Map(
  Object.entries(table).map(([name, shape]) => [name.toLowerCase(), typesOf(shape)]),
);

/** The type of the body is the first. */
function typesOf(shape: Shape): readonly Type[] {
  const types: Type[] = [];
  add(shape);
  return types;

  function add(one: Shape): { readonly $ref: string } {
    const at = types.length;
    types.push({ $type: "AnyType" });
    if (one === "text" || one === "flag") types[at] = { $type: one === "text" ? "StringType" : "BooleanType" };
    else if (isList(one)) types[at] = { $type: "ArrayType", itemType: add(one[0]) };
    else if (Object.keys(one).length > 0) types[at] = { $type: "ObjectType", properties: properties(one) };
    return { $ref: `#/${at}` };
  }

  function properties(members: { readonly [name: string]: Shape }) {
    return Object.fromEntries(
      Object.entries(members).map(([name, member]) => [
        name.replace("!", ""),
        { type: add(member), flags: name.endsWith("!") ? 1 : 0 },
      ]),
    );
  }
}

function isList(shape: Shape): shape is readonly [Shape] {
  return Array.isArray(shape);
}
