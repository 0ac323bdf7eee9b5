import { parentOf } from "../ids.ts";
import { isObject } from "../json.ts";
import { page } from "../paging.ts";
import type { Answer, Call, JsonObject, Operation, Resource, World } from "../world.ts";
import { AzureError } from "../world.ts";
import { correlationOf, envelope, existing, requireParent, soon } from "./answers.ts";
import type { Accepted, Kind } from "./kind.ts";
import { asJson, object, text } from "./paths.ts";
import { regionName, sameRegion } from "./regions.ts";
import { settleJob } from "./settle.ts";

/** GET, PUT, PATCH, DELETE and the lists of one resource type. */
export function resourceOperations(kind: Kind): readonly Operation[] {
  const common = { path: kind.path, apiVersions: kind.apiVersions };
  return [
    {
      ...common,
      name: `${kind.group}_Get`,
      method: "GET",
      action: `${kind.type}/read`,
      answer: (w, c) => read(kind, w, c),
    },
    {
      ...common,
      name: `${kind.group}_CreateOrUpdate`,
      method: "PUT",
      action: `${kind.type}/write`,
      answer: (w, c) => write(kind, w, c, bodyOf(c)),
    },
    {
      ...common,
      name: `${kind.group}_Update`,
      method: "PATCH",
      action: `${kind.type}/write`,
      answer: (w, c) => update(kind, w, c),
    },
    {
      ...common,
      name: `${kind.group}_Delete`,
      method: "DELETE",
      action: `${kind.type}/delete`,
      answer: (w, c) => remove(kind, w, c),
    },
    ...kind.lists.map(
      ({ name, path }): Operation => ({
        ...common,
        name,
        path,
        method: "GET",
        action: `${kind.type}/read`,
        answer: (w, c) => listOf(kind, w, c, filledIn(path, c)),
      }),
    ),
  ];
}

/** The body of a PUT or PATCH, which must be a JSON object. */
function bodyOf(call: Call): JsonObject {
  if (isObject(call.body)) return call.body;
  throw new AzureError(400, "InvalidRequestContent", "The request content was invalid and could not be deserialized.");
}

function presented(kind: Kind, world: World, resource: Resource, call: Call): JsonObject {
  return kind.present ? kind.present(world, resource, call) : resource.body;
}

function read(kind: Kind, world: World, call: Call): Answer {
  if (kind.hasParent && !world.store.resource(call.id)) requireParent(world, call, parentOf(call.id), kind.type);
  return { status: 200, body: presented(kind, world, existing(world, call.id), call) };
}

/** A path with its parameters in it. */
function filledIn(path: string, call: Call): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => call.params[name] ?? "");
}

function listOf(kind: Kind, world: World, call: Call, collection: string): Answer {
  const { subscriptionId, resourceGroupName } = call.params;
  if (resourceGroupName) world.resourceGroup(subscriptionId ?? "", resourceGroupName);
  const scope = kind.hasParent ? collection.slice(0, collection.lastIndexOf("/")) : collection.split("/providers/")[0];
  if (kind.hasParent) requireParent(world, call, scope ?? "", kind.type);
  const entries = world.store.resources(kind.type, scope).map((resource) => presented(kind, world, resource, call));
  return page(world, { ...call, id: collection }, entries);
}

function update(kind: Kind, world: World, call: Call): Answer {
  const patch = bodyOf(call);
  const before = existing(world, call.id).body;
  return write(kind, world, call, {
    location: before.location ?? null,
    tags: patch.tags ?? before.tags ?? {},
    properties: merged(object(before, "properties"), object(patch, "properties")),
  });
}

/** JSON merge: objects member by member, everything else replaced. */
function merged(before: JsonObject, patch: JsonObject): JsonObject {
  const entries = Object.entries(patch).map(([name, value]) => {
    const old = before[name];
    return [name, isObject(old) && isObject(value) ? merged(old, value) : value] as const;
  });
  return { ...before, ...Object.fromEntries(entries) };
}

function write(kind: Kind, world: World, call: Call, body: JsonObject): Answer {
  const subscriptionId = call.params.subscriptionId ?? "";
  const group = world.resourceGroup(subscriptionId, call.params.resourceGroupName ?? "");
  world.requireProvider(subscriptionId, "Microsoft.Compute");
  if (kind.hasParent) requireParent(world, call, parentOf(call.id), kind.type);
  const before = world.store.resource(call.id);
  const location = regionName(text(body, "location") ?? text(group.body, "location") ?? "");
  if (before && !sameRegion(text(before.body, "location") ?? "", location))
    throw locationConflict(call, before, location);
  const accepted = kind.accept(world, call, { ...body, location }, before);
  const id = before?.id ?? call.id;
  const provisioningState = before ? "Updating" : "Creating";
  const resource: Resource = {
    id,
    type: kind.type,
    body: asJson({
      ...envelope(id, kind.type),
      location,
      tags: body.tags ?? {},
      ...accepted.envelope,
      properties: { ...accepted.properties, provisioningState },
    }),
    ...(accepted.hidden ? { hidden: accepted.hidden } : {}),
  };
  world.store.putResource(resource);
  kind.began?.(world, resource);
  const operation = world.operations.begin(call, "Microsoft.Compute", location, {
    asyncOperation: true,
    location: false,
  });
  world.jobs.at(
    soon(world, accepted.seconds ?? kind.seconds(world)),
    settleJob,
    settlement(world, call, resource, operation.id, "write", accepted.failure),
  );
  return { status: before ? 200 : 201, headers: operation.headers, body: presented(kind, world, resource, call) };
}

function locationConflict(call: Call, before: Resource, location: string): AzureError {
  return new AzureError(
    409,
    "InvalidResourceLocation",
    `The resource '${text(before.body, "name")}' already exists in location '${text(before.body, "location")}' in resource group '${call.params.resourceGroupName}'. A resource with the same name cannot be created in location '${location}'. Please select a new resource name.`,
  );
}

function remove(kind: Kind, world: World, call: Call): Answer {
  const resource = world.store.resource(call.id);
  if (!resource) return { status: 204 };
  kind.guardDelete?.(world, resource, call);
  const body = {
    ...resource.body,
    properties: { ...object(resource.body, "properties"), provisioningState: "Deleting" },
  };
  world.store.putResource({ ...resource, body });
  const operation = world.operations.begin(call, "Microsoft.Compute", text(body, "location") ?? "", {
    asyncOperation: true,
    location: true,
  });
  world.jobs.at(
    soon(world, kind.seconds(world)),
    settleJob,
    settlement(world, call, resource, operation.id, "delete", undefined),
  );
  return { status: 202, headers: operation.headers };
}

function settlement(
  world: World,
  call: Call,
  resource: Resource,
  operationId: string,
  verb: string,
  failure: Accepted["failure"],
): JsonObject {
  return asJson({
    id: resource.id,
    type: resource.type,
    operationId,
    verb,
    failure,
    caller: call.caller,
    correlationId: correlationOf(world, call),
  });
}
