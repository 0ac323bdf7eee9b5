import type { NsgFacts, SecurityRuleFacts } from "../planning/facts.ts";
import type { SecurityRuleSpec } from "../planning/plan.ts";
import type { Endpoint, Flow } from "./flow.ts";
import type { FlowVerdict } from "./nsg.ts";

/** A rule to add, as it is sent and as the evaluator sees it. */
export interface PlannedRule {
  readonly spec: SecurityRuleSpec;
  readonly facts: SecurityRuleFacts;
}

/** The allow rules that let a denied flow through, each just above the rule that blocks it, at a free priority; undefined where there is none. */
export function ruleSpecs(nsg: NsgFacts, flow: Flow, verdict: FlowVerdict): readonly PlannedRule[] | undefined {
  const denied = verdict.ports.filter((port) => port.verdict === "denied");
  const below = Math.min(...denied.map((port) => port.rule?.priority ?? 65500));
  const planned: PlannedRule[] = [];
  for (const ports of runs(denied.map((port) => port.port))) {
    const taken = [...nsg.rules, ...planned.map((one) => one.facts)];
    const priority = freePriority(taken, flow.direction, below);
    if (priority === undefined) return undefined;
    planned.push(plannedRule(flow, ports, priority, taken));
  }
  return planned;
}

// Consecutive ports become one range: a rule's singular port field takes no list.
function runs(ports: readonly number[]): readonly string[] {
  const sorted = [...ports].sort((a, b) => a - b);
  const stretches: number[][] = [];
  for (const port of sorted) {
    const last = stretches.at(-1);
    if (last?.at(-1) === port - 1) last.push(port);
    else stretches.push([port]);
  }
  return stretches.map((run) => (run.length === 1 ? `${run[0]}` : `${run[0]}-${run.at(-1)}`));
}

function freePriority(
  rules: readonly SecurityRuleFacts[],
  direction: Flow["direction"],
  below: number,
): number | undefined {
  const taken = new Set(rules.filter((rule) => rule.direction === direction).map((rule) => rule.priority));
  // Custom rules may have 100 to 4096 (rbac-network-arm.md §5.5).
  for (let priority = Math.min(below - 1, 4096); priority >= 100; priority -= 1)
    if (!taken.has(priority)) return priority;
  return undefined;
}

function plannedRule(flow: Flow, ports: string, priority: number, rules: readonly SecurityRuleFacts[]): PlannedRule {
  const spec: SecurityRuleSpec = {
    name: freeName(`Goldsmith-${flow.id.replaceAll("/", "-")}-${ports}`, rules),
    description: `Goldsmith: ${flow.because}.`.slice(0, 140),
    priority,
    direction: flow.direction,
    access: "Allow",
    protocol: "Tcp",
    sourceAddressPrefix: prefixOf(flow.source),
    sourcePortRange: "*",
    destinationAddressPrefix: flow.source.kind === "probe" ? "VirtualNetwork" : prefixOf(flow.destination),
    destinationPortRange: ports,
  };
  return { spec, facts: asFacts(spec) };
}

function freeName(wish: string, rules: readonly SecurityRuleFacts[]): string {
  const taken = new Set(rules.map((rule) => rule.name.toLowerCase()));
  let name = wish;
  for (let count = 2; taken.has(name.toLowerCase()); count += 1) name = `${wish}-${count}`;
  return name;
}

// As narrow as one prefix can say it; the documented rule for probes names VirtualNetwork (image-builder.md §5.3).
function prefixOf(endpoint: Endpoint): string {
  if (endpoint.kind === "probe") return "AzureLoadBalancer";
  if (endpoint.kind === "internet") return "Internet";
  const [only, ...more] = endpoint.prefixes;
  return endpoint.tag === undefined && only !== undefined && more.length === 0 ? only : "VirtualNetwork";
}

function asFacts(spec: SecurityRuleSpec): SecurityRuleFacts {
  return {
    name: spec.name,
    priority: spec.priority,
    direction: spec.direction,
    access: spec.access,
    protocol: spec.protocol,
    sourceAddressPrefixes: [spec.sourceAddressPrefix],
    sourcePortRanges: [spec.sourcePortRange],
    destinationAddressPrefixes: [spec.destinationAddressPrefix],
    destinationPortRanges: [spec.destinationPortRange],
    sourceApplicationSecurityGroups: [],
    destinationApplicationSecurityGroups: [],
  };
}
