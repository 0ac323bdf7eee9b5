import roles from "../../../infra/roles.json" with { type: "json" };
import { lastSegment, normalize } from "../armId.ts";
import { guid } from "../guid.ts";
import type { RoleFacts } from "../planning/facts.ts";

/** A custom role of ours: one action set, shared by all templates (or held by the app itself). */
export interface RoleSpec {
  readonly key: string;
  readonly name: string;
  readonly for: "template" | "app" | "roleManager";
  readonly description: string;
  readonly actions: readonly string[];
  readonly dataActions: readonly string[];
  /** Broad or transitive: assigned only to pairs that the operator listed. */
  readonly broad?: boolean;
}

/** A role of Azure's that a plan may assign. */
export interface BuiltInRole {
  readonly key: string;
  readonly name: string;
  /** Its GUID, the same in every tenant. */
  readonly id: string;
  /** Resource types it may be assigned at. */
  readonly scopes: readonly string[];
  readonly broad?: boolean;
}

const customRoles = roles.roles as readonly RoleSpec[];

/** The custom roles that templates' identities are given. */
export const templateRoles: readonly RoleSpec[] = customRoles.filter((role) => role.for === "template");
/** The custom roles that the app's own identity holds. */
export const appRoles: readonly RoleSpec[] = customRoles.filter((role) => role.for === "app");
/** What the second identity of managed roles may do, and no other. */
export const roleManagerRoles: readonly RoleSpec[] = customRoles.filter((role) => role.for === "roleManager");
/** The roles of Azure's that a plan may assign. */
export const builtInRoles: readonly BuiltInRole[] = roles.builtIn;
/** The roles of Azure's that images are shared with, by RBAC. */
export const sharingRoles: readonly Pick<BuiltInRole, "name" | "id">[] = roles.sharing;

/** The custom role with this key; throws for a key that `infra/roles.json` does not have. */
export function roleSpec(key: string): RoleSpec {
  const role = customRoles.find((candidate) => candidate.key === key);
  if (role === undefined) throw new Error(`infra/roles.json has no role ${key}`);
  return role;
}

/** The built-in role with this key, if it is one. */
export function builtInRole(key: string): BuiltInRole | undefined {
  return builtInRoles.find((candidate) => candidate.key === key);
}

/** Whether a role is so broad or transitive that only pairs listed by the operator may get it. */
export function isBroad(key: string): boolean {
  return (builtInRole(key) ?? roleSpec(key)).broad === true;
}

/** GUID of a custom role's definition; names are tenant-unique, so the environment is part of it. */
export function roleDefinitionGuid(environment: string, key: string): string {
  return builtInRole(key)?.id ?? guid(`goldsmith-${environment}-${roleSpec(key).key}`);
}

/** Display name of a role: Azure's own, or ours with the environment, because names are unique in a tenant. */
export function roleDefinitionName(environment: string, key: string): string {
  return builtInRole(key)?.name ?? `${roleSpec(key).name} (${environment})`;
}

/** GUIDs and names of all our own roles in an environment. */
export const ownRoleNames = (environment: string): readonly { readonly id: string; readonly name: string }[] =>
  customRoles.map(({ key }) => ({
    id: roleDefinitionGuid(environment, key).toLowerCase(),
    name: roleDefinitionName(environment, key),
  }));

/** Full id of a role's definition as role assignments name it. */
export function roleDefinitionId(environment: string, subscriptionId: string, key: string): string {
  const provider = "providers/Microsoft.Authorization/roleDefinitions";
  return `/subscriptions/${subscriptionId}/${provider}/${roleDefinitionGuid(environment, key)}`;
}

/** Whether a definition that stands allows exactly what `infra/roles.json` says: same actions in any order and casing, nothing taken away. */
export function sameRole(standing: RoleFacts, key: string): boolean {
  const wanted = roleSpec(key);
  return (
    sameSet(standing.actions, wanted.actions) &&
    sameSet(standing.dataActions, wanted.dataActions) &&
    standing.notActions.length === 0 &&
    standing.notDataActions.length === 0
  );
}

/** Whether two lists name the same actions, in any order and casing. */
export function sameSet(a: readonly string[], b: readonly string[]): boolean {
  const left = new Set(a.map((action) => action.toLowerCase()));
  const right = new Set(b.map((action) => action.toLowerCase()));
  return left.size === right.size && [...left].every((action) => right.has(action));
}

/** Name of our role assignment for this scope, principal and role definition: the same GUID every time, in any casing. */
export function assignmentName(scope: string, principalId: string, roleDefinitionId: string): string {
  return guid(normalize(scope), principalId.toLowerCase(), lastSegment(roleDefinitionId).toLowerCase());
}
