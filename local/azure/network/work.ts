import { eventOf } from "../events.ts";
import { drawMs } from "../random.ts";
import { AzureError, type Call, type JsonObject, type Resource, type ResourceEvent, type World } from "../world.ts";
import { networkType, newEtag, subnetType, withProvisioningState } from "./shapes.ts";

/** One write under way: it locks a virtual network or an NSG until it is done. */
interface Work {
  readonly operationId: string;
  /** E.g. `PutSubnetOperation`. */
  readonly operation: string;
  readonly lock: string;
  readonly resourceId: string;
  /** What is set to Succeeded, or deleted, at the end. */
  readonly touched: readonly string[];
  readonly deletes: boolean;
  /** What stood before, to be put back if another write supersedes this one. */
  readonly before: readonly { readonly id: string; readonly resource: Resource | null }[];
  readonly event: ResourceEvent;
  readonly statusUrl: string;
}

/** A write that is about to begin. */
export interface NewWork {
  readonly operation: string;
  readonly lock: string;
  readonly resourceId: string;
  readonly location: string;
  /** The resources that are written (or deleted) now; the caller does it in `change`. */
  readonly touched: readonly string[];
  readonly deletes?: boolean;
  /** Nothing changes: the operation is done at once, but has a record all the same. */
  readonly noChange?: boolean;
  readonly operationName: string;
}

const kind = "networkWork";
const job = "networkDone";

/** Registers the job that ends a write. */
export function registerNetworkWork(world: World): void {
  world.jobs.on(job, ({ lock, operationId }) => {
    const work = world.store.get<Work>(kind, String(lock));
    if (work && work.operationId === operationId) finish(world, work);
  });
}

/** Throws (or, where the switch says so, supersedes the other write) while a write on `lock` is under way. */
export function claim(world: World, lock: string, operation: string): void {
  const other = world.store.get<Work>(kind, lock);
  if (!other) return;
  const { networkConcurrency } = world.switches;
  if (networkConcurrency === "supersede") {
    supersede(world, other, operation);
    return;
  }
  if (networkConcurrency === "conflict")
    throw new AzureError(
      409,
      "AnotherOperationInProgress",
      `Another operation on this or dependent resource is in progress. To retrieve status of the operation use uri: ${other.statusUrl}.`,
      { details: [] },
    );
  throw retryable(other.resourceId, lock, other.operation, networkConcurrency === "retryable");
}

/** Throws 429 while a resource that is referred to is itself being written. */
export function requireProvisioned(world: World, id: string, by: string): void {
  const work = world.store.get<Work>(kind, id);
  if (work) throw retryable(id, by, work.operation, world.switches.networkConcurrency !== "retryableWithoutRetryAfter");
}

function retryable(id: string, by: string, operation: string, withRetryAfter: boolean): AzureError {
  return new AzureError(429, "RetryableError", "A retryable error occurred.", {
    details: [
      {
        code: "ReferencedResourceNotProvisioned",
        message: `Cannot proceed with operation because resource ${id} used by resource ${by} is not in Succeeded state. Resource is in Updating state and the last operation that updated/is updating the resource is ${operation}.`,
      },
    ],
    headers: withRetryAfter ? { "retry-after": "10" } : {},
  });
}

/** Begins the long-running part of a write; `change` does the writing. Returns the headers that every write answers with. */
export function begin(world: World, call: Call, work: NewWork, change: () => void): Record<string, string> {
  const { store, clock, jobs, operations } = world;
  const before = work.touched.map((id) => ({ id, resource: store.resource(id) ?? null }));
  change();
  const deletes = work.deletes ?? false;
  const isDelete = call.method === "DELETE";
  const { id, headers } = operations.begin(call, "Microsoft.Network", work.location, {
    asyncOperation: true,
    location: isDelete,
  });
  const event = eventOf(call, isDelete ? "Delete" : "Write", work.operationName, work.resourceId);
  const statusUrl = (headers["azure-asyncoperation"] ?? "").split("?")[0] ?? "";
  const { operation, lock, resourceId, touched } = work;
  const kept: Work = {
    operation,
    lock,
    resourceId,
    touched,
    deletes,
    before,
    event,
    operationId: id,
    statusUrl: `${statusUrl}?api-version=${call.apiVersion}`,
  };
  store.put(kind, lock, kept);
  const takes = work.noChange ? 0 : drawMs(world.random, world.switches.networkSeconds);
  if (takes === 0) finish(world, kept);
  else jobs.at(clock.now() + takes, job, { lock, operationId: id });
  return { ...headers, "azure-asyncnotification": "Enabled", ...(isDelete ? { "retry-after": "10" } : {}) };
}

function finish(world: World, work: Work): void {
  world.store.delete(kind, work.lock);
  for (const id of work.touched) {
    const resource = world.store.resource(id);
    if (work.deletes) world.store.deleteResource(id);
    else if (resource)
      world.store.putResource({ ...resource, body: withProvisioningState(resource.body, "Succeeded") });
  }
  if (!isUnchanged(work, world)) refreshEtags(world, work.touched, work.lock);
  world.operations.finish(work.operationId, { status: "Succeeded" });
  world.events.emit(work.event);
}

/** A write that changed nothing leaves the etags alone. */
function isUnchanged(work: Work, world: World): boolean {
  return (
    !work.deletes &&
    work.before.every(({ id, resource }) => resource?.body.etag === world.store.resource(id)?.body.etag) &&
    work.before.every(({ resource }) => resource !== null)
  );
}

/** Gives what was written a new etag, and by the switch everything else in the virtual network. */
export function refreshEtags(world: World, written: readonly string[], lock: string): void {
  const etag = newEtag(world);
  const moves = world.switches.subnetEtagsMoveWithNetwork;
  const siblings = moves ? world.store.resources(subnetType, lock).map(({ id }) => id) : [];
  const network = world.store.resource(lock);
  const all = new Set([...written, ...siblings, ...(moves && network?.type === networkType ? [network.id] : [])]);
  for (const id of all) {
    const resource = world.store.resource(id);
    if (resource) world.store.putResource({ ...resource, body: { ...resource.body, etag } });
  }
}

/** The other write is gone, as if it had never been: "your write may be gone" (rbac-network-arm.md §5.3). */
function supersede(world: World, other: Work, operation: string): void {
  for (const { id, resource } of other.before)
    if (resource) world.store.putResource(resource);
    else world.store.deleteResource(id);
  world.store.delete(kind, other.lock);
  const error: JsonObject = {
    code: "Canceled",
    message: "Operation was canceled.",
    details: [
      {
        code: "CanceledAndSupersededDueToAnotherOperation",
        message: `Operation ${other.operation} (${other.operationId}) was canceled and superseded by operation ${operation} (${world.guid()}).`,
      },
    ],
  };
  world.operations.finish(other.operationId, { status: "Canceled", error });
}
