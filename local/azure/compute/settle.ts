import type { Caller, JsonObject, ResourceEvent, World } from "../world.ts";
import type { Kind } from "./kind.ts";
import { object } from "./paths.ts";

/** Kind of the job that ends a write or delete. */
export const settleJob = "compute.settle";

interface Settlement {
  readonly id: string;
  readonly type: string;
  readonly operationId: string;
  readonly verb: "write" | "delete";
  readonly failure?: { readonly code: string; readonly message: string };
  readonly caller: Caller;
  readonly correlationId: string;
}

/** Ends a write or delete that was accepted: state, what its kind does besides, operation record, event. Harmless when done twice. */
export function settle(world: World, payload: JsonObject, kindOf: (type: string) => Kind | undefined): void {
  const settlement = payload as unknown as Settlement;
  const { id, operationId, verb, failure } = settlement;
  if (world.operations.get(operationId)?.status !== "InProgress") return;
  const resource = world.store.resource(id);
  if (verb === "delete") world.store.deleteResource(id);
  else markProvisioned(world, id, failure ? "Failed" : "Succeeded");
  if (verb === "delete" && resource) kindOf(settlement.type)?.gone?.(world, resource);
  world.events.emit(eventOf(settlement));
  world.operations.finish(operationId, failure ? { status: "Failed", error: failure } : { status: "Succeeded" });
}

function eventOf({ id, type, verb, failure, caller, correlationId }: Settlement): ResourceEvent {
  const eventType =
    `Microsoft.Resources.Resource${verb === "write" ? (failure ? "WriteFailure" : "WriteSuccess") : "DeleteSuccess"}` as const;
  return { eventType, resourceId: id, operationName: `${type}/${verb}`, caller, correlationId };
}

/** Sets `provisioningState` of a resource that still exists. */
export function markProvisioned(world: World, id: string, provisioningState: string): void {
  const resource = world.store.resource(id);
  if (!resource) return;
  const properties = { ...object(resource.body, "properties"), provisioningState };
  world.store.putResource({ ...resource, body: { ...resource.body, properties } });
}
