import type { AccessToken, TokenCredential } from "@azure/core-auth";

/** A service beside ARM that the app enters with its own identity: whose hosts get a token, and which. */
const services = {
  blob: {
    hosts: /^[a-z0-9]{3,24}\.(?:z\d+\.)?blob\.(?:core\.[a-z.]+|storage\.azure\.net)$/,
    audience: "https://storage.azure.com",
  },
  vault: {
    hosts: /^[a-z0-9-]{3,24}\.(vault\.azure\.net|vault\.azure\.cn|vault\.usgovcloudapi\.net)$/,
    audience: "https://vault.azure.net",
  },
} as const;

export type Service = keyof typeof services;

/** One request to such a service; `endpoint` is what ARM says of the account or vault. */
export interface BesideRequest {
  readonly service: Service;
  readonly endpoint: string;
  /** Below the endpoint, not encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly method?: "GET" | "PUT" | "DELETE";
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** Whether a token may go there: to the service's own hosts, or to where ARM itself is. */
export function isOf(service: Service, endpoint: string, armEndpoint: string): boolean {
  if (!URL.canParse(endpoint)) return false;
  const { origin, protocol, hostname } = new URL(endpoint);
  return protocol === "https:" && (services[service].hosts.test(hostname) || origin === new URL(armEndpoint).origin);
}

/** Sends it with a token for that service only, and follows nobody elsewhere. Throws where ARM named a foreign address. */
export async function askBeside(
  request: BesideRequest,
  credential: TokenCredential,
  armEndpoint: string,
): Promise<Response> {
  const { service, endpoint, path, query = {}, method = "GET", headers = {}, body } = request;
  if (!isOf(service, endpoint, armEndpoint)) throw new Error(`Azure named an address that is no ${service}`);
  const { token } = (await credential.getToken(scopeOf(service, endpoint))) as AccessToken;
  const search = new URLSearchParams(query).toString();
  const address = `${endpoint.replace(/\/$/, "")}/${path.split("/").map(encodeURIComponent).join("/")}${search && `?${search}`}`;
  return fetch(address, {
    method,
    headers: {
      ...headers,
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
    redirect: "error",
  });
}

/** Every cloud has its own vaults, and they take tokens for themselves. */
function scopeOf(service: Service, endpoint: string): string {
  const { hosts, audience } = services[service];
  const cloud = hosts.exec(new URL(endpoint).hostname)?.[1];
  return `${cloud === undefined ? audience : `https://${cloud}`}/.default`;
}
