import { parseCondition } from "../conditions.ts";
import { guidOf, isGuid, nameOf, sameId, scopeContains, typeOf } from "../ids.ts";
import { objectOf, textOf } from "../json.ts";
import { tenantOfId } from "../tenants.ts";
import { AzureError, type Call, type World } from "../world.ts";
import { definitionMissing, isSeen } from "./definitions.ts";
import type { AuthorizationRecords, RoleAssignment } from "./records.ts";

/** What a PUT asks for; `principalType` is missing where the caller left it out. */
export interface Wanted
  extends Pick<
    RoleAssignment,
    | "roleDefinitionId"
    | "roleGuid"
    | "principalId"
    | "description"
    | "condition"
    | "conditionVersion"
    | "delegatedManagedIdentityResourceId"
  > {
  readonly principalType: RoleAssignment["principalType"] | undefined;
}

/** Reads the body of an assignment's PUT. */
export function readAssignment({ body }: Call): Wanted {
  const properties = objectOf(objectOf(body).properties);
  const roleDefinitionId = textOf(properties.roleDefinitionId) ?? "";
  const principalId = textOf(properties.principalId) ?? "";
  if (!isGuid(principalId))
    throw badRequest(
      "InvalidPrincipalId",
      `The Principal ID '${principalId}' is not valid. Principal ID must be a GUID.`,
    );
  if (!isGuid(guidOf(roleDefinitionId)))
    throw badRequest(
      "InvalidRoleDefinitionId",
      `The role definition ID '${roleDefinitionId}' is not valid. The role definition ID must be a GUID.`,
    );
  const condition = textOf(properties.condition);
  if (condition) checkCondition(condition, textOf(properties.conditionVersion));
  const optional = (name: string) => {
    const text = textOf(properties[name]);
    return text ? { [name]: text } : {};
  };
  return {
    roleDefinitionId,
    roleGuid: guidOf(roleDefinitionId),
    principalId,
    principalType: readType(textOf(properties.principalType)),
    ...optional("description"),
    ...(condition ? { condition, conditionVersion: "2.0" } : {}),
    ...optional("delegatedManagedIdentityResourceId"),
  };
}

function readType(text: string | undefined): Wanted["principalType"] {
  if (text === undefined || text === "User" || text === "Group" || text === "ServicePrincipal") return text;
  throw badRequest("InvalidPrincipalType", `The principal type '${text}' is not valid.`);
}

/** The code is assumed: no source has the answer to a condition that cannot be read. */
function checkCondition(condition: string, version: string | undefined): void {
  if (condition.length > 8192) throw badRequest("InvalidCondition", "The condition exceeds the maximum of 8 KB.");
  if (version !== "2.0")
    throw badRequest(
      "InvalidConditionVersion",
      `The condition version '${version ?? ""}' is not supported. Only '2.0' is.`,
    );
  try {
    parseCondition(condition);
  } catch (error) {
    throw badRequest(
      "InvalidCondition",
      `The condition could not be read: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
}

/** An assignment at a resource that is not there is refused as a read of it would be. */
export function checkScope(world: World, scope: string): void {
  const [, subscriptionId, group] = /^\/subscriptions\/([^/]+)(?:\/resourceGroups\/([^/]+))?/i.exec(scope) ?? [];
  if (subscriptionId && group) world.resourceGroup(subscriptionId, group);
  // Only the outermost resource is looked up: the emulator does not keep every kind of child (blob containers, for one).
  const outermost = /^.*?\/providers\/[^/]+\/[^/]+\/[^/]+/i.exec(scope)?.[0];
  if (outermost && world.switches.assignmentScopesMustExist && !world.store.resource(outermost))
    throw new AzureError(
      404,
      "ResourceNotFound",
      `The Resource '${typeOf(outermost)}/${nameOf(outermost)}' under resource group '${group ?? ""}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
    );
}

/** The role must be there, be seen, and be for this scope. */
export function checkRole(world: World, records: AuthorizationRecords, wanted: Wanted, scope: string): void {
  const definition = records.definition(wanted.roleGuid);
  if (!definition || !isSeen(world, definition.visibleAt)) throw definitionMissing(wanted.roleGuid);
  if (definition.assignableScopes.some((at) => scopeContains(at, scope))) return;
  throw badRequest(
    "RoleDefinitionScopeMismatch",
    `The role definition '${wanted.roleGuid}' is not assignable at the scope '${scope}'. Its assignable scopes are '${definition.assignableScopes.join("', '")}'.`,
  );
}

/** Whether the condition takes part in uniqueness is not established; here it does not. */
export function checkTuple(records: AuthorizationRecords, wanted: Wanted, scope: string): void {
  const same = records
    .assignments()
    .some(
      (one) =>
        sameId(one.scope, scope) &&
        one.principalId.toLowerCase() === wanted.principalId.toLowerCase() &&
        one.roleGuid === wanted.roleGuid,
    );
  if (same) throw new AzureError(409, "RoleAssignmentExists", "The role assignment already exists.");
}

/** Who names the principal's type is believed while the directory replicates; who does not gets a 400 for a fresh principal. */
export function checkPrincipal(
  world: World,
  { principalId, principalType }: Wanted,
  scope: string,
): RoleAssignment["principalType"] {
  const known = world.principals.get(principalId);
  const tenantId = tenantOfId(world.store, scope, world.tenantId);
  if (known && (known.tenantId ?? world.tenantId).toLowerCase() !== tenantId.toLowerCase())
    throw notInDirectory(principalId, tenantId);
  const replicated = known && known.createdAt + world.switches.directoryLagSeconds * 1000 <= world.clock.now();
  if (known && replicated && principalType && known.principalType !== principalType)
    throw badRequest(
      "UnmatchedPrincipalType",
      `The PrincipalId '${principalId.replaceAll("-", "")}' has type '${known.principalType}', which is different from specified PrinciaplType '${principalType}'.`,
    );
  if (principalType) return principalType;
  if (known && replicated) return known.principalType;
  throw notInDirectory(principalId, tenantId);
}

function notInDirectory(principalId: string, tenantId: string): AzureError {
  return badRequest(
    "PrincipalNotFound",
    `Principal ${principalId.replaceAll("-", "")} does not exist in the directory ${tenantId}. Check that you have the correct principal ID. If you are creating this principal and then immediately assigning a role, this error might be related to a replication delay. In this case, set the role assignment principalType property to a value, such as ServicePrincipal, User, or Group.  See https://aka.ms/docs-principaltype`,
  );
}

/** The subscription's limit; assignments at management groups do not count. */
export function checkLimit(world: World, records: AuthorizationRecords, scope: string): void {
  const subscription = /^\/subscriptions\/[^/]+/i.exec(scope)?.[0];
  if (!subscription) return;
  const count = records.assignments().filter((one) => scopeContains(subscription, one.scope)).length;
  if (count >= world.switches.roleAssignmentLimit)
    throw badRequest(
      "RoleAssignmentLimitExceeded",
      "No more role assignments can be created (code: RoleAssignmentLimitExceeded)",
    );
}

/** A 400. */
export function badRequest(code: string, message: string): AzureError {
  return new AzureError(400, code, message);
}
