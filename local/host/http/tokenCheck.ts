import { createPublicKey, createVerify, type JsonWebKey } from "node:crypto";

/** The claims of a token that has been checked. */
export type Claims = Readonly<Record<string, unknown>>;

/** A public key of the tenant, as its `discovery/keys` lists it. */
export type TenantKey = JsonWebKey & { readonly kid?: string };

/** Who may sign tokens, and for whom they must be. Times in seconds since 1970, as in tokens. */
export interface TokenRules {
  readonly keys: readonly TenantKey[];
  readonly audiences: readonly string[];
  readonly issuers: readonly string[];
  readonly now: number;
}

/** Clocks differ; App Service allows this many seconds. */
const leeway = 300;

/** The claims of a signed, unexpired token for one of the audiences; undefined for any other text. */
export function checkToken(token: string, rules: TokenRules): Claims | undefined {
  const [head, body, signature] = token.split(".");
  if (!head || !body || !signature) return undefined;
  const { alg, kid } = decode(head) ?? {};
  // RS256 only: accepting what the token names would let it choose `none`.
  if (alg !== "RS256") return undefined;
  const key = rules.keys.find((one) => one.kid === kid);
  if (!key) return undefined;
  const signed = createVerify("RSA-SHA256").update(`${head}.${body}`);
  if (!signed.verify(createPublicKey({ key, format: "jwk" }), Buffer.from(signature, "base64url"))) return undefined;
  const claims = decode(body);
  return claims && isFor(claims, rules) ? claims : undefined;
}

function isFor(claims: Claims, { audiences, issuers, now }: TokenRules): boolean {
  const { aud, iss, exp, nbf } = claims;
  return (
    audiences.includes(String(aud)) &&
    issuers.includes(String(iss)) &&
    typeof exp === "number" &&
    exp + leeway > now &&
    (typeof nbf !== "number" || nbf - leeway <= now)
  );
}

function decode(part: string): Claims | undefined {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString()) as Claims;
  } catch {
    return undefined;
  }
}
