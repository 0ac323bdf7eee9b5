import type { RoleFacts } from "../planning/facts.ts";
import { roleDefinitionName, roleSpec, sameSet } from "./roles.ts";

/** One permission of a role definition, as ARM takes it. */
export interface RolePermission {
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
  readonly dataActions: readonly string[];
  readonly notDataActions: readonly string[];
  readonly condition?: string;
  readonly conditionVersion?: string;
}

/** The `properties` of a role definition's PUT: exactly one permission (rbac-network-arm.md §1.2). */
export interface RoleContent {
  readonly roleName: string;
  readonly description: string;
  readonly type: "CustomRole";
  readonly permissions: readonly [RolePermission];
  readonly assignableScopes: readonly string[];
}

/** A role of `infra/roles.json` as its definition should stand. */
export function contentOfRole(environment: string, key: string, assignableScopes: readonly string[]): RoleContent {
  const { description, actions, dataActions } = roleSpec(key);
  return {
    roleName: roleDefinitionName(environment, key),
    description,
    type: "CustomRole",
    permissions: [{ actions, notActions: [], dataActions, notDataActions: [] }],
    assignableScopes,
  };
}

/** Whether a definition that stands allows what is wanted and no more, and is assignable wherever it is to be; more scopes are no difference. */
export function sameContent(standing: RoleFacts, wanted: RoleContent): boolean {
  const [permission] = wanted.permissions;
  const scopes = new Set(standing.assignableScopes.map((scope) => scope.toLowerCase()));
  return (
    sameSet(standing.actions, permission.actions) &&
    sameSet(standing.notActions, permission.notActions) &&
    sameSet(standing.dataActions, permission.dataActions) &&
    sameSet(standing.notDataActions, permission.notDataActions) &&
    wanted.assignableScopes.every((scope) => scopes.has(scope.toLowerCase()))
  );
}
