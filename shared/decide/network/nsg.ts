import type { NsgFacts, SecurityRuleFacts } from "../planning/facts.ts";
import type { Address, AddressRange } from "./addresses.ts";
import { everyIpv4, inRanges, isPublic, parseRange, reservedRanges } from "./addresses.ts";
import { type Endpoint, type Flow, rangesOf } from "./flow.ts";
import { inPorts, matchesPacket, type Packet, type ReadRule, readRule } from "./nsgMatch.ts";

export { type Flow, requiredFlows } from "./flow.ts";

/** What an NSG does to a flow, for one port or all of them. */
type Verdict = "allowed" | "denied" | "undetermined";

/** The decision on a flow. `rule` is the rule that blocks, is unclear or allows; `ports` says it for each port. */
export interface FlowVerdict {
  readonly verdict: Verdict;
  readonly rule?: SecurityRuleFacts;
  readonly why: string;
  readonly ports: readonly PortVerdict[];
}

/** The decision on one port of a flow. */
interface PortVerdict {
  readonly port: number;
  readonly verdict: Verdict;
  readonly rule?: SecurityRuleFacts;
}

/** Decides exactly what an NSG does to all packets of a flow: `allowed` if every packet passes, `denied` if on some port none does, `undetermined` if only some do or a rule names what cannot be known here (service tags, application security groups). */
export function evaluateFlow(nsg: NsgFacts, flow: Flow): FlowVerdict {
  const rules = effectiveRules(nsg, flow.direction).flatMap((rule) => readRule(rule) ?? []);
  const network = flow.virtualNetworkPrefixes.flatMap((prefix) => parseRange(prefix) ?? []);
  const ports = flow.ports.map((port) => portVerdict(rules, port, flow, network));
  const worst =
    ports.find((port) => port.verdict === "denied") ??
    ports.find((port) => port.verdict === "undetermined") ??
    ports[0];
  const verdict = worst?.verdict ?? "undetermined";
  return {
    verdict,
    ...(worst?.rule === undefined ? {} : { rule: worst.rule }),
    why: explain(verdict, worst),
    ports,
  };
}

function explain(verdict: Verdict, worst: PortVerdict | undefined): string {
  if (worst === undefined) return "the flow has no ports";
  const rule = worst.rule === undefined ? "no rule" : `rule ${worst.rule.name} (priority ${worst.rule.priority})`;
  if (verdict === "allowed") return `allowed by ${rule}`;
  if (verdict === "denied") return `port ${worst.port} is denied by ${rule}`;
  return `${rule} decides port ${worst.port} for only part of the addresses, or names addresses that are not known`;
}

function portVerdict(
  all: readonly ReadRule[],
  port: number,
  flow: Flow,
  network: readonly AddressRange[],
): PortVerdict {
  const rules = all.filter((rule) => inPorts(rule.destinationPorts, port));
  const fates = representatives(rules, flow, network).map((packet) =>
    fateOf(rules, { ...packet, destinationPort: port }, network),
  );
  const outcomes = new Set(fates.flatMap((fate) => fate.outcomes));
  const deciding = [...new Set(fates.flatMap((fate) => fate.rules))];
  if (outcomes.size === 1 && outcomes.has("Allow")) return ruled(port, "allowed", first(deciding));
  const denying = first(deciding.filter((rule) => rule.access === "Deny"));
  if (outcomes.size === 1) return ruled(port, "denied", denying);
  return ruled(port, "undetermined", denying ?? first(deciding));
}

function ruled(port: number, verdict: Verdict, rule: SecurityRuleFacts | undefined): PortVerdict {
  return { port, verdict, ...(rule === undefined ? {} : { rule }) };
}

function first(rules: readonly SecurityRuleFacts[]): SecurityRuleFacts | undefined {
  return rules.reduce<SecurityRuleFacts | undefined>(
    (best, rule) => (best === undefined || rule.priority < best.priority ? rule : best),
    undefined,
  );
}

interface Fate {
  readonly outcomes: readonly ("Allow" | "Deny")[];
  readonly rules: readonly SecurityRuleFacts[];
}

function fateOf(rules: readonly ReadRule[], packet: Packet, network: readonly AddressRange[]): Fate {
  const deciding: SecurityRuleFacts[] = [];
  for (const read of rules) {
    const match = matchesPacket(read, packet, network);
    if (match !== "no") deciding.push(read.rule);
    if (match === "yes") return { outcomes: deciding.map((one) => one.access), rules: deciding };
  }
  // Nothing matches for sure: what no rule allows is dropped.
  return { outcomes: [...deciding.map((one) => one.access), "Deny"], rules: deciding };
}

/** The rules of one direction in the order Azure tries them, with Azure's default rules where the facts lack them. */
function effectiveRules(nsg: NsgFacts, direction: Flow["direction"]): readonly SecurityRuleFacts[] {
  const own = nsg.rules.filter((rule) => rule.direction === direction);
  const defaults = own.some((rule) => rule.priority >= 65000) ? [] : defaultRules(direction);
  return [...own, ...defaults].sort((a, b) => a.priority - b.priority);
}

function defaultRules(direction: Flow["direction"]): readonly SecurityRuleFacts[] {
  const rule = (name: string, priority: number, access: "Allow" | "Deny", from: string, to: string) => ({
    name,
    priority,
    direction,
    access,
    protocol: "*",
    sourceAddressPrefixes: [from],
    sourcePortRanges: ["*"],
    destinationAddressPrefixes: [to],
    destinationPortRanges: ["*"],
    sourceApplicationSecurityGroups: [],
    destinationApplicationSecurityGroups: [],
  });
  const inbound = direction === "Inbound";
  return [
    rule(inbound ? "AllowVnetInBound" : "AllowVnetOutBound", 65000, "Allow", "VirtualNetwork", "VirtualNetwork"),
    inbound
      ? rule("AllowAzureLoadBalancerInBound", 65001, "Allow", "AzureLoadBalancer", "*")
      : rule("AllowInternetOutBound", 65001, "Allow", "*", "Internet"),
    rule(inbound ? "DenyAllInBound" : "DenyAllOutBound", 65500, "Deny", "*", "*"),
  ];
}

// The rules cut the flow's addresses and source ports into stretches that every rule treats alike: one packet of each stands for all.
function representatives(
  rules: readonly ReadRule[],
  flow: Flow,
  network: readonly AddressRange[],
): readonly Omit<Packet, "destinationPort">[] {
  const cut = (side: "source" | "destination") =>
    addresses(flow[side], [...rules.flatMap((rule) => rule[side].ranges), ...network], network);
  const [sources, destinations, ports] = [cut("source"), cut("destination"), sourcePorts(rules)];
  return sources.flatMap((source) =>
    destinations
      .filter((destination) => destination.family === source.family)
      .flatMap((destination) => ports.map((sourcePort) => ({ source, sourcePort, destination }))),
  );
}

function addresses(
  endpoint: Endpoint,
  ranges: readonly AddressRange[],
  network: readonly AddressRange[],
): readonly Address[] {
  const cutters = endpoint.kind === "internet" ? [...ranges, ...reservedRanges] : ranges;
  const starts = rangesOf(endpoint, everyIpv4).flatMap((range) => stretches(range, cutters));
  if (endpoint.kind !== "internet") return starts;
  return starts.filter((address) => isPublic(address) && !inRanges(address, network));
}

function stretches(range: AddressRange, cutters: readonly AddressRange[]): readonly Address[] {
  const edges = cutters
    .filter((cutter) => cutter.family === range.family)
    .flatMap((cutter) => [cutter.from, cutter.to + 1n])
    .filter((edge) => range.from < edge && edge <= range.to);
  return [...new Set([range.from, ...edges])].map((value) => ({ family: range.family, value }));
}

function sourcePorts(rules: readonly ReadRule[]): readonly number[] {
  const edges = rules.flatMap((rule) => rule.sourcePorts).flatMap(([from, to]) => [from, to + 1]);
  return [...new Set([0, ...edges.filter((edge) => edge > 0 && edge <= 65535)])];
}
