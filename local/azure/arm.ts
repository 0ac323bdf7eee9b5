import JSON5 from "json5";
import { authorizationRecords } from "./authorization/records.ts";
import type { Emulation } from "./emulation.ts";
import { resourceGroupOf, scopeContains, subscriptionOf } from "./ids.ts";
import { isObject } from "./json.ts";
import { enforced } from "./policy/assigned.ts";
import { authorizationFailed } from "./rights.ts";
import { idIn, type Match } from "./routes.ts";
import { tenantOfId } from "./tenants.ts";
import { type Answer, AzureError, type Call, type Caller, type Json, type Method } from "./world.ts";

/** A request to ARM after its token was checked. */
export interface ArmRequest {
  readonly method: Method;
  /** Decoded, double slashes collapsed. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly caller: Caller;
}

/** What ARM is made of. */
type Arm = Pick<Emulation, "world" | "routes" | "store">;

/** A request that a service sends in the name of a caller: with every check of one that comes in, outside the record and the token buckets. */
export function askArm(
  arm: Arm,
  caller: Caller,
  method: Method,
  path: string,
  apiVersion: string,
  body?: Json,
): Promise<Answer> {
  const sent = body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(body));
  const query = new URLSearchParams({ "api-version": apiVersion });
  return answerArm(arm, { method, path, query, headers: {}, body: sent, caller });
}

/** Answers a request as ARM does: first what the gateway checks, then the resource provider. Throws `AzureError` for a refusal. */
export async function answerArm(emulation: Arm, request: ArmRequest): Promise<Answer> {
  const { world, routes } = emulation;
  const { method, path, query, caller } = request;
  const apiVersion = versionIn(query);
  const match = routes.find(method, path);
  if (!match) throw notEmulated(emulation, request);
  checkVersion(match, apiVersion);
  const id = idIn(method, path);
  checkSubscription(emulation, id);
  checkTenant(emulation, caller, id);
  const call: Call = {
    method,
    params: match.params,
    id,
    apiVersion,
    query,
    headers: request.headers,
    body: parseBody(request),
    caller,
  };
  const { action } = match.operation;
  if (
    action !== null &&
    world.rights.decide(caller.principalId, action, id, { request: call.body ?? null }).kind === "denied"
  )
    throw authorizationFailed(caller, action, id);
  checkLocks(emulation, call);
  checkGroupAndProvider(emulation, call);
  return await match.operation.answer(world, underPolicy(emulation, call));
}

function versionIn(query: URLSearchParams): string {
  const version = query.get("api-version");
  if (version) return version;
  throw new AzureError(
    400,
    "MissingApiVersionParameter",
    "The api-version query parameter (?api-version=) is required for all requests.",
  );
}

function checkVersion({ operation, params }: Match, apiVersion: string): void {
  const { apiVersions, path } = operation;
  if (apiVersions.includes("*") || apiVersions.includes(apiVersion.toLowerCase())) return;
  const supported = apiVersions.join(apiVersions.length > 1 ? ", " : "");
  const [, namespace = "", rest = ""] = /\/providers\/([\w.]+)\/(.*)$/.exec(path) ?? [];
  const ofArmItself = namespace === "" || /^Microsoft\.(Resources|Authorization)$/i.test(namespace);
  if (ofArmItself)
    throw new AzureError(
      400,
      "InvalidApiVersionParameter",
      `The api-version '${apiVersion}' is invalid. The supported versions are '${apiVersions.join(",")}'.`,
    );
  const type = rest
    .split("/")
    .filter((part) => !part.startsWith("{"))
    .join("/");
  throw new AzureError(
    400,
    "NoRegisteredProviderFound",
    `No registered resource provider found for location '${params.location ?? ""}' and API version '${apiVersion}' for type '${type}'. The supported api-versions are '${supported}'.`,
  );
}

function checkSubscription({ store }: Arm, id: string): void {
  const subscriptionId = subscriptionOf(id);
  if (subscriptionId === undefined || store.get("subscription", subscriptionId) !== undefined) return;
  throw new AzureError(404, "SubscriptionNotFound", `The subscription '${subscriptionId}' could not be found.`);
}

/** Deployments are read as leniently as Azure reads them: the Azure CLI sends a template with its comments, under a name without quotes. */
const readerFor = (path: string): ((text: string) => unknown) =>
  /\/Microsoft\.Resources\/deployments\//i.test(path) ? JSON5.parse : JSON.parse;

/** ARM believes the tokens of the tenant that a subscription trusts; an auxiliary token opens linked scopes alone. */
function checkTenant({ store, world }: Arm, { tenantId }: Caller, id: string): void {
  const wanted = tenantOfId(store, id, world.tenantId);
  if (subscriptionOf(id) === undefined || wanted.toLowerCase() === tenantId.toLowerCase()) return;
  throw new AzureError(
    401,
    "InvalidAuthenticationTokenTenant",
    `The access token is from the wrong issuer '${world.endpoint}/${tenantId}/'. It must match the tenant '${world.endpoint}/${wanted}/' associated with this subscription. Please use the authority (URL) '${world.endpoint}/${wanted}' to get the token. Note, if the subscription is transferred to another tenant there is no impact to the services, but information about new tenant could take time to propagate (up to an hour). If you just transferred your subscription and see this error message, please try back later.`,
    { headers: { "x-ms-failure-cause": "gateway" } },
  );
}

function parseBody({ method, path, body }: ArmRequest): Json | undefined {
  if (body.length === 0) {
    if (method !== "PUT" && method !== "PATCH") return undefined;
    throw new AzureError(400, "MissingRequestContent", "The request content must not be empty.");
  }
  try {
    return readerFor(path)(body.toString("utf8")) as Json;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AzureError(
      400,
      "InvalidRequestContent",
      `The request content was invalid and could not be deserialized: '${reason}'.`,
    );
  }
}

/** A lock on a scope blocks deletes at and below it, also of role assignments; ReadOnly blocks writes as well. */
function checkLocks({ store }: Arm, { method, id }: Call): void {
  if (method === "GET" || method === "HEAD" || /\/Microsoft\.Authorization\/locks\//i.test(id)) return;
  const blocking = authorizationRecords(store)
    .locks()
    .filter((lock) => method === "DELETE" || lock.level === "ReadOnly")
    .filter((lock) => scopeContains(lock.scope, id) || (method === "DELETE" && scopeContains(id, lock.scope)));
  if (blocking.length === 0) return;
  const verb = method === "DELETE" ? "delete" : "write";
  throw new AzureError(
    409,
    "ScopeLocked",
    `The scope '${id}' cannot perform ${verb} operation because following scope(s) are locked: '${blocking.map((lock) => lock.scope).join("', '")}'. Please remove the lock and try again.`,
  );
}

/** What the gateway looks up before it passes a request on: the resource group, and for writes the provider's registration. */
function checkGroupAndProvider({ world }: Arm, { method, id, params }: Call): void {
  const group = resourceGroupOf(id);
  const namespace = /\/providers\/([^/]+)(?:\/|$)/i.exec(id)?.[1];
  const subscriptionId = subscriptionOf(id);
  if (subscriptionId === undefined || namespace === undefined || params.scope !== undefined) return;
  if (group !== undefined) world.resourceGroup(subscriptionId, group);
  if (method === "PUT") world.requireProvider(subscriptionId, namespace);
}

/** A resource as policies let it be written; ARM's own objects are none of theirs. */
function underPolicy({ world }: Arm, call: Call): Call {
  const isResource = call.params.scope === undefined && subscriptionOf(call.id) !== undefined;
  if (
    call.method !== "PUT" ||
    !isResource ||
    !isObject(call.body) ||
    /\/providers\/Microsoft\.Authorization\//i.test(call.id)
  )
    return call;
  return { ...call, body: enforced(world, call.id, call.body) };
}

function notEmulated({ world, routes }: Arm, { method, path, query }: ArmRequest): AzureError {
  const others = routes.methodsAt(path);
  const hint =
    others.length > 0
      ? `At this path it knows ${others.join(", ")}.`
      : "It knows no operation at this path; docs/emulator.md lists what it has.";
  world.log(`not emulated: ${method} ${path}?${query}`);
  return new AzureError(501, "NotEmulated", `The local Azure emulator lacks ${method} ${path}?${query}. ${hint}`);
}
