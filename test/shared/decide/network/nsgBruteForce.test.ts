import fc from "fast-check";
import { evaluateFlow, type Flow } from "../../../../shared/decide/network/nsg.ts";
import type { SecurityRuleFacts } from "../../../../shared/decide/planning/facts.ts";
import { nsg } from "../estate.ts";

/** A universe small enough to try every packet: a network of 16 addresses, 16 outside of it, four ports, six source ports. */
const network = Array.from({ length: 16 }, (_, i) => `10.0.0.${i}`);
const outside = Array.from({ length: 16 }, (_, i) => `10.0.1.${i}`);
const probe = "168.63.129.16";
const sourcePorts = [0, 9, 10, 999, 1000, 65535];

/** Every prefix that a rule may name, with the addresses it covers, listed one by one. */
const prefixes: Readonly<Record<string, readonly string[]>> = {
  "*": [...network, ...outside, probe],
  "0.0.0.0/0": [...network, ...outside, probe],
  "10.0.0.0/23": [...network, ...outside],
  "10.0.0.0/28": network,
  "10.0.0.0/29": network.slice(0, 8),
  "10.0.0.8/29": network.slice(8),
  "10.0.0.4/30": network.slice(4, 8),
  "10.0.0.5": ["10.0.0.5"],
  "10.0.0.3-10.0.0.9": network.slice(3, 10),
  "10.0.1.0/28": outside,
  "10.0.1.8/29": outside.slice(8),
  VirtualNetwork: [...network, probe],
  AzureLoadBalancer: [probe],
  Internet: [],
  "fd00::/8": [],
};
/** Addresses outside the network that VirtualNetwork and Internet may or may not cover: peers are not known. */
const unclear: Readonly<Record<string, readonly string[]>> = { VirtualNetwork: outside, Internet: outside };

const ports: Readonly<Record<string, readonly [number, number]>> = {
  "*": [0, 65535],
  "22": [22, 22],
  "20-22": [20, 22],
  "23-60000": [23, 60000],
  "60000-60001": [60000, 60001],
  "0-9": [0, 9],
  "10-65535": [10, 65535],
  "0-999": [0, 999],
  "1000-65535": [1000, 65535],
};

interface Packet {
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly sourcePort: number;
}

/** All outcomes that are possible for one packet, trying rule by rule. */
function outcomes(rules: readonly SecurityRuleFacts[], packet: Packet): ReadonlySet<string> {
  const [rule, ...rest] = rules;
  if (rule === undefined) return new Set(["Deny"]);
  const tcp = rule.protocol === "Tcp" || rule.protocol === "*";
  const portHit = (texts: readonly string[], port: number) =>
    texts.some((text) => ports[text]![0] <= port && port <= ports[text]![1]);
  const side = (names: readonly string[], groups: readonly string[], address: string) => {
    if (names.some((name) => prefixes[name]!.includes(address))) return "yes";
    const member = groups.length > 0 && (network.includes(address) || address === probe || outside.includes(address));
    return member || names.some((name) => unclear[name]?.includes(address)) ? "maybe" : "no";
  };
  const from = side(rule.sourceAddressPrefixes, rule.sourceApplicationSecurityGroups, packet.from);
  const to = side(rule.destinationAddressPrefixes, rule.destinationApplicationSecurityGroups, packet.to);
  const hit =
    tcp && portHit(rule.destinationPortRanges, packet.port) && portHit(rule.sourcePortRanges, packet.sourcePort);
  if (!hit || from === "no" || to === "no") return outcomes(rest, packet);
  if (from === "yes" && to === "yes") return new Set([rule.access]);
  return new Set([rule.access, ...outcomes(rest, packet)]);
}

function bruteForce(
  rules: readonly SecurityRuleFacts[],
  flow: Flow,
  from: readonly string[],
  to: readonly string[],
): string {
  const ordered = rules.filter((rule) => rule.direction === flow.direction).sort((a, b) => a.priority - b.priority);
  const verdicts = flow.ports.map((port) => {
    const seen = new Set<string>();
    for (const source of from)
      for (const destination of to)
        for (const sourcePort of sourcePorts)
          for (const outcome of outcomes(ordered, { from: source, to: destination, port, sourcePort }))
            seen.add(outcome);
    if (seen.size > 1) return "undetermined";
    return seen.has("Allow") ? "allowed" : "denied";
  });
  return verdicts.find((one) => one === "denied") ?? verdicts.find((one) => one === "undetermined") ?? "allowed";
}

const names = fc.subarray(Object.keys(prefixes), { minLength: 1, maxLength: 3 });
const portNames = fc.subarray(["*", "22", "20-22", "23-60000", "60000-60001"], { minLength: 1, maxLength: 2 });
const sides = fc.oneof(
  { weight: 6, arbitrary: names.map((list) => ({ prefixes: list, groups: [] as string[] })) },
  { weight: 1, arbitrary: fc.constant({ prefixes: [] as string[], groups: ["/asg"] }) },
);
const anyRule = fc
  .record({
    from: sides,
    to: sides,
    ports: portNames,
    sourcePorts: fc.constantFrom(
      ["*"],
      ["*"],
      ["0-9"],
      ["10-65535"],
      ["0-999"],
      ["1000-65535"],
      ["0-999", "1000-65535"],
    ),
    access: fc.constantFrom("Allow" as const, "Deny" as const),
    protocol: fc.constantFrom("Tcp", "*", "Udp"),
    direction: fc.constantFrom("Inbound" as const, "Inbound" as const, "Outbound" as const),
  })
  .map((parts) => parts);
const ruleSets = fc.array(anyRule, { maxLength: 6 }).map((list): readonly SecurityRuleFacts[] =>
  list.map((parts, index) => ({
    name: `rule-${index}`,
    priority: 100 + index,
    direction: parts.direction,
    access: parts.access,
    protocol: parts.protocol,
    sourceAddressPrefixes: parts.from.prefixes,
    sourcePortRanges: parts.sourcePorts,
    destinationAddressPrefixes: parts.to.prefixes,
    destinationPortRanges: parts.ports,
    sourceApplicationSecurityGroups: parts.from.groups,
    destinationApplicationSecurityGroups: parts.to.groups,
  })),
);
/** The last rule, as a default rule, so that none is added. */
const last = fc.constantFrom("Allow" as const, "Deny" as const);

const endpoints = fc.constantFrom(
  { endpoint: { kind: "probe" } as const, addresses: [probe] },
  { endpoint: { kind: "prefixes", prefixes: ["10.0.0.0/28"] } as const, addresses: network },
  { endpoint: { kind: "prefixes", prefixes: ["10.0.0.0/29"] } as const, addresses: network.slice(0, 8) },
  {
    endpoint: { kind: "prefixes", prefixes: ["10.0.0.4/30", "10.0.0.12/30"] } as const,
    addresses: [...network.slice(4, 8), ...network.slice(12)],
  },
);

test("evaluation agrees with trying every packet", () =>
  fc.assert(
    fc.property(
      ruleSets,
      last,
      endpoints,
      endpoints,
      fc.constantFrom([22], [60001], [22, 60001]),
      (rules, end, from, to, wanted) => {
        const tail = { ...base, name: "end", priority: 65500, access: end };
        const all = [...rules, tail, { ...tail, direction: "Outbound" as const }];
        const flow: Flow = { ...anyFlow, source: from.endpoint, destination: to.endpoint, ports: wanted };
        expect(evaluateFlow(nsg(all), flow).verdict).toBe(bruteForce(all, flow, from.addresses, to.addresses));
      },
    ),
    { numRuns: 600 },
  ));

const base: SecurityRuleFacts = {
  name: "",
  priority: 0,
  direction: "Inbound",
  access: "Deny",
  protocol: "*",
  sourceAddressPrefixes: ["*"],
  sourcePortRanges: ["*"],
  destinationAddressPrefixes: ["*"],
  destinationPortRanges: ["*"],
  sourceApplicationSecurityGroups: [],
  destinationApplicationSecurityGroups: [],
};
const anyFlow: Flow = {
  id: "any",
  subnetId: "/x",
  direction: "Inbound",
  protocol: "Tcp",
  source: { kind: "probe" },
  destination: { kind: "probe" },
  ports: [22],
  virtualNetworkPrefixes: ["10.0.0.0/28"],
  need: "required",
  because: "",
  evidence: "assumed",
};
