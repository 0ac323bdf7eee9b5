import { createHash } from "node:crypto";
import { subscriptionOf } from "./ids.ts";
import {
  AzureError,
  type Call,
  type Json,
  type JsonObject,
  type LongOperation,
  type Operation,
  type Operations,
  type World,
} from "./world.ts";

/** What the emulator keeps of an operation besides what its status URL shows. */
interface KeptOperation extends LongOperation {
  readonly provider: string;
  /** The signature in the URL; who has it needs no right to poll (rbac-network-arm.md §3.2, inferred). */
  readonly signature: string;
}

const kind = "operation";

/** The records behind operation URLs. */
export function longOperations(world: Pick<World, "store" | "clock" | "guid" | "endpoint">): Operations {
  const { store, clock } = world;
  const show = () => new Date(clock.now()).toISOString();
  return {
    begin(call, provider, location, want) {
      const id = world.guid();
      const signature = createHash("sha256").update(`${id}${world.guid()}`).digest("base64url");
      store.put(kind, id, { id, status: "InProgress", startTime: show(), provider, signature } satisfies KeptOperation);
      const place = `${world.endpoint}/subscriptions/${subscriptionOf(call.id)}/providers/${provider}/locations/${location}`;
      const url = (segment: string) =>
        `${place}/${segment}/${id}?${signedQuery(call.apiVersion, signature, clock.now())}`;
      const headers: Record<string, string> = { "x-ms-request-id": id };
      if (want.asyncOperation) headers["azure-asyncoperation"] = url("operations");
      // Image Builder points both headers to the status record (image-builder.md §1.3); the network provider has a result URL of its own.
      const shared = want.asyncOperation && provider.toLowerCase() === "microsoft.virtualmachineimages";
      if (want.location) headers.location = url(shared ? "operations" : "operationResults");
      return { id, headers };
    },
    finish(id, outcome) {
      const kept = store.get<KeptOperation>(kind, id);
      if (kept?.status === "InProgress") store.put(kind, id, { ...kept, ...outcome, endTime: show() });
    },
    get: (id) => store.get<KeptOperation>(kind, id),
  };
}

/** As ARM signs its URLs: some 1.3 KB that only ARM understands. */
function signedQuery(apiVersion: string, signature: string, now: number): string {
  const certificate = Array.from({ length: 18 }, (_, index) =>
    createHash("sha512").update(`${signature}${index}`).digest("base64url"),
  ).join("");
  const seal = createHash("sha512").update(certificate).digest("base64url");
  return `api-version=${apiVersion}&t=${Math.round(now) * 10_000 + 621355968e9}&c=MII${certificate}&s=${seal}&h=${signature}`;
}

const path = "/subscriptions/{subscriptionId}/providers/{namespace}/locations/{location}";

/** The status URLs of all providers. Any api-version is taken: the URL carries the one of the call that began the operation. */
export const operationUrls: readonly Operation[] = [
  {
    name: "Operations_Get",
    method: "GET",
    path: `${path}/operations/{operationId}`,
    apiVersions: ["*"],
    action: null,
    answer: (world, call) => {
      const kept = readable(world, call);
      const pollAgain = kept.status === "InProgress" && isNetwork(kept);
      return { status: 200, headers: pollAgain ? { "retry-after": "1" } : {}, body: shown(kept) };
    },
  },
  {
    name: "OperationResults_Get",
    method: "GET",
    path: `${path}/operationResults/{operationId}`,
    apiVersions: ["*"],
    action: null,
    answer: (world, call) => {
      const kept = readable(world, call);
      if (kept.status === "InProgress")
        return {
          status: 202,
          headers: { location: `${world.endpoint}${call.id}?${call.query}`, "retry-after": "1" },
        };
      if (kept.status === "Succeeded") return { status: 200 };
      return {
        status: 409,
        body: { error: kept.error ?? { code: kept.status, message: "The operation did not succeed." } },
      };
    },
  },
];

function readable(world: World, call: Call): KeptOperation {
  const { namespace = "", operationId = "", subscriptionId = "" } = call.params;
  const kept = world.operations.get(operationId) as KeptOperation | undefined;
  const signed = kept !== undefined && call.query.get("h") === kept.signature;
  if (!signed || world.switches.operationUrlsNeedRights)
    world.rights.require(call.caller, `${namespace}/locations/operations/read`, `/subscriptions/${subscriptionId}`);
  if (!kept || kept.provider.toLowerCase() !== namespace.toLowerCase())
    throw new AzureError(404, "NotFound", `The entity ${operationId} was not found.`);
  return kept;
}

function isNetwork(kept: KeptOperation): boolean {
  return kept.provider.toLowerCase() === "microsoft.network";
}

/** The network provider shows the status alone; the others name and times as well, the name in upper case. */
function shown(kept: KeptOperation): JsonObject {
  const body: Record<string, Json> = isNetwork(kept)
    ? { status: kept.status }
    : { name: kept.id.toUpperCase(), status: kept.status, startTime: kept.startTime };
  if (!isNetwork(kept) && kept.endTime) body.endTime = kept.endTime;
  if (kept.error) body.error = kept.error;
  return body;
}
