import { eventOf } from "./events.ts";
import { compact, isObject, objectOf, textOf } from "./json.ts";
import { operationsOf } from "./operationsOf.ts";
import { page } from "./paging.ts";
import { type Answer, AzureError, type Call, type JsonObject, type Operation, type World } from "./world.ts";

/** Operations of a tracked type that is only a thing to point at (a route table, a storage account): kept as it was sent, done at once. */
export function simpleOperations(
  type: string,
  apiVersions: readonly string[],
  complete: (world: World, name: string) => JsonObject = () => ({}),
  createdStatus: 200 | 201 = 201,
): readonly Operation[] {
  const inGroup = `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${type}`;
  const one = `${inGroup}/{resourceName}`;
  const short = type.split("/")[1] ?? type;
  const operation = operationsOf(`${short.charAt(0).toUpperCase()}${short.slice(1)}`, type, apiVersions);
  const list = (world: World, call: Call) =>
    page(
      world,
      call,
      world.store.resources(type, call.id.replace(/\/providers\/.*$/i, "")).map(({ body }) => body),
    );
  return [
    operation("CreateOrUpdate", "PUT", one, "write", (world, call) =>
      put(world, call, type, { complete, createdStatus }),
    ),
    operation("Get", "GET", one, "read", (world, call) => ({ status: 200, body: find(world, call, type) })),
    operation("Delete", "DELETE", one, "delete", (world, call) => remove(world, call, type)),
    operation("List", "GET", inGroup, "read", list),
    operation("ListAll", "GET", `/subscriptions/{subscriptionId}/providers/${type}`, "read", list),
  ];
}

function put(
  world: World,
  call: Call,
  type: string,
  { complete, createdStatus }: { complete: (world: World, name: string) => JsonObject; createdStatus: number },
): Answer {
  const sent = objectOf(call.body);
  const standing = world.store.resource(call.id);
  const location = textOf(sent.location)?.replaceAll(" ", "").toLowerCase();
  if (!location)
    throw new AzureError(400, "LocationRequired", "The location property is required for this definition.");
  const id = standing?.id ?? call.id;
  const name = call.params.resourceName ?? "";
  const { id: _, name: __, type: ___, ...rest } = sent;
  const body = compact({
    ...rest,
    id,
    name,
    type,
    location,
    tags: isObject(sent.tags) ? sent.tags : undefined,
    properties: { ...objectOf(sent.properties), ...complete(world, name), provisioningState: "Succeeded" },
  });
  world.store.putResource({ ...standing, id, type, body });
  world.events.emit(eventOf(call, "Write", `${type}/write`, id));
  return { status: standing ? 200 : createdStatus, body };
}

function find(world: World, call: Call, type: string): JsonObject {
  const standing = world.store.resource(call.id);
  if (standing) return standing.body;
  throw new AzureError(
    404,
    "ResourceNotFound",
    `The Resource '${type}/${call.params.resourceName}' under resource group '${call.params.resourceGroupName}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
    { headers: { "x-ms-failure-cause": "gateway" } },
  );
}

function remove(world: World, call: Call, type: string): Answer {
  if (!world.store.deleteResource(call.id)) return { status: 204 };
  world.events.emit(eventOf(call, "Delete", `${type}/delete`));
  return { status: 200 };
}
