import { eventOf } from "../events.ts";
import { scopeContains } from "../ids.ts";
import { isObject, objectOf, textOf } from "../json.ts";
import { operationsOf } from "../operationsOf.ts";
import { page } from "../paging.ts";
import { drawMs } from "../random.ts";
import {
  type Answer,
  AzureError,
  type Call,
  type JsonObject,
  type Operation,
  type Resource,
  type World,
} from "../world.ts";
import { listResources } from "./listing.ts";

/** Versions of `Microsoft.Resources` that are taken. */
export const resourcesVersions: readonly string[] = [
  ...["2018-05-01", "2019-05-01", "2019-07-01", "2019-10-01", "2020-06-01", "2020-10-01", "2021-01-01", "2021-04-01"],
  ...["2022-09-01", "2023-07-01", "2024-03-01", "2024-07-01", "2024-11-01", "2025-03-01", "2025-04-01"],
];

/** The resource type of a group in the store. */
const groupType = "Microsoft.Resources/resourceGroups";
const path = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}";
const deletion = "deleteResourceGroup";

const groupAction = "Microsoft.Resources/subscriptions/resourceGroups";
const operation = operationsOf("ResourceGroups", "Microsoft.Resources/subscriptions", resourcesVersions);

/** Resource groups, and the list of what is in them. */
export const groupOperations: readonly Operation[] = [
  operation("CreateOrUpdate", "PUT", path, "resourceGroups/write", putGroup),
  operation("Get", "GET", path, "resourceGroups/read", (world, call) => ({
    status: 200,
    body: group(world, call).body,
  })),
  operation("CheckExistence", "HEAD", path, "resourceGroups/read", (world, call) => ({
    status: find(world, call) ? 204 : 404,
  })),
  operation("Update", "PATCH", path, "resourceGroups/write", patchGroup),
  operation("Delete", "DELETE", path, "resourceGroups/delete", deleteGroup),
  operation("List", "GET", "/subscriptions/{subscriptionId}/resourceGroups", "resourceGroups/read", (world, call) =>
    page(
      world,
      call,
      world.store.resources(groupType, `/subscriptions/${call.params.subscriptionId}`).map((one) => one.body),
    ),
  ),
  operation("ListResources", "GET", `${path}/resources`, "resourceGroups/resources/read", (world, call) =>
    listResources(world, call, group(world, call).id),
  ),
  operation("ListAllResources", "GET", "/subscriptions/{subscriptionId}/resources", "resources/read", (world, call) =>
    listResources(world, call, `/subscriptions/${call.params.subscriptionId}`),
  ),
];

/** Registers the job that ends a group's deletion. */
export function registerGroups(world: World): void {
  world.jobs.on(deletion, ({ id, operationId }) => {
    const groupId = String(id);
    for (const [, resource] of world.store.list<Resource>("resource", groupId))
      if (scopeContains(groupId, resource.id)) world.store.deleteResource(resource.id);
    world.operations.finish(String(operationId), { status: "Succeeded" });
  });
}

function find(world: World, call: Call): Resource | undefined {
  return world.store.resource(
    `/subscriptions/${call.params.subscriptionId}/resourceGroups/${call.params.resourceGroupName}`,
  );
}

function group(world: World, call: Call): Resource {
  return world.resourceGroup(call.params.subscriptionId ?? "", call.params.resourceGroupName ?? "");
}

function putGroup(world: World, call: Call): Answer {
  const body = objectOf(call.body);
  const standing = find(world, call);
  const location = textOf(body.location)?.replaceAll(" ", "").toLowerCase();
  if (!location)
    throw new AzureError(400, "LocationRequired", "The location property is required for this definition.");
  const name = call.params.resourceGroupName ?? "";
  if (!/^[\p{L}\p{N}_\-.()]{1,90}(?<!\.)$/u.test(name))
    throw new AzureError(
      400,
      "InvalidResourceGroup",
      `The provided resource group name '${name}' has these invalid characters or is too long.`,
    );
  if (standing && textOf(standing.body.location) !== location)
    throw new AzureError(
      409,
      "InvalidResourceGroupLocation",
      `Invalid resource group location '${location}'. The Resource group already exists in location '${textOf(standing.body.location)}'.`,
    );
  const id = standing?.id ?? `/subscriptions/${call.params.subscriptionId}/resourceGroups/${name}`;
  const shown: JsonObject = {
    id,
    name: standing ? (textOf(standing.body.name) ?? name) : name,
    type: groupType,
    location,
    ...(isObject(body.tags) ? { tags: body.tags } : {}),
    ...(textOf(body.managedBy) ? { managedBy: body.managedBy ?? null } : {}),
    properties: { provisioningState: "Succeeded" },
  };
  world.store.putResource({ id, type: groupType, body: shown });
  world.events.emit(eventOf(call, "Write", `${groupAction}/write`, id));
  return { status: standing ? 200 : 201, body: shown };
}

function patchGroup(world: World, call: Call): Answer {
  const standing = group(world, call);
  const tags = objectOf(call.body).tags;
  const shown = { ...standing.body, ...(isObject(tags) ? { tags } : {}) };
  world.store.putResource({ ...standing, body: shown });
  world.events.emit(eventOf(call, "Write", `${groupAction}/write`, standing.id));
  return { status: 200, body: shown };
}

function deleteGroup(world: World, call: Call): Answer {
  const standing = group(world, call);
  world.store.putResource({ ...standing, body: { ...standing.body, properties: { provisioningState: "Deleting" } } });
  const { id, headers } = world.operations.begin(call, "Microsoft.Resources", "local", {
    asyncOperation: false,
    location: true,
  });
  world.jobs.at(world.clock.now() + drawMs(world.random, world.switches.networkSeconds), deletion, {
    id: standing.id,
    operationId: id,
  });
  world.events.emit(eventOf(call, "Delete", `${groupAction}/delete`, standing.id));
  return { status: 202, headers: { ...headers, "retry-after": "15" } };
}
