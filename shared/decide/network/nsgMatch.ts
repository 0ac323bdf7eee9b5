import type { SecurityRuleFacts } from "../planning/facts.ts";
import type { Address, AddressRange } from "./addresses.ts";
import { inRanges, isPublic, parseRange, probeAddress } from "./addresses.ts";

/** Whether a rule matches a packet: known for sure, or not. */
export type Match = "yes" | "no" | "maybe";

/** One packet of a flow, or rather the first of many that all rules treat alike. */
export interface Packet {
  readonly source: Address;
  readonly sourcePort: number;
  readonly destination: Address;
  readonly destinationPort: number;
}

/** A rule read once, to be tried on many packets. */
export interface ReadRule {
  readonly rule: SecurityRuleFacts;
  readonly source: Side;
  readonly destination: Side;
  readonly sourcePorts: readonly PortRange[];
  readonly destinationPorts: readonly PortRange[];
}

interface Side {
  readonly everything: boolean;
  readonly ranges: readonly AddressRange[];
  /** In lower case. */
  readonly tags: readonly string[];
  readonly hasGroups: boolean;
}

type PortRange = readonly [number, number];

/** Reads the prefixes, tags and ports of a rule; undefined for a rule that is not about TCP. */
export function readRule(rule: SecurityRuleFacts): ReadRule | undefined {
  if (!["*", "tcp", "any", ""].includes(rule.protocol.toLowerCase())) return undefined;
  return {
    rule,
    source: readSide(rule.sourceAddressPrefixes, rule.sourceApplicationSecurityGroups),
    destination: readSide(rule.destinationAddressPrefixes, rule.destinationApplicationSecurityGroups),
    sourcePorts: rule.sourcePortRanges.flatMap((text) => portRange(text) ?? []),
    destinationPorts: rule.destinationPortRanges.flatMap((text) => portRange(text) ?? []),
  };
}

function readSide(prefixes: readonly string[], groups: readonly string[]): Side {
  const texts = prefixes.map((prefix) => prefix.trim().toLowerCase());
  const ranges = texts.map((text) => parseRange(text));
  return {
    everything: texts.includes("*") || texts.includes("any"),
    ranges: ranges.filter((range) => range !== undefined),
    tags: texts.filter((_, index) => ranges[index] === undefined),
    hasGroups: groups.length > 0,
  };
}

/** Whether a rule matches a TCP packet, given the prefixes that the tag VirtualNetwork stands for. */
export function matchesPacket(rule: ReadRule, packet: Packet, network: readonly AddressRange[]): Match {
  if (!inPorts(rule.sourcePorts, packet.sourcePort)) return "no";
  if (!inPorts(rule.destinationPorts, packet.destinationPort)) return "no";
  const source = matchesSide(rule.source, packet.source, network);
  if (source === "no") return "no";
  const destination = matchesSide(rule.destination, packet.destination, network);
  if (destination === "no") return "no";
  return source === "maybe" || destination === "maybe" ? "maybe" : "yes";
}

function matchesSide(side: Side, address: Address, network: readonly AddressRange[]): Match {
  if (side.everything || inRanges(address, side.ranges)) return "yes";
  const tags = side.tags.map((tag) => coveredByTag(tag, address, network));
  if (tags.includes("yes")) return "yes";
  // Members of application security groups are network interfaces of the same virtual network; which ones is not known.
  if (side.hasGroups && tagVirtualNetwork(address, network) !== "no") return "maybe";
  return tags.includes("maybe") ? "maybe" : "no";
}

function coveredByTag(tag: string, address: Address, network: readonly AddressRange[]): Match {
  if (tag === "virtualnetwork") return tagVirtualNetwork(address, network);
  if (tag === "azureloadbalancer") return isProbe(address) ? "yes" : "no";
  if (tag === "internet") return tagInternet(address, network);
  return otherTag(tag, address, network);
}

const probe = parseRange(probeAddress);

function isProbe(address: Address): boolean {
  return probe !== undefined && inRanges(address, [probe]);
}

// The tag also covers the host's virtual address, peered networks and whatever is connected from elsewhere; only the first is known.
function tagVirtualNetwork(address: Address, network: readonly AddressRange[]): Match {
  if (inRanges(address, network) || isProbe(address)) return "yes";
  return isPublic(address) ? "no" : "maybe";
}

function tagInternet(address: Address, network: readonly AddressRange[]): Match {
  if (inRanges(address, network) || isProbe(address)) return "no";
  return isPublic(address) ? "yes" : "maybe";
}

// Tags of Azure services stand for public addresses that are not known here, some platform tags for the host's address.
function otherTag(tag: string, address: Address, network: readonly AddressRange[]): Match {
  if (inRanges(address, network)) return "no";
  if (isProbe(address)) return tag.startsWith("azureplatform") ? "maybe" : "no";
  return isPublic(address) ? "maybe" : "no";
}

/** Whether a port lies in one of the ranges. */
export function inPorts(ranges: readonly PortRange[], port: number): boolean {
  return ranges.some(([from, to]) => from <= port && port <= to);
}

// `*`, `443` or `60000-60001`, wrapped so that it can be flattened; undefined for anything else.
function portRange(text: string): readonly [PortRange] | undefined {
  if (text.trim() === "*") return [[0, 65535]];
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text.replaceAll(" ", ""));
  if (match === null) return undefined;
  const from = Number(match[1]);
  return [[from, match[2] === undefined ? from : Number(match[2])]];
}
