import ipaddr from "ipaddr.js";
import { array, at, text } from "../compute/paths.ts";
import type { Json, World } from "../world.ts";

/** A TCP connection as a network security group sees it. */
export interface Flow {
  readonly direction: "Inbound" | "Outbound";
  readonly source: End;
  readonly destination: End;
  readonly port: number;
}

/** One end of a connection: an address, and the service tags that cover it. */
export interface End {
  readonly address: string;
  readonly tags: readonly string[];
}

/** The host address that load balancer probes come from; the tag VirtualNetwork covers it as well (rbac-network-arm.md §5.5). */
export const loadBalancer: End = { address: "168.63.129.16", tags: ["AzureLoadBalancer", "VirtualNetwork"] };
/** Some address outside, as Azure Storage has it. */
export const internet: End = { address: "20.60.0.1", tags: ["Internet", "Storage", "AzureCloud"] };

/** An address inside the virtual network: the first usable one of a subnet. */
export function insideOf(subnet: Json | undefined): End {
  const prefix =
    text(subnet, "properties", "addressPrefix") ??
    String(array(subnet, "properties", "addressPrefixes")[0] ?? "10.0.0.0/24");
  const [network = "10.0.0.0"] = prefix.split("/");
  const bytes = ipaddr.parse(network).toByteArray();
  const last = bytes.length - 1;
  return {
    address: ipaddr.fromByteArray(bytes.map((byte, index) => (index === last ? byte + 4 : byte))).toString(),
    tags: ["VirtualNetwork"],
  };
}

/** Whether the network security group of a subnet lets a connection pass; a subnet without one does. */
export function passes(world: World, subnet: Json | undefined, flow: Flow): boolean {
  const groupId = text(subnet, "properties", "networkSecurityGroup", "id");
  const group = groupId ? world.store.resource(groupId) : undefined;
  if (!group) return true;
  const own = [
    ...array(group.body, "properties", "securityRules"),
    ...world.store
      .resources("Microsoft.Network/networkSecurityGroups/securityRules", group.id)
      .map((rule) => rule.body),
  ];
  const rules = own
    .filter((rule) => text(rule, "properties", "direction") === flow.direction)
    .toSorted(
      (left, right) => Number(at(left, "properties", "priority")) - Number(at(right, "properties", "priority")),
    );
  const decisive = rules.find((rule) => matches(at(rule, "properties") ?? null, flow));
  return decisive ? text(decisive, "properties", "access") === "Allow" : allowedByDefault(flow);
}

/** The rules 65000 to 65500 that every group has. */
function allowedByDefault({ direction, source, destination }: Flow): boolean {
  const within = source.tags.includes("VirtualNetwork") && destination.tags.includes("VirtualNetwork");
  return (
    within ||
    (direction === "Inbound" ? source.tags.includes("AzureLoadBalancer") : destination.tags.includes("Internet"))
  );
}

function matches(rule: Json, flow: Flow): boolean {
  const protocol = text(rule, "protocol")?.toLowerCase() ?? "*";
  return (
    (protocol === "*" || protocol === "tcp") &&
    both(rule, "sourceAddressPrefix", "sourceAddressPrefixes").some((prefix) => covers(prefix, flow.source)) &&
    both(rule, "destinationAddressPrefix", "destinationAddressPrefixes").some((prefix) =>
      covers(prefix, flow.destination),
    ) &&
    both(rule, "destinationPortRange", "destinationPortRanges").some((range) => contains(range, flow.port))
  );
}

/** The singular and the plural form of a field together. */
function both(rule: Json, one: string, many: string): readonly string[] {
  const single = text(rule, one);
  return [...(single ? [single] : []), ...array(rule, many).map(String)];
}

function covers(prefix: string, end: End): boolean {
  if (["*", "any", "0.0.0.0/0"].includes(prefix.toLowerCase())) return true;
  if (end.tags.some((tag) => tag.toLowerCase() === prefix.toLowerCase())) return true;
  const cidr = prefix.includes("/") ? prefix : `${prefix}/32`;
  if (!ipaddr.isValidCIDR(cidr)) return false;
  const [network, length] = ipaddr.parseCIDR(cidr);
  const address = ipaddr.parse(end.address);
  return address.kind() === network.kind() && address.match(network, length);
}

function contains(range: string, port: number): boolean {
  if (range === "*") return true;
  return range.split(",").some((part) => {
    const [from = "", to = from] = part.trim().split("-");
    return Number(from) <= port && port <= Number(to);
  });
}
