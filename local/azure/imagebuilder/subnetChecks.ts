import { array, text } from "../compute/paths.ts";
import type { JsonObject, World } from "../world.ts";

/** Addresses of a subnet that are still free: five of each IPv4 prefix are Azure's own (rbac-network-arm.md §5.6). */
export function freeAddresses(subnet: JsonObject | undefined): number {
  const single = text(subnet, "properties", "addressPrefix");
  const prefixes = [...(single ? [single] : []), ...array(subnet, "properties", "addressPrefixes").map(String)];
  const sizes = prefixes
    .filter((prefix) => !prefix.includes(":"))
    .map((prefix) => 2 ** (32 - Number(prefix.split("/")[1])) - 5);
  return sizes.reduce((sum, size) => sum + size, 0) - array(subnet, "properties", "ipConfigurations").length;
}

/** Whether a connection to the internet leaves a subnet: not where its default route drops it, nor from a private subnet without a NAT gateway or a default route of its own. */
export function leadsOut(world: World, subnet: JsonObject | undefined): boolean {
  const tableId = text(subnet, "properties", "routeTable", "id");
  const table = tableId ? world.store.resource(tableId) : undefined;
  const route = array(table?.body, "properties", "routes").find((one) =>
    ["0.0.0.0/0", "internet"].includes(text(one, "properties", "addressPrefix")?.toLowerCase() ?? ""),
  );
  const hop = text(route, "properties", "nextHopType")?.toLowerCase();
  if (hop !== undefined) return hop !== "none";
  if (subnet === undefined || text(subnet, "properties", "natGateway", "id")) return true;
  const properties = subnet.properties as JsonObject;
  return properties.defaultOutboundAccess !== false;
}
