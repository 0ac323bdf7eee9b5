import { eventOf } from "../events.ts";
import { guidOf, isGuid, sameId } from "../ids.ts";
import { drawMs } from "../random.ts";
import { type Answer, AzureError, type Call, type World } from "../world.ts";
import { shownAssignment } from "./assignmentReads.ts";
import {
  badRequest,
  checkLimit,
  checkPrincipal,
  checkRole,
  checkScope,
  checkTuple,
  readAssignment,
  type Wanted,
} from "./assignmentRules.ts";
import { type AuthorizationRecords, authorizationRecords, type RoleAssignment } from "./records.ts";

/** Writes a role assignment: rbac-network-arm.md §2.3 and §2.4. */
export function putAssignment(world: World, call: Call): Answer {
  const records = authorizationRecords(world.store);
  const name = guidOf(call.params.roleAssignmentName ?? "");
  const scope = call.params.scope || "/";
  if (!isGuid(name))
    throw new AzureError(
      400,
      "InvalidRoleAssignmentId",
      `The role assignment ID '${name}' is not valid. The role assignment ID must be a GUID.`,
    );
  const wanted = readAssignment(call);
  const standing = records.assignment(name);
  if (standing) return updateAssignment(world, call, standing, wanted, scope);
  checkScope(world, scope);
  checkRole(world, records, wanted, scope);
  checkTuple(records, wanted, scope);
  const principalType = checkPrincipal(world, wanted, call.id);
  checkLimit(world, records, scope);
  const now = world.clock.now();
  const assignment: RoleAssignment = {
    ...wanted,
    principalType,
    name,
    scope,
    createdAt: now,
    createdBy: call.caller.principalId,
    updatedAt: now,
    updatedBy: call.caller.principalId,
    visibleAt: now + drawMs(world.random, world.switches.grantVisibleSeconds),
    effectiveAt: now + drawMs(world.random, world.switches.grantEffectiveSeconds),
  };
  records.putAssignment(assignment);
  world.events.emit(eventOf(call, "Write", "Microsoft.Authorization/roleAssignments/write"));
  return { status: 201, body: shownAssignment(assignment) };
}

/** Same name: nothing but description and condition may change. A changed condition works as late as a new grant. */
function updateAssignment(world: World, call: Call, standing: RoleAssignment, wanted: Wanted, scope: string): Answer {
  const same =
    sameId(standing.scope, scope) &&
    standing.principalId.toLowerCase() === wanted.principalId.toLowerCase() &&
    standing.roleGuid === wanted.roleGuid;
  if (!same)
    throw new AzureError(
      world.switches.assignmentUpdateStatus,
      "RoleAssignmentUpdateNotPermitted",
      "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
    );
  const records = authorizationRecords(world.store);
  const now = world.clock.now();
  const { description: _d, condition: _c, conditionVersion: _v, ...kept } = standing;
  const { description, condition, conditionVersion } = wanted;
  const changed = standing.condition !== condition;
  const effectiveAt = changed ? now + drawMs(world.random, world.switches.grantEffectiveSeconds) : standing.effectiveAt;
  if (changed && standing.effectiveAt <= now)
    records.putRevoked({ ...standing, worksUntil: effectiveAt, seenUntil: 0 });
  const assignment: RoleAssignment = {
    ...kept,
    ...(description ? { description } : {}),
    ...(condition && conditionVersion ? { condition, conditionVersion } : {}),
    updatedAt: now,
    updatedBy: call.caller.principalId,
    effectiveAt,
  };
  records.putAssignment(assignment);
  world.events.emit(eventOf(call, "Write", "Microsoft.Authorization/roleAssignments/write"));
  return { status: 200, body: shownAssignment(assignment) };
}

/** Deletes a role assignment; it goes on working for a while. 204 where there was none. */
export function deleteAssignment(world: World, call: Call): Answer {
  const records = authorizationRecords(world.store);
  const standing = records.assignment(guidOf(call.params.roleAssignmentName ?? ""));
  if (!standing || !sameId(standing.scope, call.params.scope || "/")) return { status: 204 };
  checkLastAdministrator(records, standing);
  const now = world.clock.now();
  records.deleteAssignment(standing.name);
  records.forgetRevoked(now);
  records.putRevoked({
    ...standing,
    worksUntil: now + drawMs(world.random, world.switches.revokeEffectiveSeconds),
    seenUntil: now + drawMs(world.random, world.switches.revokeVisibleSeconds),
  });
  world.events.emit(eventOf(call, "Delete", "Microsoft.Authorization/roleAssignments/delete"));
  return { status: 200, body: shownAssignment(standing) };
}

function checkLastAdministrator(records: AuthorizationRecords, standing: RoleAssignment): void {
  const owner = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
  const others = records.assignments().filter((one) => one.roleGuid === owner && sameId(one.scope, standing.scope));
  if (standing.roleGuid === owner && others.length === 1 && /^\/subscriptions\/[^/]+$/i.test(standing.scope))
    throw badRequest("CannotDeleteLastRbacAdmin", "Cannot delete the last RBAC admin assignment.");
}
