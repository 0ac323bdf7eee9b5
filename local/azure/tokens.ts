import { createPrivateKey, createPublicKey, createSign, createVerify, generateKeyPairSync } from "node:crypto";
import type { Clock } from "../clock.ts";
import { isObject, textOf } from "./json.ts";
import { isTenant } from "./tenants.ts";
import { AzureError, type Caller, type JsonObject, type Principal, type Store } from "./world.ts";

/** Issues and checks the tenant's access tokens: JWTs (RS256) whose `exp` is in emulated time. */
export interface Tokens {
  /** A token for `audience` that lives `seconds` of emulated time. */
  issue(principal: Principal, audience: string, seconds: number): { token: string; expiresOn: number };
  /** The caller behind an `Authorization` header; throws the 401 that ARM answers to a missing, broken, foreign or expired token. */
  check(authorization: string | undefined, audiences: readonly string[]): Caller;
  /** The signing key's public half as a JWK set, for clients that look. */
  keys(): JsonObject;
}

/** Makes the token issuer; its signing key is in the store, so that tokens outlive a restart. */
export function tokenIssuer(store: Store, clock: Clock, tenantId: string, endpoint: () => string): Tokens {
  const privateKey = createPrivateKey(signingKey(store));
  const publicKey = createPublicKey(privateKey);
  const issuer = (tenant = tenantId) => `${endpoint()}/${tenant}/`;

  return {
    issue(principal, audience, seconds) {
      const now = Math.floor(clock.now() / 1000);
      const claims = {
        aud: audience,
        iss: issuer(principal.tenantId),
        iat: now,
        nbf: now,
        exp: now + seconds,
        appid: principal.clientId,
        idtyp: "app",
        oid: principal.principalId,
        sub: principal.principalId,
        tid: principal.tenantId ?? tenantId,
        ver: "1.0",
      };
      const text = `${base64({ typ: "JWT", alg: "RS256", kid: "goldsmith-local" })}.${base64(claims)}`;
      const signature = createSign("RSA-SHA256").update(text).sign(privateKey).toString("base64url");
      return { token: `${text}.${signature}`, expiresOn: claims.exp };
    },
    check(authorization, audiences) {
      const token = /^Bearer (.+)$/i.exec(authorization ?? "")?.[1];
      if (!token)
        throw refused("AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.");
      const claims = verified(token);
      const aud = textOf(claims.aud) ?? "";
      if (!audiences.includes(aud.replace(/\/$/, "").toLowerCase()))
        throw refused(
          "InvalidAuthenticationToken",
          `The access token has been obtained for wrong audience or resource '${aud}'. It should exactly match with one of the allowed audiences '${audiences.join("','")}'.`,
        );
      const tenant = textOf(claims.tid) ?? "";
      if (!isTenant(store, tenant, tenantId))
        throw refused("InvalidAuthenticationTokenTenant", "The access token is from the wrong issuer.");
      checkExpiry(Number(claims.exp) * 1000);
      return {
        principalId: textOf(claims.oid) ?? "",
        clientId: textOf(claims.appid) ?? "",
        principalType: "ServicePrincipal",
        tenantId: tenant,
      };
    },
    keys: () => ({
      keys: [{ ...publicKey.export({ format: "jwk" }), use: "sig", kid: "goldsmith-local", alg: "RS256" }] as never,
    }),
  };

  function verified(token: string): JsonObject {
    const [head, body, signature] = token.split(".");
    if (head && body && signature) {
      const ok = createVerify("RSA-SHA256")
        .update(`${head}.${body}`)
        .verify(publicKey, Buffer.from(signature, "base64url"));
      const claims: unknown = ok ? JSON.parse(Buffer.from(body, "base64url").toString()) : undefined;
      if (isObject(claims)) return claims;
    }
    throw refused("InvalidAuthenticationToken", "The access token is invalid.");
  }

  function checkExpiry(expiry: number): void {
    if (expiry > clock.now()) return;
    const show = (time: number) => new Date(time).toISOString();
    throw refused(
      "ExpiredAuthenticationToken",
      `The access token expiry UTC time '${show(expiry)}' is earlier than current UTC time '${show(clock.now())}'.`,
    );
  }

  function refused(code: string, message: string): AzureError {
    const error = code === "ExpiredAuthenticationToken" ? "invalid_token" : code;
    return new AzureError(401, code, message, {
      headers: {
        "www-authenticate": `Bearer authorization_uri="${issuer()}", error="${error}", error_description="${message}"`,
        "x-ms-failure-cause": "gateway",
      },
    });
  }
}

function base64(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function signingKey(store: Store): string {
  const kept = store.get<string>("secret", "tokenKey");
  if (kept) return kept;
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  store.put("secret", "tokenKey", pem);
  return pem;
}
