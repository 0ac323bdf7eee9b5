import type { Address } from "./addresses.ts";
import { inRanges, isPublic, parseRange, probeAddress } from "./addresses.ts";
import type { SecurityRuleFacts } from "./facts.ts";

/** Whether a rule matches a packet: known for sure, or not. */
export type Match = "yes" | "no" | "maybe";

/** One packet of a flow, or rather the first of many that all rules treat alike. */
export interface Packet {
  readonly source: Address;
  readonly sourcePort: number;
  readonly destination: Address;
  readonly destinationPort: number;
}

/** Whether a rule matches a TCP packet, given the prefixes that the tag VirtualNetwork stands for. */
export function matchesPacket(rule: SecurityRuleFacts, packet: Packet, network: readonly string[]): Match {
  if (!["*", "tcp", "any", ""].includes(rule.protocol.toLowerCase())) return "no";
  if (!inPorts(rule.sourcePortRanges, packet.sourcePort)) return "no";
  if (!inPorts(rule.destinationPortRanges, packet.destinationPort)) return "no";
  const sides = [
    side(rule.sourceAddressPrefixes, rule.sourceApplicationSecurityGroups, packet.source, network),
    side(rule.destinationAddressPrefixes, rule.destinationApplicationSecurityGroups, packet.destination, network),
  ];
  if (sides.includes("no")) return "no";
  return sides.includes("maybe") ? "maybe" : "yes";
}

function side(
  prefixes: readonly string[],
  groups: readonly string[],
  address: Address,
  network: readonly string[],
): Match {
  const matches = prefixes.map((prefix) => covers(prefix, address, network));
  if (matches.includes("yes")) return "yes";
  // Members of application security groups are network interfaces of the same virtual network; which ones is not known.
  if (groups.length > 0 && tagVirtualNetwork(address, network) !== "no") return "maybe";
  return matches.includes("maybe") ? "maybe" : "no";
}

/** Whether an address prefix or service tag of a rule covers an address. */
function covers(prefix: string, address: Address, network: readonly string[]): Match {
  const text = prefix.trim().toLowerCase();
  if (text === "*" || text === "any") return "yes";
  const range = parseRange(text);
  if (range !== undefined) return inRanges(address, [range]) ? "yes" : "no";
  if (text === "virtualnetwork") return tagVirtualNetwork(address, network);
  if (text === "azureloadbalancer") return isProbe(address) ? "yes" : "no";
  if (text === "internet") return tagInternet(address, network);
  return otherTag(text, address, network);
}

function isProbe(address: Address): boolean {
  const probe = parseRange(probeAddress);
  return probe !== undefined && inRanges(address, [probe]);
}

function inNetwork(address: Address, network: readonly string[]): boolean {
  return inRanges(
    address,
    network.flatMap((prefix) => parseRange(prefix) ?? []),
  );
}

// The tag also covers the host's virtual address, peered networks and whatever is connected from elsewhere; only the first is known.
function tagVirtualNetwork(address: Address, network: readonly string[]): Match {
  if (inNetwork(address, network) || isProbe(address)) return "yes";
  return isPublic(address) ? "no" : "maybe";
}

function tagInternet(address: Address, network: readonly string[]): Match {
  if (inNetwork(address, network) || isProbe(address)) return "no";
  return isPublic(address) ? "yes" : "maybe";
}

// Tags of Azure services stand for public addresses that are not known here, some platform tags for the host's address.
function otherTag(tag: string, address: Address, network: readonly string[]): Match {
  if (inNetwork(address, network)) return "no";
  if (isProbe(address)) return tag.startsWith("azureplatform") ? "maybe" : "no";
  return isPublic(address) ? "maybe" : "no";
}

function inPorts(ranges: readonly string[], port: number): boolean {
  return ranges.some((range) => {
    const ends = portRange(range);
    return ends !== undefined && ends[0] <= port && port <= ends[1];
  });
}

/** Reads `*`, `443` or `60000-60001`; undefined for anything else. */
export function portRange(text: string): readonly [number, number] | undefined {
  if (text.trim() === "*") return [0, 65535];
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text.replaceAll(" ", ""));
  if (match === null) return undefined;
  const from = Number(match[1]);
  return [from, match[2] === undefined ? from : Number(match[2])];
}
