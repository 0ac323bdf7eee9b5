import { createSign, generateKeyPairSync } from "node:crypto";

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const audience = "api://goldsmith";
const text = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Who issues the tokens of this tenant. */
export const issuer = "https://tenant.example/v2.0";
/** Object id of whoever these tokens are for. */
export const somebody = "66666666-6666-6666-6666-666666666666";

/** App Service authentication that knows this tenant, for a host. */
export const entra = {
  keys: async () => [{ ...publicKey.export({ format: "jwk" }), kid: "k" }],
  issuers: [issuer],
  audiences: [audience],
};

/** A token of the tenant with these app roles, good for an hour from `now` (ms). */
export const tokenOf = (now: number, ...roles: string[]): string => tokenFor(somebody, now, ...roles);

/** The same for somebody else. */
export function tokenFor(oid: string, now: number, ...roles: string[]): string {
  const claims = { iss: issuer, aud: audience, exp: Math.floor(now / 1_000) + 3_600, oid, roles };
  const signed = `${text({ alg: "RS256", kid: "k" })}.${text(claims)}`;
  return `${signed}.${createSign("RSA-SHA256").update(signed).sign(privateKey, "base64url")}`;
}
