import { scopeContains } from "../ids.ts";
import { operationsOf } from "../operationsOf.ts";
import { assignmentsInForce, permissionsInForce } from "../rights.ts";
import type { Answer, Call, JsonObject, Operation, World } from "../world.ts";
import { getAssignment, listAssignments } from "./assignmentReads.ts";
import { deleteAssignment, putAssignment } from "./assignments.ts";
import { definitionOperations, definitionVersions } from "./definitions.ts";
import { denyOperations } from "./denyAssignments.ts";
import { lockOperations } from "./locks.ts";
import { authorizationRecords } from "./records.ts";

const collection = "{scope}/providers/Microsoft.Authorization/roleAssignments";
const one = `${collection}/{roleAssignmentName}`;
const versions = [
  "2015-07-01",
  "2018-01-01-preview",
  "2018-09-01-preview",
  "2020-03-01-preview",
  "2020-04-01-preview",
  "2020-08-01-preview",
  "2020-10-01-preview",
  "2022-04-01",
];

const operation = operationsOf("RoleAssignments", "Microsoft.Authorization/roleAssignments", versions);

/** What the caller itself may do at a scope: permission entries, to be united; no verdict on an action (rbac-network-arm.md §2.7). */
function listPermissions(world: World, call: Call): Answer {
  const records = authorizationRecords(world.store);
  const scope = call.params.scope || "/";
  const now = world.clock.now();
  const value = assignmentsInForce(records, call.caller.principalId, now)
    .filter((assignment) => scopeContains(assignment.scope, scope))
    .flatMap((assignment) => permissionsInForce(records, assignment.roleGuid, now));
  return { status: 200, body: { value: value as unknown as readonly JsonObject[] } };
}

/** Role definitions, role assignments, deny assignments, permissions and locks. */
export const authorizationOperations: readonly Operation[] = [
  ...definitionOperations,
  operation("Create", "PUT", one, "write", putAssignment),
  operation("Get", "GET", one, "read", getAssignment),
  operation("Delete", "DELETE", one, "delete", deleteAssignment),
  operation("ListForScope", "GET", collection, "read", listAssignments),
  ...denyOperations,
  {
    name: "Permissions_List",
    method: "GET",
    path: "{scope}/providers/Microsoft.Authorization/permissions",
    apiVersions: definitionVersions,
    action: "Microsoft.Authorization/permissions/read",
    answer: listPermissions,
  },
  ...lockOperations,
];
