import { lastSegment, normalize, parseId, within } from "../armId.ts";
import type { GrantFacts, RoleFacts } from "../planning/facts.ts";
import type { RequirementDraft } from "./requirement.ts";
import { builtInRole } from "./roles.ts";

/** What the standing grants say about one requirement. */
export interface Coverage {
  readonly satisfied: boolean;
  /** Grants that contribute to it. */
  readonly by: readonly GrantFacts[];
  /** Grants that may or may not cover it: they carry a condition, or their role could not be read. */
  readonly unclear: readonly GrantFacts[];
}

/** Whether an action pattern of a role definition matches an action: anchored, any casing, `*` spans slashes, a `*` segment in the middle may be empty (rbac-network-arm.md §1.6). */
export function matchesAction(pattern: string, action: string): boolean {
  const literal = (text: string) => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
  const expression = pattern.toLowerCase().split("/*/").map(literal).join("(?:/.*)?/");
  return new RegExp(`^${expression}$`, "s").test(action.toLowerCase());
}

/** Whether one assignment of this role allows an action: its actions without its own notActions, which other assignments do not feel. */
export function roleAllows(role: RoleFacts, action: string, kind: "action" | "dataAction" = "action"): boolean {
  const [allowed, taken] =
    kind === "action" ? [role.actions, role.notActions] : [role.dataActions, role.notDataActions];
  // A requirement for everything means Contributor or Owner, nothing composed.
  if (action === "*") return isContributor(role);
  const matches = (pattern: string) => matchesAction(pattern, action);
  return allowed.some(matches) && !taken.some(matches);
}

const owner = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";

function isContributor(role: RoleFacts): boolean {
  return [builtInRole("contributor")?.id, owner].includes(lastSegment(role.id).toLowerCase());
}

/** Whether an assignment at `grantScope` reaches `scope`. Grants at the root or a management group do so if all scopes asked about lie in one subscription, for they were listed there (`oneSubscription`). */
export function reaches(grantScope: string, scope: string, oneSubscription: boolean): boolean {
  if (parseId(grantScope) !== undefined) return within(grantScope, scope);
  if (normalize(grantScope) === "/") return true;
  return oneSubscription && normalize(grantScope).startsWith("/providers/microsoft.management/managementgroups/");
}

/** Compares one requirement with the grants that stand: equal or wider, inherited, built-in or custom, several together. */
export function coverage(
  need: RequirementDraft,
  grants: readonly GrantFacts[],
  roles: Readonly<Record<string, RoleFacts>>,
  oneSubscription: boolean,
): Coverage {
  const near = grants.filter(
    (grant) =>
      grant.principalId.toLowerCase() === need.principalId.toLowerCase() &&
      reaches(grant.scope, need.scope, oneSubscription),
  );
  const roleOf = (grant: GrantFacts) => roles[lastSegment(grant.roleDefinitionId).toLowerCase()];
  const clear = near.filter((grant) => grant.condition === undefined && roleOf(grant) !== undefined);
  const by = clear.filter((grant) => rights(need).some(([action, kind]) => roleAllows(roleOf(grant)!, action, kind)));
  const satisfied =
    need.principalId !== "" &&
    rights(need).every(([action, kind]) => by.some((grant) => roleAllows(roleOf(grant)!, action, kind)));
  const unclear = near.filter((grant) => !clear.includes(grant) && mayHelp(need, roleOf(grant)));
  return { satisfied, by, unclear };
}

function rights(need: RequirementDraft): readonly (readonly [string, "action" | "dataAction"])[] {
  return [
    ...need.actions.map((action) => [action, "action"] as const),
    ...need.dataActions.map((action) => [action, "dataAction"] as const),
  ];
}

function mayHelp(need: RequirementDraft, role: RoleFacts | undefined): boolean {
  return role === undefined || rights(need).some(([action, kind]) => roleAllows(role, action, kind));
}
