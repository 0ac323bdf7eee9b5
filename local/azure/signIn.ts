import { timingSafeEqual } from "node:crypto";
import type { Emulation } from "./emulation.ts";
import type { Incoming } from "./front.ts";
import { applicationOf, isTenant } from "./tenants.ts";
import type { Answer, JsonObject, Principal, World } from "./world.ts";

const lifetimeSeconds = 3_600;
const managedIdentitySeconds = 86_400;

/** Answers the tenant's sign-in endpoints (Entra's, and AD FS's for the Azure CLI); undefined when the path is none of them. */
export function answerSignIn(emulation: Emulation, incoming: Incoming): Answer | undefined {
  const { world, settings } = emulation;
  const path = incoming.path.toLowerCase().replace(/\/+$/, "");
  const tenantId = path.split("/")[1] ?? "";
  const tenant = isTenant(world.store, tenantId, settings.tenantId) ? `/${tenantId}` : `/${settings.tenantId}`;
  if (path === "/metadata/endpoints") return { status: 200, body: cloudMetadata(world.endpoint) };
  if (/\/\.well-known\/openid-configuration$/.test(path))
    return { status: 200, body: openIdConfiguration(emulation, path) };
  if (path.endsWith("/discovery/keys")) return { status: 200, body: emulation.tokens.keys() };
  if (path === "/common/discovery/instance" || path === "/common/discovery/instance/")
    return { status: 200, body: instances(emulation) };
  const tokenPaths = [`${tenant}/oauth2/v2.0/token`, `${tenant}/oauth2/token`, "/adfs/oauth2/token"];
  if (!tokenPaths.includes(path)) return undefined;
  if (incoming.method !== "POST")
    return { status: 405, body: { error: "invalid_request", error_description: "POST is wanted." } };
  const form = new URLSearchParams(incoming.body.toString("utf8"));
  if (form.has("client_assertion")) return issueForAssertion(emulation, form, tenant.slice(1));
  return issueForSecret(emulation, form, incoming.headers.authorization);
}

/** Who vouches for an app: a managed identity of the first tenant, by a token made for that. */
const exchangeAudience = "api://azureadtokenexchange";

/** Signs an app in by its federated credential, in any tenant that it has a service principal in. */
function issueForAssertion({ tokens, world }: Emulation, form: URLSearchParams, tenantId: string): Answer {
  const clientId = form.get("client_id") ?? "";
  const application = applicationOf(world.store, clientId);
  const principal = world.principals.get(application?.principals[tenantId.toLowerCase()] ?? "");
  if (!application || !principal)
    return oauthError(
      400,
      "unauthorized_client",
      `AADSTS700016: Application with identifier '${clientId}' was not found in the directory '${tenantId}'.`,
    );
  let subject: string;
  try {
    subject = tokens.check(`Bearer ${form.get("client_assertion")}`, [exchangeAudience]).principalId;
  } catch {
    return oauthError(
      401,
      "invalid_client",
      "AADSTS700027: The client assertion failed signature validation or is expired.",
    );
  }
  if (subject !== application.subject)
    return oauthError(
      401,
      "invalid_client",
      `AADSTS700213: No matching federated identity record found for presented assertion subject '${subject}'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion.`,
    );
  const audience = audienceOf(form);
  if (!audience) return oauthError(400, "invalid_scope", "AADSTS70011: The provided value for scope is not valid.");
  return tokenAnswer(tokens.issue(principal, audience, lifetimeOf(world)), audience);
}

function issueForSecret(
  { tokens, world, settings }: Emulation,
  form: URLSearchParams,
  basic: string | undefined,
): Answer {
  const [basicId, basicSecret] = decodeBasic(basic);
  const clientId = form.get("client_id") ?? basicId ?? "";
  const secret = form.get("client_secret") ?? basicSecret ?? "";
  if (form.get("grant_type") !== "client_credentials")
    return oauthError(
      400,
      "unsupported_grant_type",
      "AADSTS70003: The emulator takes the grant type client_credentials alone.",
    );
  if (clientId.toLowerCase() !== settings.owner.clientId.toLowerCase())
    return oauthError(
      400,
      "unauthorized_client",
      `AADSTS700016: Application with identifier '${clientId}' was not found in the directory '${settings.tenantId}'.`,
    );
  if (!sameSecret(secret, settings.owner.clientSecret))
    return oauthError(401, "invalid_client", "AADSTS7000215: Invalid client secret provided.");
  const audience = audienceOf(form);
  if (!audience)
    return oauthError(
      400,
      "invalid_scope",
      "AADSTS70011: The provided value for scope is not valid: it must be a resource followed by /.default.",
    );
  const owner = world.principals.get(settings.owner.principalId)!;
  return tokenAnswer(tokens.issue(owner, audience, lifetimeOf(world)), audience);
}

/** Clients count the lifetime on the wall; with a fast clock, as much emulated time must fit into it. */
const lifetimeOf = (world: World) => lifetimeSeconds * Math.max(1, world.clock.speed);

function tokenAnswer({ token, expiresOn }: { token: string; expiresOn: number }, audience: string): Answer {
  return {
    status: 200,
    headers: { "cache-control": "no-store" },
    body: {
      token_type: "Bearer",
      expires_in: lifetimeSeconds,
      ext_expires_in: lifetimeSeconds,
      expires_on: String(expiresOn),
      resource: audience,
      access_token: token,
    },
  };
}

function audienceOf(form: URLSearchParams): string | undefined {
  const resource = form.get("resource");
  if (resource) return resource;
  const scope = form
    .get("scope")
    ?.split(" ")
    .find((one) => one.endsWith("/.default"));
  return scope?.replace(/\/\.default$/, "").replace(/\/$/, "");
}

function decodeBasic(header: string | undefined): readonly string[] {
  const encoded = /^Basic (.+)$/i.exec(header ?? "")?.[1];
  return encoded ? Buffer.from(encoded, "base64").toString().split(":").map(decodeURIComponent) : [];
}

function sameSecret(left: string, right: string): boolean {
  const [one, other] = [Buffer.from(left), Buffer.from(right)];
  return one.length === other.length && timingSafeEqual(one, other);
}

function oauthError(status: number, error: string, description: string): Answer {
  return { status, body: { error, error_description: description } };
}

function openIdConfiguration({ world, settings }: Emulation, path: string): JsonObject {
  const adfs = path.startsWith("/adfs/");
  const named = path.split("/")[1] ?? "";
  const tenantId = isTenant(world.store, named, settings.tenantId) ? named : settings.tenantId;
  const base = adfs ? `${world.endpoint}/adfs` : `${world.endpoint}/${tenantId}`;
  const oauth = adfs ? `${base}/oauth2` : `${base}/oauth2/v2.0`;
  return {
    issuer: adfs ? base : `${base}/v2.0`,
    token_endpoint: `${oauth}/token`,
    authorization_endpoint: `${oauth}/authorize`,
    device_authorization_endpoint: `${oauth}/devicecode`,
    jwks_uri: `${base}/discovery/keys`,
    token_endpoint_auth_methods_supported: ["client_secret_post", "client_secret_basic"],
    response_types_supported: ["code", "token"],
    subject_types_supported: ["pairwise"],
    id_token_signing_alg_values_supported: ["RS256"],
  };
}

function instances({ world, settings }: Emulation): JsonObject {
  const host = new URL(world.endpoint).host;
  return {
    tenant_discovery_endpoint: `${world.endpoint}/${settings.tenantId}/v2.0/.well-known/openid-configuration`,
    "api-version": "1.1",
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  };
}

/** What `az cloud register --endpoint-resource-manager` reads; an ADFS-style authority keeps the CLI from asking Microsoft about it. */
function cloudMetadata(endpoint: string): JsonObject {
  return {
    galleryEndpoint: `${endpoint}/`,
    graphEndpoint: `${endpoint}/graph/`,
    portalEndpoint: `${endpoint}/`,
    authentication: { loginEndpoint: `${endpoint}/adfs`, audiences: [`${endpoint}/`] },
  };
}

/** The App Service managed-identity endpoint, as `ManagedIdentityCredential` asks it (api-version 2019-08-01). */
export function answerManagedIdentity({ tokens, world, settings }: Emulation, incoming: Incoming): Answer {
  const refused = (status: number, message: string): Answer => ({ status, body: { statusCode: status, message } });
  if (incoming.path !== "/msi/token" || incoming.method !== "GET") return refused(404, "Not found.");
  if (!sameSecret(incoming.headers["x-identity-header"] ?? "", settings.identityHeader))
    return refused(401, "The X-IDENTITY-HEADER is missing or wrong.");
  if (incoming.query.get("api-version") !== "2019-08-01") return refused(400, "The api-version must be 2019-08-01.");
  const resource = incoming.query.get("resource");
  if (!resource) return refused(400, "The resource is missing.");
  // The app's own identity where nobody is named.
  const app = [settings.app, settings.roleManager]
    .map((one) => (one ? world.principals.get(one.principalId) : undefined))
    .find((one) => one !== undefined && names(one, incoming.query));
  if (!app)
    return refused(
      400,
      "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.",
    );
  const { token, expiresOn } = tokens.issue(app, resource.replace(/\/$/, ""), managedIdentitySeconds);
  return {
    status: 200,
    headers: { "cache-control": "no-store" },
    body: {
      access_token: token,
      client_id: app.clientId,
      expires_on: String(expiresOn),
      resource,
      token_type: "Bearer",
    },
  };
}

function names(app: Principal, query: URLSearchParams): boolean {
  const client = query.get("client_id");
  const principal = query.get("principal_id") ?? query.get("object_id");
  return (
    (client === null || client.toLowerCase() === app.clientId.toLowerCase()) &&
    (principal === null || principal.toLowerCase() === app.principalId.toLowerCase())
  );
}
