import type { Clock } from "../clock.ts";
import type { Switches } from "./switches.ts";

/** JSON as it travels. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export type Method = "GET" | "PUT" | "PATCH" | "POST" | "DELETE" | "HEAD";

/** Who sent a request: a principal of the emulated tenant, taken from its token. */
export interface Caller {
  readonly principalId: string;
  readonly clientId: string;
  readonly principalType: "User" | "Group" | "ServicePrincipal";
  readonly tenantId: string;
  /** The same client in other tenants, by the tokens in `x-ms-authorization-auxiliary`. */
  readonly others?: readonly Caller[];
}

/** One request to the emulated Azure Resource Manager, after TLS, token, api-version and right were checked. */
export interface Call {
  readonly method: Method;
  /** The path's `{parameters}`, decoded, in the casing the caller used. */
  readonly params: Readonly<Record<string, string>>;
  /** The resource id in the path, double slashes collapsed, in the caller's casing; without a trailing action segment. */
  readonly id: string;
  readonly apiVersion: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json | undefined;
  readonly caller: Caller;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Json;
}

/** One operation of Azure Resource Manager: found by method and path, guarded by `action`, answered by `answer`. */
export interface Operation {
  /** As in Microsoft's OpenAPI documents, e.g. `VirtualMachineImageTemplates_Run`. */
  readonly name: string;
  readonly method: Method;
  /** E.g. `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Network/virtualNetworks/{virtualNetworkName}`; literals match in any casing. `{scope}` at the start matches any scope. */
  readonly path: string;
  readonly apiVersions: readonly string[];
  /** The action the caller needs at `call.id` (checked before `answer` runs), or null where the operation checks by itself. */
  readonly action: string | null;
  readonly answer: (world: World, call: Call) => Answer | Promise<Answer>;
}

/** A tracked resource as ARM stores it: its JSON, and what the service knows but never shows. */
export interface Resource {
  /** In the casing it was created with. */
  readonly id: string;
  /** E.g. `Microsoft.Compute/galleries/images`. */
  readonly type: string;
  /** What GET returns (id, name, type, location, tags, properties …). */
  readonly body: JsonObject;
  readonly hidden?: JsonObject;
}

/** Everything the emulator remembers, by kind and key; written through to DIR at once. Keys are compared in lower case. */
export interface Store {
  get<T>(kind: string, key: string): T | undefined;
  put<T>(kind: string, key: string, value: T): void;
  delete(kind: string, key: string): boolean;
  /** In key order; only keys that start with `prefix`. */
  list<T>(kind: string, prefix?: string): readonly (readonly [key: string, value: T])[];
  /** A tracked resource by id, in any casing. */
  resource(id: string): Resource | undefined;
  putResource(resource: Resource): void;
  deleteResource(id: string): boolean;
  /** Tracked resources of `type` at or below `scope`. */
  resources(type: string, scope?: string): readonly Resource[];
}

/** Work that must be done at a later time, also after a restart. Handlers are registered by kind before `world.start()`. */
export interface Jobs {
  on(kind: string, handler: (payload: JsonObject) => void | Promise<void>): void;
  /** `due` in clock milliseconds. */
  at(due: number, kind: string, payload: JsonObject): void;
}

/** What the rights of a principal say about one action at one scope. `pending`: an assignment exists that is not effective yet. */
export type Decision = { readonly kind: "allowed" } | { readonly kind: "denied"; readonly pending: boolean };

export interface Rights {
  /** Evaluates assignments, definitions, conditions and deny assignments as effective now. */
  decide(principalId: string, action: string, scope: string, more?: { dataAction?: boolean; request?: Json }): Decision;
  /** Throws the 403 `AuthorizationFailed` that ARM answers where `decide` denies. */
  require(caller: Caller, action: string, scope: string): void;
  /** Throws the 403 `LinkedAuthorizationFailed` for a linked scope (join, assign): `action` was permitted on `scope`, `linkedAction` is not on `linkedScope`. */
  requireLinked(caller: Caller, on: { action: string; scope: string }, linkedAction: string, linkedScope: string): void;
}

/** One ARM resource event, before Event Grid loses, doubles or delays it. */
export interface ResourceEvent {
  readonly eventType:
    | "Microsoft.Resources.ResourceWriteSuccess"
    | "Microsoft.Resources.ResourceWriteFailure"
    | "Microsoft.Resources.ResourceDeleteSuccess"
    | "Microsoft.Resources.ResourceActionSuccess"
    | "Microsoft.Resources.ResourceActionFailure"
    | "Microsoft.Resources.ResourceActionCancel";
  readonly resourceId: string;
  /** E.g. `Microsoft.VirtualMachineImages/imageTemplates/write`. */
  readonly operationName: string;
  readonly caller: Caller;
  readonly correlationId: string;
}

/** The record behind an operation status URL. */
export interface LongOperation {
  readonly id: string;
  readonly status: "InProgress" | "Succeeded" | "Failed" | "Canceled";
  readonly startTime: string;
  readonly endTime?: string;
  readonly error?: JsonObject;
}

export interface Operations {
  /** Makes a record in progress and the headers that point to it (absolute, opaque, signed-looking URLs). */
  begin(
    call: Call,
    provider: string,
    location: string,
    want: { asyncOperation: boolean; location: boolean },
  ): { id: string; headers: Record<string, string> };
  /** Ends a record; a second end is ignored. */
  finish(id: string, outcome: { status: "Succeeded" | "Failed" | "Canceled"; error?: JsonObject }): void;
  get(id: string): LongOperation | undefined;
}

/** Principals of the tenant: managed identities, service principals, users. */
export interface Principal {
  readonly principalId: string;
  readonly clientId: string;
  readonly principalType: "User" | "Group" | "ServicePrincipal";
  readonly displayName: string;
  /** The emulator's first tenant where absent. */
  readonly tenantId?: string;
  /** Of a group: object ids, of groups too. */
  readonly members?: readonly string[];
  /** Clock ms; a principal younger than the replication lag is unknown to role assignments without `principalType`. */
  readonly createdAt: number;
}

/** The emulated Azure: what every operation is given. */
export interface World {
  readonly clock: Clock;
  readonly store: Store;
  readonly switches: Switches;
  /** Seeded; from 0 up to 1. */
  readonly random: () => number;
  /** A GUID from the seeded source. */
  readonly guid: () => string;
  readonly tenantId: string;
  /** E.g. `https://localhost:7443`, without a trailing slash. */
  readonly endpoint: string;
  readonly rights: Rights;
  readonly jobs: Jobs;
  readonly events: { emit(event: ResourceEvent): void };
  readonly operations: Operations;
  readonly principals: {
    get(principalId: string): Principal | undefined;
    byClientId(clientId: string): Principal | undefined;
    create(
      displayName: string,
      principalType: Principal["principalType"],
      more?: Partial<Pick<Principal, "principalId" | "clientId" | "members">>,
    ): Principal;
  };
  /** Throws 404 `ResourceGroupNotFound` / `SubscriptionNotFound`, or returns the group. */
  resourceGroup(subscriptionId: string, name: string): Resource;
  /** Throws 409 `MissingSubscriptionRegistration` unless `namespace` is registered (or registering) in the subscription. */
  requireProvider(subscriptionId: string, namespace: string): void;
  /** Answers a request that a service of Azure sends in the name of a caller; throws `AzureError` where ARM refuses. */
  ask(caller: Caller, method: Method, id: string, apiVersion: string, body?: Json): Promise<Answer>;
  log(line: string): void;
}

/** An error as ARM words it; the front turns it into `{error:{code,message,…}}` with its status. */
export class AzureError extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: readonly JsonObject[] | undefined;
  readonly target: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    status: number,
    code: string,
    message: string,
    more: { details?: readonly JsonObject[]; target?: string; headers?: Record<string, string> } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = more.details;
    this.target = more.target;
    this.headers = more.headers ?? {};
  }
}
