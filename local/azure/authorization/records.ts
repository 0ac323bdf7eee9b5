import type { Permission } from "../matching.ts";
import { withGroups } from "../principals.ts";
import type { Principal, Store } from "../world.ts";

/** A role definition as the emulator keeps it; times are clock milliseconds. */
export interface RoleDefinition {
  readonly guid: string;
  readonly roleName: string;
  readonly description: string;
  readonly type: "BuiltInRole" | "CustomRole";
  readonly permissions: readonly Permission[];
  readonly assignableScopes: readonly string[];
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly createdBy: string;
  readonly updatedBy: string;
  readonly visibleAt: number;
  /** What the definition said before its last change, as long as that is what is in force. */
  readonly former?: { readonly permissions: readonly Permission[]; readonly until: number };
}

/** A role assignment as the emulator keeps it; times are clock milliseconds. */
export interface RoleAssignment {
  readonly name: string;
  readonly scope: string;
  /** In the caller's form. */
  readonly roleDefinitionId: string;
  readonly roleGuid: string;
  readonly principalId: string;
  readonly principalType: Principal["principalType"];
  readonly description?: string;
  readonly condition?: string;
  readonly conditionVersion?: string;
  readonly delegatedManagedIdentityResourceId?: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly createdBy: string;
  readonly updatedBy: string;
  readonly visibleAt: number;
  readonly effectiveAt: number;
}

/** An assignment that was deleted or changed and still works for a while. */
export interface RevokedAssignment extends RoleAssignment {
  readonly worksUntil: number;
  readonly seenUntil: number;
}

/** A deny assignment (api-version 2024-07-01-preview). */
export interface DenyAssignment {
  readonly name: string;
  readonly scope: string;
  readonly denyAssignmentName: string;
  readonly description: string;
  readonly permissions: readonly Permission[];
  readonly doNotApplyToChildScopes: boolean;
  /** Principal ids; the zero GUID stands for everybody. */
  readonly principals: readonly string[];
  readonly excludePrincipals: readonly string[];
}

/** A management lock. */
export interface Lock {
  readonly id: string;
  readonly scope: string;
  readonly name: string;
  readonly level: "CanNotDelete" | "ReadOnly";
  readonly notes: string | null;
}

export const everybody = "00000000-0000-0000-0000-000000000000";

const values = <T>(store: Store, kind: string) => store.list<T>(kind).map(([, value]) => value);

/** The authorization records in a store. Definitions are keyed by their GUID, assignments by their name: both are unique in the tenant. */
export function authorizationRecords(store: Store) {
  return {
    definition: (guid: string) => store.get<RoleDefinition>("roleDefinition", guid),
    definitions: () => values<RoleDefinition>(store, "roleDefinition"),
    putDefinition: (definition: RoleDefinition) => store.put("roleDefinition", definition.guid, definition),
    deleteDefinition: (guid: string) => store.delete("roleDefinition", guid),
    assignment: (name: string) => store.get<RoleAssignment>("roleAssignment", name),
    assignments: () => values<RoleAssignment>(store, "roleAssignment"),
    putAssignment: (assignment: RoleAssignment) => store.put("roleAssignment", assignment.name, assignment),
    deleteAssignment: (name: string) => store.delete("roleAssignment", name),
    revoked: () => values<RevokedAssignment>(store, "revokedAssignment"),
    putRevoked: (revoked: RevokedAssignment) =>
      store.put("revokedAssignment", `${revoked.name}/${revoked.worksUntil}`, revoked),
    forgetRevoked(now: number) {
      for (const [key, revoked] of store.list<RevokedAssignment>("revokedAssignment"))
        if (Math.max(revoked.worksUntil, revoked.seenUntil) <= now) store.delete("revokedAssignment", key);
    },
    withGroups: (principalId: string) => withGroups(store, principalId),
    denyAssignments: () => values<DenyAssignment>(store, "denyAssignment"),
    locks: () => values<Lock>(store, "lock"),
  };
}

export type AuthorizationRecords = ReturnType<typeof authorizationRecords>;
