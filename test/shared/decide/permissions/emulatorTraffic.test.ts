import fc from "fast-check";
import {
  type Flow as Connection,
  insideOf,
  internet,
  loadBalancer,
  passes,
} from "../../../../local/azure/imagebuilder/securityRules.ts";
import type { Json, World } from "../../../../local/azure/world.ts";
import type { SecurityRuleFacts } from "../../../../shared/decide/planning/facts.ts";
import type { Plan, SecurityRuleSpec } from "../../../../shared/decide/planning/plan.ts";
import { planBuild } from "../../../../shared/decide/planning/planBuild.ts";
import * as estate from "../estate.ts";

const { buildSubnetId, byId, containerSubnetId, facts, nsg, nsgId, policy, rule, subnet, template } = estate;
const build: Json = { properties: { addressPrefix: "10.1.0.0/24", networkSecurityGroup: { id: nsgId } } };
const containers: Json = { properties: { addressPrefix: "10.1.1.0/24", networkSecurityGroup: { id: nsgId } } };
const [here, there] = [insideOf(build), insideOf(containers)];

/** The connections that the emulated build of a Linux image tries, for each network. */
const legacy: readonly Connection[] = [
  { direction: "Inbound", source: loadBalancer, destination: here, port: 60001 },
  { direction: "Inbound", source: here, destination: here, port: 60001 },
  { direction: "Inbound", source: here, destination: here, port: 22 },
  { direction: "Outbound", source: here, destination: here, port: 22 },
];
const modern: readonly Connection[] = [
  { direction: "Inbound", source: there, destination: here, port: 22 },
  { direction: "Outbound", source: there, destination: here, port: 22 },
  { direction: "Outbound", source: there, destination: internet, port: 443 },
  { direction: "Outbound", source: there, destination: internet, port: 445 },
];

const ends = fc.constantFrom(
  "*",
  "VirtualNetwork",
  "AzureLoadBalancer",
  "Internet",
  "10.1.0.0/24",
  "10.1.1.0/24",
  "10.1.0.0/16",
  "10.9.0.0/16",
  "0.0.0.0/0",
);
const ports = fc.constantFrom("*", "22", "443", "440-450", "60000-60001", "1-1024", "22,60001");
const ruleSets = fc
  .array(
    fc.tuple(
      fc.constantFrom("In" as const, "Out" as const),
      fc.constantFrom("Allow" as const, "Deny" as const),
      ends,
      ends,
      ports,
    ),
    { maxLength: 7 },
  )
  .map((list) =>
    list.map(([direction, access, from, to, port], index) => rule(200 + index * 10, direction, access, from, to, port)),
  );

function planOf(rules: readonly SecurityRuleFacts[], both: boolean): Plan {
  const guard = nsg(rules, { subnetIds: [buildSubnetId, ...(both ? [containerSubnetId] : [])] });
  const vnetConfig = { subnetId: buildSubnetId, ...(both ? { containerInstanceSubnetId: containerSubnetId } : {}) };
  const subnets = byId([
    subnet(buildSubnetId, { nsg: guard }),
    subnet(containerSubnetId, {
      nsg: guard,
      prefixes: ["10.1.1.0/24"],
      delegations: ["Microsoft.ContainerInstance/containerGroups"],
    }),
  ]);
  return planBuild(facts(template({ vmProfile: { vnetConfig } }), { subnets }), policy);
}

/** An emulated world with nothing but this security group. */
function worldWith(rules: readonly SecurityRuleFacts[], added: readonly SecurityRuleSpec[]): World {
  const securityRules = [
    ...rules.map((one) => ({ properties: { ...one, protocol: one.protocol } })),
    ...added.map((spec) => ({ properties: { ...spec } })),
  ];
  const group = { id: nsgId, type: "", body: { properties: { securityRules } } };
  return { store: { resource: () => group, resources: () => [] } } as unknown as World;
}

function check(rules: readonly SecurityRuleFacts[], both: boolean): void {
  const plan = planOf(rules, both);
  const added = plan.changes.flatMap((change) => (change.kind === "addSecurityRule" ? [change.rule] : []));
  const open = [...(both ? modern : legacy)].every((connection) =>
    passes(
      worldWith(rules, added),
      both && connection.source === there && connection.direction === "Outbound" ? containers : build,
      connection,
    ),
  );
  const said = [...plan.blockers, ...plan.warnings].some(
    (one) => ["FlowDenied", "FlowUndetermined"].includes(one.code) && !one.title.includes("customizers"),
  );
  expect(open || said).toBe(true);
}

test("with the planned rules the emulated build's connections pass, in the network with a build subnet only", () =>
  fc.assert(
    fc.property(ruleSets, (rules) => check(rules, false)),
    { numRuns: 300 },
  ));

test("with the planned rules the emulated build's connections pass, in the network with both subnets", () =>
  fc.assert(
    fc.property(ruleSets, (rules) => check(rules, true)),
    { numRuns: 300 },
  ));

test("without the planned rules a group that denies everything stops the emulated build", () => {
  const denyAll = [rule(4096, "In", "Deny")];
  expect(legacy.every((connection) => passes(worldWith(denyAll, []), build, connection))).toBe(false);
  expect(planOf(denyAll, false).changes.filter((change) => change.kind === "addSecurityRule")).toHaveLength(3);
});

test("no rule is planned where the emulated build passes without", () =>
  fc.assert(
    fc.property(ruleSets, (rules) => {
      const added = planOf(rules, false).changes.filter((change) => change.kind === "addSecurityRule");
      if (added.length === 0) return;
      const probed: readonly Connection[] = [
        ...legacy,
        { direction: "Inbound", source: there, destination: here, port: 60001 },
      ];
      expect(probed.every((connection) => passes(worldWith(rules, []), build, connection))).toBe(false);
    }),
    { numRuns: 300 },
  ));
