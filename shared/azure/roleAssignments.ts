import type { RoleAssignment, RoleDefinition } from "@azure/arm-authorization";
import { lastSegment, sameId } from "../decide/armId.ts";
import type { GrantFacts, RoleFacts } from "../decide/planning/facts.ts";
import type { Change } from "../decide/planning/plan.ts";
import { Refused } from "../problem.ts";
import { ArmFailure } from "./armFailure.ts";
import type { Connection } from "./connection.ts";
import { textAt } from "./json.ts";
import { noId, orMissing } from "./rest.ts";

type AssignRole = Extract<Change, { kind: "assignRole" }>;

/** A role for somebody at a scope, under a name of ours. */
export type Assignment = Pick<AssignRole, "name" | "scope" | "principalId" | "roleDefinitionId">;

/** Role assignments and definitions. */
export function rolesOf(arm: Connection) {
  return {
    /** Assignments of one principal at, above and below `scope`, without those of its groups. */
    async grantsOf(scope: string, principalId: string): Promise<readonly GrantFacts[]> {
      return listed(scope, `principalId eq '${principalId}'`, principalId);
    },

    /** Assignments of one principal at and above `scope`: what a caller may see that has no right at the subscription. */
    async grantsReaching(scope: string, principalId: string): Promise<readonly GrantFacts[]> {
      return listed(scope, `atScope() and assignedTo('${principalId}')`, principalId);
    },

    /** The app's own assignments at and above `scope`. */
    async ownGrants(scope: string): Promise<readonly GrantFacts[]> {
      const principalId = await arm.principalId();
      return listed(scope, `atScope() and assignedTo('${principalId}')`, principalId);
    },

    /** Every assignment at, above and below `scope`: one list where many principals are asked about. */
    async allGrants(scope: string): Promise<readonly GrantFacts[]> {
      const { roleAssignments } = await arm.authorization();
      const grants: GrantFacts[] = [];
      for await (const assignment of roleAssignments.listForScope(bare(scope))) grants.push(grantFacts(assignment));
      return grants;
    },

    async readRole(id: string): Promise<RoleFacts | undefined> {
      const { roleDefinitions } = await arm.authorization();
      const found = await orMissing(roleDefinitions.getById(bare(id)));
      return found && roleFacts(found);
    },

    /** Custom role definitions that can be assigned in a subscription: one request where many are wanted. */
    async customRoles(subscriptionId: string): Promise<readonly RoleFacts[]> {
      const { roleDefinitions } = await arm.authorization();
      const found: RoleFacts[] = [];
      for await (const role of roleDefinitions.list(`subscriptions/${subscriptionId}`, {
        filter: "type eq 'CustomRole'",
      }))
        found.push(roleFacts(role));
      return found;
    },

    async readGrant(scope: string, name: string): Promise<GrantFacts | undefined> {
      const { roleAssignments } = await arm.authorization();
      const found = await orMissing(roleAssignments.get(bare(scope), name));
      return found && grantFacts(found);
    },

    async assignRole(
      change: Assignment & { readonly principalType?: string },
      description: string,
    ): Promise<"made" | "stood"> {
      const { roleAssignments } = await arm.authorization();
      const { scope, name, principalId, roleDefinitionId, principalType = "ServicePrincipal" } = change;
      // Always with the type: without it a young principal is unknown, and conditions on our own right see nothing (§0 no. 2).
      const wanted = { roleDefinitionId, principalId, principalType, description };
      try {
        const made = grantFacts(await roleAssignments.create(bare(scope), name, wanted));
        if (!fulfils(made, change))
          throw new Error(`the role assignment ${name} reads otherwise than it was asked for`);
        return "made";
      } catch (error) {
        if (error instanceof ArmFailure && error.says("RoleAssignmentExists")) return standing(change);
        throw error;
      }
    },

    /** The assignment a change asks for, under its own name or any other, not narrowed by a condition; undefined while it cannot be seen. One list finds it under either name. */
    async grantFor(change: Assignment): Promise<GrantFacts | undefined> {
      const grants = await this.grantsOf(change.scope, change.principalId);
      return grants.find((grant) => fulfils(grant, change) && grant.condition === undefined);
    },
  };

  /** The same tuple under another name counts only once a list shows it, and that no condition narrows it (§11 no. 16). */
  async function standing(change: Assignment): Promise<"stood"> {
    const grants = await listed(change.scope, `principalId eq '${change.principalId}'`, change.principalId);
    const same = grants.find((grant) => fulfils(grant, change));
    if (!same) throw new Error(`the role assignment ${change.name} exists, but no list shows it yet`);
    if (same.condition !== undefined) throw new Refused(narrowed(same, change));
    return "stood";
  }

  async function listed(scope: string, filter: string, principalId: string): Promise<readonly GrantFacts[]> {
    if (!/^[0-9a-f-]{36}$/i.test(principalId)) throw new Refused(noPrincipal(principalId));
    const { roleAssignments } = await arm.authorization();
    const grants = new Map<string, GrantFacts>();
    for await (const assignment of roleAssignments.listForScope(bare(scope), { filter })) {
      const grant = grantFacts(assignment);
      if (sameId(grant.principalId, principalId)) grants.set(grant.id.toLowerCase(), grant);
    }
    return [...grants.values()];
  }
}

/** The SDK writes `//subscriptions/…` where a scope begins with a slash (§7.3), and puts it into the URL as it is. */
export function bare(scope: string): string {
  if (scope.split("/").some((part) => part === "." || part === "..") || /[?#%\\\s]/.test(scope)) throw noId(scope);
  return scope.replace(/^\/+/, "");
}

/** Ids of one definition differ in their scope; the GUID at the end decides (§2.1). */
export function fulfils(grant: GrantFacts, { scope, principalId, roleDefinitionId }: Assignment): boolean {
  return (
    sameId(grant.scope, scope) &&
    sameId(grant.principalId, principalId) &&
    sameId(lastSegment(grant.roleDefinitionId), lastSegment(roleDefinitionId))
  );
}

function grantFacts(assignment: RoleAssignment): GrantFacts {
  return {
    id: assignment.id ?? "",
    scope: assignment.scope ?? "",
    principalId: assignment.principalId ?? "",
    roleDefinitionId: assignment.roleDefinitionId ?? "",
    ...textAt("createdOn", assignment.createdOn?.toISOString()),
    ...textAt("condition", assignment.condition),
    ...textAt("description", assignment.description),
  };
}

/** Built-in roles may have several permissions; a custom one has exactly one (§1.2). */
function roleFacts(role: RoleDefinition): RoleFacts {
  const permissions = role.permissions ?? [];
  return {
    id: role.id ?? "",
    name: role.roleName ?? "",
    actions: permissions.flatMap((permission) => permission.actions ?? []),
    notActions: permissions.flatMap((permission) => permission.notActions ?? []),
    dataActions: permissions.flatMap((permission) => permission.dataActions ?? []),
    notDataActions: permissions.flatMap((permission) => permission.notDataActions ?? []),
    assignableScopes: role.assignableScopes ?? [],
  };
}

const narrowed = (grant: GrantFacts, { scope, principalId }: Assignment) => ({
  code: "ConditionalGrantExists",
  title: "The role is assigned already, but with a condition that may exclude what is needed",
  detail: `${grant.id} has the condition: ${grant.condition}`,
  scope,
  principalId,
  fix: ["Remove the condition from that assignment, or delete it, so that Goldsmith can assign the role"],
});

const noPrincipal = (principalId: string) => ({
  code: "InvalidPrincipalId",
  title: "This is not the id of a principal",
  detail: principalId.slice(0, 100),
});
