import { eventOf } from "../events.ts";
import { guidOf, isGuid, scopeContains } from "../ids.ts";
import { isObject, listOf, objectOf, textOf, textsOf } from "../json.ts";
import { operationsOf } from "../operationsOf.ts";
import { page } from "../paging.ts";
import {
  type Answer,
  AzureError,
  type Call,
  type Json,
  type JsonObject,
  type Operation,
  type World,
} from "../world.ts";
import { authorizationRecords, type DenyAssignment, everybody } from "./records.ts";

const collection = "{scope}/providers/Microsoft.Authorization/denyAssignments";
const one = `${collection}/{denyAssignmentId}`;
const versions = ["2018-07-01-preview", "2022-04-01", "2024-07-01-preview"];

function shown(deny: DenyAssignment): JsonObject {
  const principals = (ids: readonly string[]) =>
    ids.map((id) => ({ id, type: id === everybody ? "SystemDefined" : "ServicePrincipal" }));
  return {
    id: `${deny.scope === "/" ? "" : deny.scope}/providers/Microsoft.Authorization/denyAssignments/${deny.name}`,
    name: deny.name,
    type: "Microsoft.Authorization/denyAssignments",
    properties: {
      denyAssignmentName: deny.denyAssignmentName,
      description: deny.description,
      permissions: deny.permissions as unknown as readonly JsonObject[],
      scope: deny.scope,
      doNotApplyToChildScopes: deny.doNotApplyToChildScopes,
      principals: principals(deny.principals),
      excludePrincipals: principals(deny.excludePrincipals),
      isSystemProtected: false,
    },
  };
}

/** Everybody needs at least one exclusion, else one principal (rbac-network-arm.md §2.5). */
function putDeny(world: World, call: Call): Answer {
  const name = guidOf(call.params.denyAssignmentId ?? "");
  if (!isGuid(name)) throw new AzureError(400, "InvalidDenyAssignmentId", "The deny assignment ID must be a GUID.");
  const properties = objectOf(objectOf(call.body).properties);
  const ids = (value: Json | undefined) =>
    listOf(value).flatMap((entry) => (isObject(entry) ? [textOf(entry.id) ?? ""] : []));
  const deny: DenyAssignment = {
    name,
    scope: call.params.scope || "/",
    denyAssignmentName: textOf(properties.denyAssignmentName) ?? "",
    description: textOf(properties.description) ?? "",
    permissions: listOf(properties.permissions)
      .filter(isObject)
      .map((entry) => ({
        actions: textsOf(entry.actions),
        notActions: textsOf(entry.notActions),
        dataActions: textsOf(entry.dataActions),
        notDataActions: textsOf(entry.notDataActions),
      })),
    doNotApplyToChildScopes: properties.doNotApplyToChildScopes === true,
    principals: ids(properties.principals),
    excludePrincipals: ids(properties.excludePrincipals),
  };
  if (deny.principals.length !== 1 || (deny.principals[0] === everybody && deny.excludePrincipals.length === 0))
    throw new AzureError(
      400,
      "InvalidDenyAssignmentPrincipals",
      "A deny assignment is for one principal, or for everyone with at least one excluded.",
    );
  world.store.put("denyAssignment", name, deny);
  world.events.emit(eventOf(call, "Write", "Microsoft.Authorization/denyAssignments/write"));
  return { status: 201, body: shown(deny) };
}

function found(world: World, call: Call): DenyAssignment {
  const name = guidOf(call.params.denyAssignmentId ?? "");
  const deny = world.store.get<DenyAssignment>("denyAssignment", name);
  if (!deny) throw new AzureError(404, "DenyAssignmentNotFound", `The deny assignment '${name}' is not found.`);
  return deny;
}

const operation = operationsOf("DenyAssignments", "Microsoft.Authorization/denyAssignments", versions);

/** Deny assignments; ARM lets people make them since 2024-07-01-preview. */
export const denyOperations: readonly Operation[] = [
  operation("Get", "GET", one, "read", (world, call) => ({ status: 200, body: shown(found(world, call)) })),
  operation("List", "GET", collection, "read", (world, call) => {
    const scope = call.params.scope || "/";
    const atScope = /atScope\(\)/i.test(call.query.get("$filter") ?? "");
    const all = authorizationRecords(world.store).denyAssignments();
    const wanted = all.filter(
      (deny) => scopeContains(deny.scope, scope) || (!atScope && scopeContains(scope, deny.scope)),
    );
    return page(world, call, wanted.map(shown));
  }),
  operation("CreateOrUpdate", "PUT", one, "write", putDeny),
  operation("Delete", "DELETE", one, "delete", (world, call) => {
    const standing = world.store.get<DenyAssignment>("denyAssignment", guidOf(call.params.denyAssignmentId ?? ""));
    if (!standing) return { status: 204 };
    world.store.delete("denyAssignment", standing.name);
    return { status: 200, body: shown(standing) };
  }),
];
