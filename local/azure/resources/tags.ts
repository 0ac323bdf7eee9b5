import { eventOf } from "../events.ts";
import { nameOf, resourceGroupOf, typeOf } from "../ids.ts";
import { isObject, objectOf } from "../json.ts";
import { operationsOf } from "../operationsOf.ts";
import {
  type Answer,
  AzureError,
  type Call,
  type JsonObject,
  type Operation,
  type Resource,
  type World,
} from "../world.ts";
import { resourcesVersions } from "./groups.ts";

const path = "{scope}/providers/Microsoft.Resources/tags/default";

function shown({ id, body }: Resource): JsonObject {
  return {
    id: `${id}/providers/Microsoft.Resources/tags/default`,
    name: "default",
    type: "Microsoft.Resources/tags",
    properties: { tags: objectOf(body.tags) },
  };
}

function find(world: World, call: Call): Resource {
  const scope = call.params.scope ?? "";
  const resource = world.store.resource(scope);
  if (resource) return resource;
  throw new AzureError(
    404,
    "ResourceNotFound",
    `The Resource '${typeOf(scope)}/${nameOf(scope)}' under resource group '${resourceGroupOf(scope) ?? ""}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
    { headers: { "x-ms-failure-cause": "gateway" } },
  );
}

/** What the tags of a resource are after a PATCH: merged, replaced, or without those that are named with their value. */
function changed(standing: JsonObject, operation: unknown, tags: JsonObject): JsonObject {
  if (operation === "Merge") return { ...standing, ...tags };
  if (operation === "Replace") return tags;
  if (operation === "Delete")
    return Object.fromEntries(Object.entries(standing).filter(([name, value]) => tags[name] !== value));
  throw new AzureError(400, "InvalidTagsOperation", "The operation must be 'Merge', 'Replace' or 'Delete'.");
}

function write(world: World, call: Call, operation: unknown): Answer {
  const resource = find(world, call);
  const tags = objectOf(objectOf(call.body).properties).tags;
  if (!isObject(tags)) throw new AzureError(400, "InvalidRequestContent", "The request content has no tags.");
  const next = {
    ...resource,
    body: { ...resource.body, tags: changed(objectOf(resource.body.tags), operation, tags) },
  };
  world.store.putResource(next);
  world.events.emit(eventOf(call, "Write", "Microsoft.Resources/tags/write"));
  return { status: 200, body: shown(next) };
}

const operation = operationsOf("Tags", "Microsoft.Resources/tags", resourcesVersions);

/** The tags of a resource or a group by themselves, as policies and `az tag` write them. */
export const tagOperations: readonly Operation[] = [
  operation("GetAtScope", "GET", path, "read", (world, call) => ({ status: 200, body: shown(find(world, call)) })),
  operation("CreateOrUpdateAtScope", "PUT", path, "write", (world, call) => write(world, call, "Replace")),
  operation("UpdateAtScope", "PATCH", path, "write", (world, call) =>
    write(world, call, objectOf(call.body).operation),
  ),
];
