import { guidOf, sameId, scopeContains } from "../ids.ts";
import { compact } from "../json.ts";
import { page } from "../paging.ts";
import { type Answer, AzureError, type Call, type JsonObject, type World } from "../world.ts";
import { isSeen } from "./definitions.ts";
import { authorizationRecords, type RoleAssignment } from "./records.ts";

/** An assignment as reads and writes show it. */
export function shownAssignment(assignment: RoleAssignment): JsonObject {
  const { scope, name } = assignment;
  const show = (time: number) => new Date(time).toISOString();
  return {
    properties: {
      ...compact({
        roleDefinitionId: assignment.roleDefinitionId,
        principalId: assignment.principalId,
        principalType: assignment.principalType,
        scope,
        condition: assignment.condition ?? null,
        conditionVersion: assignment.conditionVersion ?? null,
        createdOn: show(assignment.createdAt),
        updatedOn: show(assignment.updatedAt),
        createdBy: assignment.createdBy,
        updatedBy: assignment.updatedBy,
        delegatedManagedIdentityResourceId: assignment.delegatedManagedIdentityResourceId ?? null,
        description: assignment.description ?? null,
      }),
    },
    id: `${scope === "/" ? "" : scope}/providers/Microsoft.Authorization/roleAssignments/${name}`,
    type: "Microsoft.Authorization/roleAssignments",
    name,
  };
}

/** Conditions are shown from 2022-04-01 on, and by the previews of 2020 (rbac-network-arm.md §2.1). */
function shownAt(assignment: RoleAssignment, apiVersion: string): JsonObject {
  const { condition: _, conditionVersion: __, ...bare } = assignment;
  return shownAssignment(apiVersion < "2020-03-01" ? bare : assignment);
}

/** Reads one assignment; right after it was written, some replicas do not know it. */
export function getAssignment(world: World, call: Call): Answer {
  const name = guidOf(call.params.roleAssignmentName ?? "");
  const found = seenAssignments(world).find((one) => one.name === name && sameId(one.scope, call.params.scope || "/"));
  if (!found)
    throw new AzureError(
      404,
      "RoleAssignmentNotFound",
      `The role assignment '${name.replaceAll("-", "")}' is not found.`,
    );
  return { status: 200, body: shownAt(found, call.apiVersion) };
}

/** Lists assignments with the filters of rbac-network-arm.md §2.2. */
export function listAssignments(world: World, call: Call): Answer {
  const scope = call.params.scope || "/";
  const filter = call.query.get("$filter") ?? "";
  const atScope = /atScope\(\)/i.test(filter);
  const principal = /principalId eq '([^']*)'/i.exec(filter)?.[1]?.toLowerCase();
  const assignedTo = /assignedTo\('([^']*)'\)/i.exec(filter)?.[1]?.toLowerCase();
  checkFilter(scope, filter, { atScope, principal, assignedTo });
  // Of the two only the latter counts what a principal has by its groups (§2.2).
  const wanted = principal
    ? new Set([principal])
    : assignedTo && authorizationRecords(world.store).withGroups(assignedTo);
  const found = seenAssignments(world)
    .filter((one) => scopeContains(one.scope, scope) || (!atScope && scopeContains(scope, one.scope)))
    .filter((one) => !wanted || wanted.has(one.principalId.toLowerCase()));
  return page(
    world,
    call,
    found.map((one) => shownAt(one, call.apiVersion)),
  );
}

function checkFilter(
  scope: string,
  filter: string,
  known: { atScope: boolean; principal: string | undefined; assignedTo: string | undefined },
): void {
  const { atScope, principal, assignedTo } = known;
  const unsupported =
    (filter !== "" && !atScope && principal === undefined && assignedTo === undefined) ||
    (atScope && principal !== undefined) ||
    (scope === "/" && !atScope && assignedTo === undefined);
  if (!unsupported) return;
  throw new AzureError(
    400,
    "UnsupportedQuery",
    "The filter is not supported. Supported filters are either 'atScope()' or 'principalId eq '{value}'' or 'assignedTo('{value}')'.",
  );
}

function seenAssignments(world: World): readonly RoleAssignment[] {
  const records = authorizationRecords(world.store);
  const now = world.clock.now();
  return [
    ...records.assignments().filter((one) => isSeen(world, one.visibleAt)),
    ...records.revoked().filter((one) => one.seenUntil > now),
  ];
}
