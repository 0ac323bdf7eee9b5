import { eventOf } from "../events.ts";
import { isObject, objectOf, textOf } from "../json.ts";
import { operationsOf } from "../operationsOf.ts";
import { page } from "../paging.ts";
import { type Answer, AzureError, type Call, type JsonObject, type Operation, type World } from "../world.ts";

const type = "Microsoft.ManagedIdentity/userAssignedIdentities";
const versions = [
  "2018-11-30",
  "2021-09-30-preview",
  "2022-01-31-preview",
  "2023-01-31",
  "2023-07-31-preview",
  "2024-11-30",
  "2025-01-31-preview",
];
const group =
  "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.ManagedIdentity/userAssignedIdentities";
const one = `${group}/{resourceName}`;

const operation = operationsOf("UserAssignedIdentities", type, versions);

function putIdentity(world: World, call: Call): Answer {
  const body = objectOf(call.body);
  const standing = world.store.resource(call.id);
  const location = textOf(body.location) ?? textOf(standing?.body.location);
  if (!location)
    throw new AzureError(400, "LocationRequired", "The location property is required for this definition.");
  const name = call.params.resourceName ?? "";
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{2,127}$/.test(name))
    throw new AzureError(400, "InvalidResourceName", `The resource name '${name}' is invalid.`);
  const known = standing?.body.properties;
  const properties = isObject(known) ? known : newPrincipal(world, name);
  const shown: JsonObject = {
    id: standing?.id ?? call.id,
    name: standing?.body.name ?? name,
    type,
    location: location.replaceAll(" ", "").toLowerCase(),
    tags: objectOf(body.tags),
    properties,
  };
  world.store.putResource({ id: standing?.id ?? call.id, type, body: shown });
  world.events.emit(eventOf(call, "Write", `${type}/write`));
  return { status: standing ? 200 : 201, body: shown };
}

/** A recreated identity is a new principal: assignments of the old one do not come back to life. */
function newPrincipal(world: World, name: string): JsonObject {
  const { principalId, clientId } = world.principals.create(name, "ServicePrincipal");
  return { tenantId: world.tenantId, principalId, clientId };
}

function patchIdentity(world: World, call: Call): Answer {
  const standing = found(world, call);
  const tags = objectOf(call.body).tags;
  const body = { ...standing.body, ...(isObject(tags) ? { tags } : {}) };
  world.store.putResource({ ...standing, body });
  world.events.emit(eventOf(call, "Write", `${type}/write`));
  return { status: 200, body };
}

function deleteIdentity(world: World, call: Call): Answer {
  const standing = world.store.resource(call.id);
  if (!standing) return { status: 204 };
  world.store.deleteResource(call.id);
  world.store.delete("principal", textOf(objectOf(standing.body.properties).principalId) ?? "");
  world.events.emit(eventOf(call, "Delete", `${type}/delete`));
  return { status: 200 };
}

function found(world: World, call: Call) {
  const { resourceGroupName, resourceName } = call.params;
  const standing = world.store.resource(call.id);
  if (standing) return standing;
  throw new AzureError(
    404,
    "ResourceNotFound",
    `The Resource '${type}/${resourceName}' under resource group '${resourceGroupName}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
    { headers: { "x-ms-failure-cause": "gateway" } },
  );
}

const list = (world: World, call: Call, scope: string) =>
  page(
    world,
    call,
    world.store.resources(type, scope).map(({ body }) => body),
  );

/** User-assigned managed identities; each is a service principal of the tenant. */
export const identityOperations: readonly Operation[] = [
  operation("CreateOrUpdate", "PUT", one, "write", putIdentity),
  operation("Get", "GET", one, "read", (world, call) => ({ status: 200, body: found(world, call).body })),
  operation("Update", "PATCH", one, "write", patchIdentity),
  operation("Delete", "DELETE", one, "delete", deleteIdentity),
  operation("ListByResourceGroup", "GET", group, "read", (world, call) =>
    list(world, call, `/subscriptions/${call.params.subscriptionId}/resourceGroups/${call.params.resourceGroupName}`),
  ),
  operation(
    "ListBySubscription",
    "GET",
    "/subscriptions/{subscriptionId}/providers/Microsoft.ManagedIdentity/userAssignedIdentities",
    "read",
    (world, call) => list(world, call, `/subscriptions/${call.params.subscriptionId}`),
  ),
];
