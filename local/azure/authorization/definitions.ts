import { guidOf, isGuid, scopeContains, subscriptionOf } from "../ids.ts";
import { operationsOf } from "../operationsOf.ts";
import { page } from "../paging.ts";
import { drawMs } from "../random.ts";
import { type Answer, AzureError, type Call, type JsonObject, type Operation, type World } from "../world.ts";
import { readDefinition } from "./definitionRules.ts";
import { authorizationRecords, type RoleDefinition } from "./records.ts";

/** Versions of role definitions and of what goes with them. */
export const definitionVersions = ["2015-07-01", "2018-01-01-preview", "2022-04-01", "2022-05-01-preview"];
const collection = "{scope}/providers/Microsoft.Authorization/roleDefinitions";
const one = `${collection}/{roleDefinitionId}`;
const action = (verb: string) => `Microsoft.Authorization/roleDefinitions/${verb}`;

/** A definition as a read at `scope` shows it: built-in ones without subscription (rbac-network-arm.md §1.1). */
function shownDefinition(definition: RoleDefinition, scope: string): JsonObject {
  const subscriptionId = subscriptionOf(scope);
  const prefix = subscriptionId ? `/subscriptions/${subscriptionId}` : "";
  const show = (time: number) => new Date(time).toISOString();
  return {
    properties: {
      roleName: definition.roleName,
      type: definition.type,
      description: definition.description,
      assignableScopes: definition.assignableScopes,
      permissions: definition.permissions as unknown as readonly JsonObject[],
      createdOn: show(definition.createdAt),
      updatedOn: show(definition.updatedAt),
      createdBy: definition.createdBy || null,
      updatedBy: definition.updatedBy || null,
    },
    id: `${prefix}/providers/Microsoft.Authorization/roleDefinitions/${definition.guid}`,
    type: "Microsoft.Authorization/roleDefinitions",
    name: definition.guid,
  };
}

/** The 404 of a definition that is not there, or not yet seen by this replica. */
export function definitionMissing(guid: string): AzureError {
  return new AzureError(
    404,
    "RoleDefinitionDoesNotExist",
    `The specified role definition with ID '${guid.replaceAll("-", "")}' does not exist.`,
  );
}

/** Whether a read at this moment sees something written to become visible at `visibleAt`; before that, replicas may flap. */
export function isSeen(world: World, visibleAt: number): boolean {
  return visibleAt <= world.clock.now() || world.random() < world.switches.earlyReadShare;
}

/** Reads in the tenant's form (no scope) are open to all its principals; elsewhere they take the right. */
function readable(answer: (world: World, call: Call) => Answer): (world: World, call: Call) => Answer {
  return (world, call) => {
    if (call.params.scope) world.rights.require(call.caller, action("read"), call.id);
    return answer(world, call);
  };
}

function getDefinition(world: World, call: Call): Answer {
  const guid = guidOf(call.params.roleDefinitionId ?? "");
  const definition = authorizationRecords(world.store).definition(guid);
  if (!definition || !isSeen(world, definition.visibleAt)) throw definitionMissing(guid);
  return { status: 200, body: shownDefinition(definition, call.params.scope ?? "") };
}

function listDefinitions(world: World, call: Call): Answer {
  const scope = call.params.scope || "/";
  const filter = call.query.get("$filter") ?? "";
  const below = /atScopeAndBelow\(\)/i.test(filter);
  const type = /type eq '([^']*)'/i.exec(filter)?.[1]?.toLowerCase();
  const name = /roleName eq '((?:[^']|'')*)'/i.exec(filter)?.[1]?.replaceAll("''", "'").toLowerCase();
  const items = authorizationRecords(world.store)
    .definitions()
    .filter((one) => one.assignableScopes.some((at) => scopeContains(at, scope) || (below && scopeContains(scope, at))))
    .filter(
      (one) =>
        (type === undefined || one.type.toLowerCase() === type) &&
        (name === undefined || one.roleName.toLowerCase() === name),
    )
    .filter((one) => isSeen(world, one.visibleAt));
  return page(
    world,
    call,
    items.map((one) => shownDefinition(one, scope)),
  );
}

function putDefinition(world: World, call: Call): Answer {
  const records = authorizationRecords(world.store);
  const guid = guidOf(call.params.roleDefinitionId ?? "");
  if (!isGuid(guid))
    throw new AzureError(
      400,
      "InvalidRoleDefinitionId",
      `The role definition ID '${guid}' is not valid. The role definition ID must be a GUID.`,
    );
  const standing = records.definition(guid);
  if (standing?.type === "BuiltInRole")
    throw new AzureError(403, "RoleDefinitionCannotBeModified", "A built-in role definition cannot be changed.");
  const wanted = readDefinition(call.body);
  for (const scope of wanted.assignableScopes)
    world.rights.requireLinked(call.caller, { action: action("write"), scope: call.id }, action("write"), scope);
  const sameName = records
    .definitions()
    .find((one) => one.roleName.toLowerCase() === wanted.roleName.toLowerCase() && one.guid !== guid);
  if (sameName)
    throw new AzureError(
      409,
      "RoleDefinitionWithSameNameExists",
      "A role definition cannot be updated with a name that already exists.",
    );
  const custom = records.definitions().filter((one) => one.type === "CustomRole").length;
  if (!standing && custom >= world.switches.customRoleLimit)
    throw new AzureError(
      400,
      "RoleDefinitionLimitExceeded",
      "The number of custom role definitions for the tenant has reached its limit.",
    );
  const definition = written(world, call, guid, wanted, standing);
  records.putDefinition(definition);
  // The SDK takes 201 alone, for an update too (rbac-network-arm.md §0 no. 4).
  return { status: 201, body: shownDefinition(definition, call.params.scope ?? "") };
}

function written(
  world: World,
  { caller }: Call,
  guid: string,
  wanted: Pick<RoleDefinition, "roleName" | "description" | "permissions" | "assignableScopes">,
  standing: RoleDefinition | undefined,
): RoleDefinition {
  const now = world.clock.now();
  const { random, switches } = world;
  return {
    ...wanted,
    guid,
    type: "CustomRole",
    createdAt: standing?.createdAt ?? now,
    createdBy: standing?.createdBy ?? caller.principalId,
    updatedAt: now,
    updatedBy: caller.principalId,
    visibleAt: standing ? standing.visibleAt : now + drawMs(random, switches.definitionVisibleSeconds),
    ...(standing
      ? { former: { permissions: standing.permissions, until: now + drawMs(random, switches.grantEffectiveSeconds) } }
      : {}),
  };
}

function deleteDefinition(world: World, call: Call): Answer {
  const records = authorizationRecords(world.store);
  const guid = guidOf(call.params.roleDefinitionId ?? "");
  const standing = records.definition(guid);
  if (!standing) return { status: 204 };
  if (standing.type === "BuiltInRole")
    throw new AzureError(403, "RoleDefinitionCannotBeModified", "A built-in role definition cannot be deleted.");
  if (records.assignments().some((one) => one.roleGuid === guid))
    throw new AzureError(
      400,
      "RoleDefinitionHasAssignments",
      `There are existing role assignments referencing role (code: RoleDefinitionHasAssignments). Role definition '${guid}'.`,
    );
  records.deleteDefinition(guid);
  return { status: 200, body: shownDefinition(standing, call.params.scope ?? "") };
}

const operation = operationsOf("RoleDefinitions", "Microsoft.Authorization/roleDefinitions", definitionVersions);

/** Role definitions: rbac-network-arm.md §1. */
export const definitionOperations: readonly Operation[] = [
  { ...operation("Get", "GET", one, "read", readable(getDefinition)), action: null },
  { ...operation("List", "GET", collection, "read", readable(listDefinitions)), action: null },
  operation("CreateOrUpdate", "PUT", one, "write", putDefinition),
  operation("Delete", "DELETE", one, "delete", deleteDefinition),
];
