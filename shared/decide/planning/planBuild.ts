import type { Problem } from "../../problem.ts";
import { lastSegment, normalize } from "../armId.ts";
import { hashOf } from "../hash.ts";
import { planNetworkChanges } from "../network/networkChanges.ts";
import { networkProblems } from "../network/networkProblems.ts";
import { topologyOf } from "../network/topology.ts";
import { planGrants } from "../permissions/grantPlan.ts";
import { roleSpec } from "../permissions/roles.ts";
import { contentHash } from "../template/contentHash.ts";
import { imageProblems } from "../template/imageProblems.ts";
import { templateProblems } from "../template/templateProblems.ts";
import type { Facts, GrantFacts } from "./facts.ts";
import type { Change, Plan, Requirement } from "./plan.ts";
import type { Policy } from "./policy.ts";
import { policyProblems } from "./policyProblems.ts";
import { planProviders } from "./providerPlan.ts";

/** One part of a plan: what is to be done, what stands in the way, what should be known. */
export interface PlanPart {
  readonly changes: readonly Change[];
  readonly blockers: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** The one decision: facts and policy in, everything that a build will do out. Equal input gives an equal plan. */
export function planBuild(facts: Facts, policy: Policy): Plan {
  const { body, id } = facts.template;
  const rights = planGrants(facts, policy);
  const parts: readonly PlanPart[] = [
    templateProblems(facts, policy),
    imageProblems(facts),
    networkProblems(facts),
    policyProblems(facts),
    planProviders(facts, policy),
    planNetworkChanges(facts, policy),
    rights,
  ];
  const changes = parts.flatMap((part) => part.changes);
  const content = contentHash(body);
  return {
    templateId: id,
    ...(facts.identity === undefined
      ? {}
      : { identity: { resourceId: facts.identity.id, principalId: facts.identity.principalId } }),
    topology: topologyOf(body),
    requirements: rights.requirements,
    changes,
    blockers: distinct(parts.flatMap((part) => part.blockers)),
    warnings: distinct(parts.flatMap((part) => part.warnings)),
    reach: reachOf(facts, rights.used),
    identityUses: facts.identityUses ?? [],
    hash: planHash(facts, content, rights.requirements, changes),
    contentHash: content,
  };
}

// What was agreed to: the same rights and changes for the same content, however ids are cased and whatever the texts say.
function planHash(
  facts: Facts,
  content: string,
  requirements: readonly Requirement[],
  changes: readonly Change[],
): string {
  const keys = [
    ...new Set(requirements.flatMap((need) => (need.role.kind === "custom" ? [need.role.key] : []))),
  ].sort();
  return hashOf({
    content,
    principalId: facts.identity?.principalId.toLowerCase(),
    source: facts.resolvedSource?.toLowerCase(),
    roles: keys.map((key) => [roleSpec(key).actions, roleSpec(key).dataActions]),
    requirements: requirements.map((need) => [need.id, need.principalId, normalize(need.scope), need.role.id]),
    changes: changes.map((change) => lowered(change)),
  });
}

function lowered(change: Change): unknown {
  const lower = (value: unknown): unknown => {
    if (typeof value === "string") return value.startsWith("/") ? normalize(value) : value;
    if (Array.isArray(value)) return value.map(lower);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, lower(member)]));
  };
  return lower(change);
}

function reachOf(facts: Facts, used: ReadonlySet<GrantFacts>): Plan["reach"] {
  const principalId = facts.identity?.principalId.toLowerCase();
  return facts.grants
    .filter((grant) => grant.principalId.toLowerCase() === principalId && !used.has(grant))
    .map((grant) => {
      const role = facts.roles[lastSegment(grant.roleDefinitionId).toLowerCase()];
      const named = role === undefined ? {} : { roleName: role.name };
      return { scope: grant.scope, roleDefinitionId: grant.roleDefinitionId, ...named };
    });
}

function distinct(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Map(problems.map((problem) => [hashOf(problem), problem]));
  return [...seen.values()];
}
