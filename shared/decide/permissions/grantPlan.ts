import type { Problem } from "../../problem.ts";
import { normalize, parentId, parseId, sameId, typeOf, within } from "../armId.ts";
import type { Facts, GrantFacts, IdentityFacts } from "../planning/facts.ts";
import { fenceProblem, grantFenceProblems, optInProblems } from "../planning/fence.ts";
import type { Change, Requirement } from "../planning/plan.ts";
import type { PlanPart } from "../planning/planBuild.ts";
import type { Policy } from "../planning/policy.ts";
import { osTypeOf } from "../template/osType.ts";
import { stagingGroupOf } from "../template/templateBody.ts";
import { coverage } from "./grants.ts";
import { denials, limitProblems, lockProblems } from "./obstacles.ts";
import type { RequirementContext, RequirementDraft } from "./requirement.ts";
import { templateRequirements } from "./requirements.ts";
import { definitionProblems, roleChanges } from "./rolePlan.ts";
import { assignmentName } from "./roles.ts";
import { servicePrincipalProblems } from "./servicePrincipal.ts";
import { sharedIdentityProblems } from "./sharedIdentity.ts";

type Assignment = Extract<Change, { kind: "assignRole" }>;

/** The rights part of a plan: every requirement, whether it stands, and one assignment for each (scope, principal, role) that is missing. */
export interface GrantPlan extends PlanPart {
  readonly requirements: readonly Requirement[];
  /** Standing grants that some requirement rests on. */
  readonly used: ReadonlySet<GrantFacts>;
}

/** Compares what a template needs with the grants that stand, and asks the fence about what is missing. */
export function planGrants(facts: Facts, policy: Policy): GrantPlan {
  const needs = templateRequirements(facts.template.body, contextOf(facts, policy));
  const covered = needs.map((need) => ({
    need,
    coverage: coverage(need, facts.grants, facts.roles, inOneSubscription(needs)),
  }));
  const missing = covered.filter((one) => !one.coverage.satisfied);
  const changes =
    facts.identity === undefined
      ? []
      : assignments(
          missing.map((one) => one.need),
          facts.identity,
        );
  const definitions = roleChanges(changes, facts, policy);
  const obstacles = [
    ...changes.flatMap((change) => obstaclesOf(change, facts, policy)),
    ...definitions.flatMap((change) => fenceProblem(change, policy) ?? []),
    ...limitProblems(changes, facts),
  ];
  const acts = policy.mode === "act";
  const strangers = sharedIdentityProblems(facts, policy);
  // Where nothing is granted, nothing is given to strangers by us.
  const refuses = acts && changes.length > 0;
  const unclear = missing.flatMap((one) => one.coverage.unclear.map((grant) => unclearGrant(one.need, grant)));
  return {
    requirements: covered.map((one) => ({ ...one.need, satisfied: one.coverage.satisfied })),
    used: new Set(covered.flatMap((one) => one.coverage.by)),
    changes: [...definitions, ...changes],
    // Who only advises writes nothing: the fence then says what this app would not have done itself.
    blockers: [
      ...denials(needs, facts),
      ...servicePrincipalProblems(facts, policy),
      ...(acts ? obstacles : []),
      ...(refuses ? strangers.filter(isShared) : []),
    ],
    warnings: [...unclear, ...(acts ? [] : obstacles), ...strangers.filter((one) => !refuses || !isShared(one))],
  };
}

const isShared = ({ code }: Problem) => code === "IdentityShared";

function contextOf(facts: Facts, policy: Policy): RequirementContext {
  const staging = stagingGroupOf(facts.template.body);
  const osType = osTypeOf(facts);
  const plans = Object.values(facts.subnets).flatMap((subnet) => subnet.ddosProtectionPlanId ?? []);
  return {
    principalId: facts.identity?.principalId ?? "",
    environment: policy.environment,
    roleSubscriptionId: policy.roleSubscriptionId,
    requirementSet: policy.requirementSet,
    ...(policy.evidence === undefined ? {} : { evidence: policy.evidence }),
    storageAccounts: facts.storageAccounts ?? {},
    ddosPlanIds: [...new Set(plans)].sort(),
    stagingGroupExists: staging !== undefined && facts.targets[normalize(staging)]?.exists === true,
    ...(osType === undefined ? {} : { osType }),
    ...(policy.imageBuilderPrincipalId === undefined
      ? {}
      : { imageBuilderPrincipalId: policy.imageBuilderPrincipalId }),
  };
}

function inOneSubscription(needs: readonly RequirementDraft[]): boolean {
  return new Set(needs.map((need) => parseId(need.scope)?.subscriptionId.toLowerCase())).size === 1;
}

/** One assignment per (scope, principal, role), named so that doing it twice finds itself (rbac-network-arm.md §2.3); none for what another of them allows anyway. */
function assignments(missing: readonly RequirementDraft[], identity: IdentityFacts): readonly Assignment[] {
  const byName = new Map<string, Assignment>();
  for (const need of missing) {
    const { scope, principalId, role } = missing.find((other) => includes(other, need)) ?? need;
    const name = assignmentName(scope, principalId, role.id);
    const requirements = [...(byName.get(name)?.requirements ?? []), need.id];
    const own = principalId === identity.principalId ? { identityId: identity.id } : {};
    const definition = { roleDefinitionId: role.id, roleKey: role.key };
    byName.set(name, { kind: "assignRole", name, scope, principalId, ...own, ...definition, requirements });
  }
  return [...byName.values()];
}

// A template that publishes into its own source's gallery needs no reader role beside the publisher's.
function includes(wider: RequirementDraft, need: RequirementDraft): boolean {
  if (wider.role.kind !== "custom" || wider.principalId !== need.principalId) return false;
  if (wider.role.key === need.role.key && sameId(wider.scope, need.scope)) return false;
  return (
    within(wider.scope, need.scope) &&
    need.actions.every((action) => wider.actions.includes(action)) &&
    need.dataActions.every((action) => wider.dataActions.includes(action))
  );
}

function obstaclesOf(change: Assignment, facts: Facts, policy: Policy): readonly Problem[] {
  return [
    ...grantFenceProblems(policy.fence, change),
    ...optInProblems(policy, taggedFor(change.scope, facts), change.principalId),
    ...definitionProblems(change, facts, policy),
    ...lockProblems(change.scope, facts),
  ];
}

// A container cannot carry tags; its storage account does.
function taggedFor(scope: string, facts: Facts) {
  const isContainer = typeOf(scope) === "microsoft.storage/storageaccounts/blobservices/containers";
  const id = isContainer ? (parentId(parentId(scope) ?? scope) ?? scope) : scope;
  return { id, tags: facts.targets[normalize(id)]?.tags };
}

function unclearGrant(need: RequirementDraft, grant: GrantFacts): Problem {
  const conditioned = grant.condition !== undefined;
  return {
    code: conditioned ? "ConditionedGrant" : "UnreadRole",
    title: conditioned
      ? "A grant with a condition was not counted"
      : "A grant was not counted because its role could not be read",
    detail: `${grant.id} may cover ${need.id}, which cannot be told from here.`,
    scope: grant.scope,
    principalId: grant.principalId,
    stage: "planning",
  };
}
