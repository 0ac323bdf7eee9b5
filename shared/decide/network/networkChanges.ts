import type { Problem } from "../../problem.ts";
import { normalize } from "../armId.ts";
import type { Facts } from "../planning/facts.ts";
import { networkFenceProblems, optInProblems } from "../planning/fence.ts";
import type { PlanPart } from "../planning/planBuild.ts";
import type { Policy } from "../planning/policy.ts";
import { type NetworkChange, networkNeeds } from "./networkPlan.ts";

/** The network part of a plan: the changes a build needs, as far as policy, fence and opt-in allow them; what is not allowed blocks. */
export function planNetworkChanges(facts: Facts, policy: Policy): PlanPart {
  const needs = networkNeeds(facts);
  if (policy.network === "keep")
    return {
      changes: [],
      blockers: [...needs.blockers, ...needs.changes.map((one) => kept(one.otherwise))],
      warnings: needs.warnings,
    };
  const obstacles = needs.changes.flatMap((one) => obstaclesOf(one, facts, policy));
  return {
    changes: needs.changes.map((one) => one.change),
    blockers: [...needs.blockers, ...(policy.mode === "act" ? obstacles : [])],
    warnings: [...needs.warnings, ...(policy.mode === "act" ? [] : obstacles)],
  };
}

function kept(otherwise: Problem): Problem {
  const fix = [...(otherwise.fix ?? []), "Or let this app do it: set GOLDSMITH_NETWORK to change."];
  return { ...otherwise, fix };
}

function obstaclesOf(one: NetworkChange, facts: Facts, policy: Policy): readonly Problem[] {
  const principalId = facts.identity?.principalId ?? "";
  const vnet = one.subnet.virtualNetworkId;
  const vnetTags = { id: vnet, tags: facts.targets[normalize(vnet)]?.tags };
  if (one.change.kind !== "addSecurityRule" || one.nsg === undefined)
    return [...networkFenceProblems(policy.fence, one.subnet.id), ...optInProblems(policy, vnetTags, principalId)];
  return [
    ...networkFenceProblems(policy.fence, one.nsg.id, one.change.guardsOthers === true),
    ...optInProblems(policy, { id: one.nsg.id, tags: one.nsg.tags }, principalId),
  ];
}
