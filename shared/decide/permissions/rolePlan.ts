import type { Problem } from "../../problem.ts";
import { lastSegment, parseId } from "../armId.ts";
import type { Facts, RoleFacts } from "../planning/facts.ts";
import type { Change } from "../planning/plan.ts";
import type { Policy } from "../planning/policy.ts";
import { contentOfRole, sameContent } from "./roleContent.ts";
import { builtInRole, roleDefinitionGuid, roleDefinitionName, sameRole } from "./roles.ts";

type Assignment = Extract<Change, { kind: "assignRole" }>;
type EnsureRole = Extract<Change, { kind: "ensureRoleDefinition" }>;

/** The definitions that must be written before roles can be assigned with them, each once; only where roles are managed. */
export function roleChanges(
  assignments: readonly Assignment[],
  facts: Facts,
  { roles, environment, roleSubscriptionId }: Policy,
): readonly EnsureRole[] {
  const custom = assignments.filter(({ roleKey }) => builtInRole(roleKey) === undefined);
  if (roles !== "managed") return [];
  return [...new Set(custom.map(({ roleKey }) => roleKey))].flatMap((key) => {
    const same = custom.filter(({ roleKey }) => roleKey === key);
    const subscriptions = [roleSubscriptionId, ...same.flatMap(({ scope }) => parseId(scope)?.subscriptionId ?? [])];
    const scopes = [...new Set(subscriptions.map((id) => `/subscriptions/${id.toLowerCase()}`))];
    const content = contentOfRole(environment, key, scopes);
    const roleDefinitionId = same[0]?.roleDefinitionId ?? "";
    const standing = standingRole(roleDefinitionId, facts);
    if (standing !== undefined && sameContent(standing, content)) return [];
    return [{ kind: "ensureRoleDefinition", roleDefinitionId, content } as const];
  });
}

const standingRole = (roleDefinitionId: string, facts: Facts): RoleFacts | undefined =>
  facts.roles[lastSegment(roleDefinitionId).toLowerCase()];

/** Why a role's definition does not let it be assigned where roles come with the deployment: it is missing, or somebody edited it. */
export function definitionProblems(change: Assignment, facts: Facts, policy: Policy): readonly Problem[] {
  const wanted = roleDefinitionGuid(policy.environment, change.roleKey);
  const name = roleDefinitionName(policy.environment, change.roleKey);
  const about = { scope: change.scope, stage: "planning" };
  if (builtInRole(change.roleKey) !== undefined || policy.roles === "managed") return [];
  const standing = facts.roles[wanted];
  if (standing === undefined)
    return [
      {
        ...about,
        code: "RoleDefinitionMissing",
        title: `The role "${name}" does not exist`,
        detail: `No role definition ${wanted} was found.`,
        fix: ["Deploy the roles of infra/roles.json for this environment again."],
      },
    ];
  if (sameRole(standing, change.roleKey)) return [];
  return [
    {
      ...about,
      code: "RoleDefinitionChanged",
      title: `The role "${name}" is not what this release expects`,
      detail: `The actions of ${standing.id} differ from infra/roles.json, so nothing is granted with it.`,
      fix: ["Find out who changed the role.", "Deploy the roles of infra/roles.json for this environment again."],
    },
  ];
}
