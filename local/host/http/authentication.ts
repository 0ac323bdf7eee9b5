import type { Clock } from "../../clock.ts";
import { type Exchange, sendStatus } from "./exchange.ts";
import { type Claims, checkToken, type TenantKey } from "./tokenCheck.ts";

/** The tenant and application that callers sign in to. */
export interface EntraSettings {
  /** Reads the tenant's public keys (its `discovery/keys`); asked again when a token names an unknown one. */
  readonly keys: () => Promise<readonly TenantKey[]>;
  readonly issuers: readonly string[];
  /** Who tokens must be for: the application's client id and id URIs. */
  readonly audiences: readonly string[];
  /** What happens to callers without a token: they come in as nobody (default), or are answered 401. */
  readonly unauthenticated?: "allow" | "refuse";
}

/** Signs the caller in; resolves with false when the request has been answered. */
export type Authenticate = (exchange: Exchange) => Promise<boolean>;

const ownHeaders = /^x-ms-(client-principal|token-aad)/i;

/** Lets everybody through untouched, as an app without built-in authentication. */
export const noAuthentication: Authenticate = async () => true;

/**
 * Built-in authentication as App Service puts it in front of an app: headers of its own that come from outside are taken
 * off, a valid bearer token becomes `X-MS-CLIENT-PRINCIPAL*`, an invalid one is answered 401. Webhooks and admin endpoints
 * are left to their keys, as they are where `excludedPaths` names them.
 */
export function entraAuthentication(settings: EntraSettings, clock: Clock): Authenticate {
  let known: readonly TenantKey[] = [];
  const check = (token: string) =>
    checkToken(token, { ...settings, keys: known, now: Math.floor(clock.now() / 1_000) });

  return async (exchange) => {
    const { headers } = exchange.request;
    for (const name of Object.keys(headers)) if (ownHeaders.test(name)) delete headers[name];
    const token = /^Bearer (.+)$/i.exec(headers.authorization ?? "")?.[1];
    if (!token) return settings.unauthenticated === "refuse" ? refuse(exchange) : true;
    let claims = check(token);
    if (!claims) {
      known = await settings.keys();
      claims = check(token);
    }
    if (!claims) return refuse(exchange);
    Object.assign(headers, principalHeaders(claims));
    return true;
  };
}

function refuse(exchange: Exchange): false {
  exchange.request.resume();
  sendStatus(exchange, 401, { "www-authenticate": "Bearer" });
  return false;
}

/** App Service hands some claims on under their older names. */
const longNames: Readonly<Record<string, string>> = {
  oid: "http://schemas.microsoft.com/identity/claims/objectidentifier",
  tid: "http://schemas.microsoft.com/identity/claims/tenantid",
  sub: "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier",
  email: "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
};

/** What an app behind App Service learns about its caller. */
function principalHeaders(claims: Claims): Record<string, string> {
  const list = Object.entries(claims).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) => ({ typ: longNames[name] ?? name, val: String(one) })),
  );
  const principal = {
    auth_typ: "aad",
    claims: list,
    name_typ: "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
    role_typ: "roles",
  };
  const name = claims.preferred_username ?? claims.upn ?? claims.appid ?? claims.azp ?? "";
  return {
    "x-ms-client-principal": Buffer.from(JSON.stringify(principal)).toString("base64"),
    "x-ms-client-principal-id": String(claims.oid ?? claims.sub ?? ""),
    "x-ms-client-principal-name": String(name),
    "x-ms-client-principal-idp": "aad",
  };
}
