import { nameOf, resourceGroupOf } from "../ids.ts";
import type { Call, Resource, World } from "../world.ts";
import { AzureError } from "../world.ts";

/** The 404 a provider answers for a resource that is not there. */
export function notFound(id: string): AzureError {
  const shown = id.slice(id.toLowerCase().indexOf("/providers/") + "/providers/".length);
  return new AzureError(
    404,
    "ResourceNotFound",
    `The Resource '${shown}' under resource group '${resourceGroupOf(id) ?? ""}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
  );
}

/** The resource of this call, or the 404. */
export function existing(world: World, id: string): Resource {
  const resource = world.store.resource(id);
  if (!resource) throw notFound(id);
  return resource;
}

/** The 404 for a child whose parent is not there (rbac-network-arm.md §6.2). */
export function requireParent(world: World, call: Call, parentId: string, type: string): Resource {
  const parent = world.store.resource(parentId);
  if (parent) return parent;
  const verb = call.method === "GET" ? "read" : call.method === "DELETE" ? "delete" : "write";
  throw new AzureError(
    404,
    "ParentResourceNotFound",
    `Failed to perform '${verb}' on resource(s) of type '${type.slice(type.indexOf("/") + 1)}', because the parent resource '${parentId}' could not be found.`,
  );
}

/** The correlation id of a call: what the caller sent, else a new one. */
export function correlationOf(world: World, call: Call): string {
  return call.headers["x-ms-correlation-request-id"] ?? world.guid();
}

/** A moment between `from` and `to` seconds from now, in clock milliseconds. */
export function soon(world: World, [from, to]: readonly [number, number]): number {
  return world.clock.now() + Math.round((from + (to - from) * world.random()) * 1000);
}

/** The names of a resource as ARM shows them. */
export function envelope(
  id: string,
  type: string,
): { readonly id: string; readonly name: string; readonly type: string } {
  return { id, name: nameOf(id), type };
}

/** The 409 that a resource with children answers to DELETE. */
export function refuseNested(world: World, resource: Resource, childType: string): void {
  const [child] = world.store
    .resources(childType, resource.id)
    .filter((entry) => entry.id.toLowerCase() !== resource.id.toLowerCase());
  if (!child) return;
  throw new AzureError(
    409,
    "CannotDeleteResource",
    `Cannot delete resource while nested resources exist. Some existing nested resource IDs include: '${child.id}'. Please delete all nested resources before deleting this resource.`,
  );
}
