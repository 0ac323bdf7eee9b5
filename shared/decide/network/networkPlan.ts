import type { Problem } from "../../problem.ts";
import { normalize, sameId } from "../armId.ts";
import type { Facts, NsgFacts, SecurityRuleFacts, SubnetFacts } from "../planning/facts.ts";
import type { Change } from "../planning/plan.ts";
import { osTypeOf } from "../template/osType.ts";
import { vnetConfigOf } from "../template/templateBody.ts";
import { type BuildSubnets, type Flow, requiredFlows } from "./flow.ts";
import { evaluateFlow } from "./nsg.ts";
import { ruleSpecs } from "./securityRule.ts";
import { containerService, topologyOf } from "./topology.ts";

/** What a template's network needs, before the fence and the policy are asked. */
export interface NetworkNeeds {
  readonly changes: readonly NetworkChange[];
  readonly blockers: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** A change of a subnet or NSG with the problem it solves. */
export interface NetworkChange {
  readonly change: Extract<Change, { kind: "setSubnetPolicy" | "delegateSubnet" | "addSecurityRule" }>;
  readonly nsg?: NsgFacts;
  readonly subnet: SubnetFacts;
  /** What happens to a build without the change. */
  readonly otherwise: Problem;
}

/** The subnets that a template names, as far as they were found. */
export function buildSubnets(facts: Facts): BuildSubnets {
  const { subnetId, containerInstanceSubnetId } = vnetConfigOf(facts.template.body);
  const build = subnetId === undefined ? undefined : facts.subnets[normalize(subnetId)];
  const container =
    containerInstanceSubnetId === undefined ? undefined : facts.subnets[normalize(containerInstanceSubnetId)];
  return { ...(build === undefined ? {} : { build }), ...(container === undefined ? {} : { container }) };
}

/** Works out the smallest changes that let a build through: one subnet policy, one delegation, rules for denied flows only. */
export function networkNeeds(facts: Facts): NetworkNeeds {
  const topology = topologyOf(facts.template.body);
  const subnets = buildSubnets(facts);
  const flows = requiredFlows(topology, osTypeOf(facts), subnets);
  const traffic = flowNeeds(flows, subnets);
  const subnetChanges: NetworkChange[] = [];
  if (topology === "buildSubnetOnly" && subnets.build) subnetChanges.push(...policyChange(subnets.build));
  if (topology === "buildAndContainerSubnets" && subnets.container)
    subnetChanges.push(...delegation(subnets.container));
  return { ...traffic, changes: [...subnetChanges, ...traffic.changes] };
}

function policyChange(subnet: SubnetFacts): readonly NetworkChange[] {
  const was = subnet.privateLinkServiceNetworkPolicies;
  if (was.toLowerCase() === "disabled") return [];
  const property = "privateLinkServiceNetworkPolicies";
  const otherwise: Problem = {
    code: "PrivateLinkServiceCannotBeCreatedInSubnetThatHasNetworkPoliciesEnabled",
    title: "The build subnet has private link service network policies enabled",
    scope: subnet.id,
    stage: "planning",
    fix: [`Set ${property} of ${subnet.id} to Disabled.`],
  };
  const change = { kind: "setSubnetPolicy", subnetId: subnet.id, property, value: "Disabled", was } as const;
  return [{ change, subnet, otherwise }];
}

function delegation(subnet: SubnetFacts): readonly NetworkChange[] {
  if (subnet.delegations.some((name) => name.toLowerCase() === containerService.toLowerCase())) return [];
  const otherwise: Problem = {
    code: "SubnetMissingRequiredDelegation",
    title: "The container subnet is not delegated to container groups",
    scope: subnet.id,
    stage: "planning",
    fix: [`Delegate ${subnet.id} to ${containerService}.`],
  };
  return [
    { change: { kind: "delegateSubnet", subnetId: subnet.id, serviceName: containerService }, subnet, otherwise },
  ];
}

// Rules found missing are thought of as added before the next flow is looked at, so that one rule is not asked for twice and priorities stay free.
function flowNeeds(flows: readonly Flow[], subnets: BuildSubnets): NetworkNeeds {
  const changes: NetworkChange[] = [];
  const blockers: Problem[] = [];
  const warnings: Problem[] = [];
  const own = Object.values(subnets).map((subnet: SubnetFacts) => subnet.id);
  const added = new Map<string, readonly SecurityRuleFacts[]>();
  for (const flow of flows) {
    const subnet = [subnets.build, subnets.container].find((one) => one && sameId(one.id, flow.subnetId));
    if (subnet?.nsg === undefined) continue;
    const key = normalize(subnet.nsg.id);
    const nsg = { ...subnet.nsg, rules: [...subnet.nsg.rules, ...(added.get(key) ?? [])] };
    const verdict = evaluateFlow(nsg, flow);
    if (verdict.verdict === "allowed") continue;
    const problem = flowProblem(flow, nsg, verdict.why, verdict.verdict === "denied");
    if (verdict.verdict === "undetermined" || flow.need === "wanted") {
      warnings.push(problem);
      continue;
    }
    const specs = ruleSpecs(nsg, flow, verdict);
    if (specs === undefined)
      blockers.push({ ...problem, title: `${problem.title}, and no priority above the rule is free` });
    for (const { spec, facts } of specs ?? []) {
      const guardsOthers = nsg.subnetIds.some((id) => !own.some((subnetId) => sameId(subnetId, id)));
      const change = { kind: "addSecurityRule", nsgId: nsg.id, rule: spec, guardsOthers } as const;
      changes.push({ change, nsg, subnet, otherwise: problem });
      added.set(key, [...(added.get(key) ?? []), facts]);
    }
  }
  return { changes, blockers, warnings };
}

function flowProblem(flow: Flow, nsg: NsgFacts, why: string, denied: boolean): Problem {
  return {
    code: denied ? "FlowDenied" : "FlowUndetermined",
    title: denied
      ? `A security rule blocks what the build needs: ${flow.because}`
      : `It cannot be told whether the build's traffic passes: ${flow.because}`,
    detail: `${flow.direction} TCP ${flow.ports.join(", ")} at ${flow.subnetId}: ${why}.`,
    scope: nsg.id,
    stage: "planning",
    fix: [`Allow ${flow.direction.toLowerCase()} TCP ${flow.ports.join(", ")} in ${nsg.id}.`],
  };
}
