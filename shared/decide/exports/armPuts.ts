import { lastSegment } from "../armId.ts";
import type { Change, Plan } from "../planning/plan.ts";
import { type Assignment, apiVersions, reasonOf } from "./words.ts";

/** The body of a role assignment's PUT. */
export function assignmentProperties(plan: Plan, change: Assignment) {
  return {
    roleDefinitionId: change.roleDefinitionId,
    principalId: change.principalId,
    principalType: "ServicePrincipal",
    description: reasonOf(plan, change),
  } as const;
}

/** What one subnet property is to be; everything else of the subnet stays as it is. */
export function subnetProperties(change: Extract<Change, { kind: "setSubnetPolicy" | "delegateSubnet" }>) {
  if (change.kind === "setSubnetPolicy") return { [change.property]: change.value };
  const name = lastSegment(change.serviceName);
  return { delegations: [{ name, properties: { serviceName: change.serviceName } }] };
}

/** One PUT of Azure Resource Manager. */
export interface ArmPut {
  readonly path: string;
  readonly apiVersion: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The PUT that a change amounts to, where it is one that replaces nothing of others: grants, roles and security rules. */
export function armPut(plan: Plan, change: Change): ArmPut | undefined {
  if (change.kind === "assignRole")
    return {
      path: `${change.scope}/providers/Microsoft.Authorization/roleAssignments/${change.name}`,
      apiVersion: apiVersions.roleAssignments,
      body: { properties: assignmentProperties(plan, change) },
    };
  if (change.kind === "ensureRoleDefinition")
    return {
      path: change.roleDefinitionId,
      apiVersion: apiVersions.roleAssignments,
      body: { properties: change.content },
    };
  if (change.kind !== "addSecurityRule") return undefined;
  const { name, ...properties } = change.rule;
  return { path: `${change.nsgId}/securityRules/${name}`, apiVersion: apiVersions.network, body: { properties } };
}
