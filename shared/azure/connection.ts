import type { AuthorizationManagementClient } from "@azure/arm-authorization";
import type { ImageBuilderClient } from "@azure/arm-imagebuilder";
import type { TokenCredential } from "@azure/core-auth";
import type { HttpClient, Pipeline } from "@azure/core-rest-pipeline";
import type { ContainerClient } from "@azure/storage-blob";
import { templateWriteApi } from "./apiVersions.ts";
import type { AzureSettings } from "./azure.ts";
import { askBeside, type BesideRequest, isOf } from "./beside.ts";
import { equip } from "./pipeline.ts";

/** One request to ARM, written by hand where an SDK would lose something. */
export interface ArmRequest {
  readonly method: "GET" | "PUT" | "PATCH" | "POST" | "DELETE";
  /** Resource id and action, not encoded; or an absolute link that ARM gave. */
  readonly path: string;
  readonly apiVersion: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** A success of ARM's; anything else is thrown as `ArmFailure`. */
export interface ArmAnswer {
  readonly status: number;
  /** Parsed JSON; undefined where there was none. */
  readonly body: unknown;
}

/** The ways to ARM, all with the same rules (`equip`). Packages are loaded when first needed. */
export interface Connection {
  send(request: ArmRequest): Promise<ArmAnswer>;
  imageBuilder(subscriptionId: string): Promise<ImageBuilderClient>;
  authorization(): Promise<AuthorizationManagementClient>;
  /** Object id of whoever the app is, as its token says. */
  principalId(): Promise<string>;
  /** A request to a service beside ARM, with a token of the same identity for that service. */
  beside(request: BesideRequest): Promise<Response>;
  /** The tenant that the app is signed in to. */
  tenantId(): Promise<string>;
  /** A blob container of an account, entered with the same identity; `endpoint` is what ARM says of the account. */
  container(endpoint: string, name: string): Promise<ContainerClient>;
}

/** Opens nothing yet: the first request loads what it needs and gets a token. */
export function connect(
  { armEndpoint, armScope, clientId }: AzureSettings,
  given?: TokenCredential,
  auxiliary: readonly TokenCredential[] = [],
): Connection {
  const endpoint = armEndpoint.replace(/\/+$/, "");
  const credential = once(async () => given ?? (await defaultCredential(clientId)));
  const core = once(() => import("@azure/core-rest-pipeline"));
  const raw = once(async () => rawPipeline(await core(), await credential(), auxiliary, endpoint, armScope));
  const options = async () => ({ endpoint, pipeline: (await raw()).pipeline });
  const authorization = once(async () => {
    const { AuthorizationManagementClient } = await import("@azure/arm-authorization");
    const client = new AuthorizationManagementClient(await credential(), "", { endpoint, credentialScopes: armScope });
    equip(await core(), client.pipeline, endpoint);
    return client;
  });
  const claim = async (name: "oid" | "tid") =>
    claimIn((await (await credential()).getToken(armScope))?.token ?? "", name);
  return {
    async send(request) {
      const { createHttpHeaders, createPipelineRequest } = await core();
      const { pipeline, client } = await raw();
      const headers = createHttpHeaders({ accept: "application/json", ...request.headers });
      if (request.body !== undefined) headers.set("content-type", "application/json");
      const body = request.body === undefined ? {} : { body: JSON.stringify(request.body) };
      const url = urlOf(endpoint, request);
      const sent = createPipelineRequest({ url, method: request.method, headers, ...body });
      const { status, bodyAsText } = await pipeline.sendRequest(client, sent);
      return { status, body: jsonOf(request, bodyAsText) };
    },
    authorization,
    beside: async (request) => askBeside(request, await credential(), endpoint),
    principalId: () => claim("oid"),
    tenantId: () => claim("tid"),
    async container(blobEndpoint, name) {
      if (!isOf("blob", blobEndpoint, endpoint)) throw new Error("Azure named a blob endpoint outside Azure Storage");
      const { ContainerClient } = await import("@azure/storage-blob");
      const retryOptions = { maxTries: 3, tryTimeoutInMs: 60_000 };
      return new ContainerClient(`${blobEndpoint.replace(/\/+$/, "")}/${name}`, await credential(), { retryOptions });
    },
    async imageBuilder(subscriptionId) {
      const { ImageBuilderClient } = await import("@azure/arm-imagebuilder");
      return new ImageBuilderClient(await credential(), subscriptionId, {
        ...(await options()),
        apiVersion: templateWriteApi,
      });
    },
  };
}

function rawPipeline(
  core: typeof import("@azure/core-rest-pipeline"),
  credential: TokenCredential,
  auxiliary: readonly TokenCredential[],
  endpoint: string,
  scopes: string,
): { readonly pipeline: Pipeline; readonly client: HttpClient } {
  const pipeline = core.createPipelineFromOptions({ userAgentOptions: { userAgentPrefix: "goldsmith" } });
  pipeline.addPolicy(core.bearerTokenAuthenticationPolicy({ credential, scopes }));
  equip(core, pipeline, endpoint);
  if (auxiliary.length > 0)
    pipeline.addPolicy(core.auxiliaryAuthenticationHeaderPolicy({ credentials: [...auxiliary], scopes }), {
      phase: "Sign",
    });
  return { pipeline, client: core.createDefaultHttpClient() };
}

/** The app's managed identity where the platform offers one; on a laptop whoever is signed in. */
async function defaultCredential(clientId: string | undefined): Promise<TokenCredential> {
  const { DefaultAzureCredential, ManagedIdentityCredential } = await import("@azure/identity");
  if (!process.env.IDENTITY_ENDPOINT) return new DefaultAzureCredential();
  return clientId ? new ManagedIdentityCredential({ clientId }) : new ManagedIdentityCredential();
}

function urlOf(endpoint: string, { path, apiVersion, query = {} }: ArmRequest): string {
  if (/^https:\/\//i.test(path)) return path;
  const parameters = new URLSearchParams({ "api-version": apiVersion, ...query });
  return `${endpoint}${path.split("/").map(encodeURIComponent).join("/")}?${parameters}`;
}

function jsonOf({ method, path }: ArmRequest, text: string | null | undefined): unknown {
  if (!text) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Error(`${method} ${path.split("?")[0]}: the answer is no JSON`);
  }
}

/** Runs `make` at the first call and keeps what it gave; a failure is forgotten, so that the next call tries again. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}

/** A claim of the app's own token. Nothing is trusted because of it: it only says whose assignments to look at, or where the app is at home. */
function claimIn(token: string, name: "oid" | "tid"): string {
  const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8") || "{}") as {
    oid?: string;
    tid?: string;
  };
  const value = claims[name];
  if (!value) throw new Error(`the app's own token has no ${name}`);
  return value;
}
