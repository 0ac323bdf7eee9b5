import type { Origin } from "../../shared/build.ts";
import { within } from "../../shared/decide/armId.ts";
import { Refused } from "../../shared/problem.ts";
import type { Route, RouteRole } from "./route.ts";

/** Who calls: known by a key only (which the host has checked), or a principal of the tenant with its app roles. */
export type Caller =
  | { readonly kind: "key" }
  | { readonly kind: "nobody" }
  | { readonly kind: "principal"; readonly id: string; readonly name: string; readonly roles: readonly string[] };

/** What a caller may work on: everything, or what lies within some scopes. */
export type Reach = "everything" | readonly string[];

/** Longer headers are none that App Service writes. */
const longestPrincipal = 32 * 1024;

/** App roles that open a route; whoever may build may read. An approver is not a builder: two people, if the tenant wants it so. */
export const opening: Readonly<Record<Exclude<RouteRole, "anyone">, readonly string[]>> = {
  reader: ["Reader", "Builder", "Approver"],
  builder: ["Builder"],
  approver: ["Approver"],
};

/**
 * Reads who calls. `X-MS-CLIENT-PRINCIPAL` counts only where App Service authentication is on: it takes the header off
 * what comes from outside, and without it anybody could write it.
 */
export function callerOf(headers: { get(name: string): string | null }, auth: "keys" | "entra"): Caller {
  if (auth === "keys") return { kind: "key" };
  const principal = decoded(headers.get("x-ms-client-principal") ?? "");
  if (!principal) return { kind: "nobody" };
  const claims = principal.claims.filter((claim): claim is Claim => typeof claim?.typ === "string");
  const roleNames = new Set(["roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"]);
  if (principal.role_typ) roleNames.add(principal.role_typ);
  const roles = claims.filter(({ typ }) => roleNames.has(typ)).map(({ val }) => String(val));
  const id = headers.get("x-ms-client-principal-id") ?? "";
  return { kind: "principal", id, name: headers.get("x-ms-client-principal-name") ?? id, roles };
}

/** Lets the caller in and says how far, or refuses with what is missing. With keys the host has decided already. */
export function admit(
  { role }: Pick<Route, "role">,
  caller: Caller,
  roleScopes: Readonly<Record<string, readonly string[]>>,
): Reach {
  if (role === "anyone" || caller.kind === "key") return "everything";
  if (caller.kind === "nobody") throw new Refused(notSignedIn);
  const wanted = opening[role];
  if (wanted.some((one) => caller.roles.includes(one))) return "everything";
  const limited = caller.roles.filter((one) => wanted.includes(one.split(".")[0] ?? ""));
  const scopes = limited.flatMap((one) => (Object.hasOwn(roleScopes, one) ? (roleScopes[one] ?? []) : []));
  if (scopes.length === 0) throw new Refused(roleMissing(wanted, caller.id));
  return scopes;
}

/** Whether a resource lies where the caller's role holds. */
export const reaches = (reach: Reach, id: string): boolean =>
  reach === "everything" || reach.some((scope) => within(scope, id));

/** Refuses a caller whose role holds in some places only and who asks about something else too. */
export function keepWithin(reach: Reach, caller: Caller, about: Reach): void {
  if (reach === "everything") return;
  const beyond = about === "everything" ? ["everything"] : about.filter((id) => !reaches(reach, id));
  if (beyond.length > 0) throw new Refused(outOfReach(beyond[0] ?? "", reach, caller));
}

/** Who asked, for the record: with keys nobody is known by name. */
export const originOf = (caller: Caller): Origin => ({
  kind: "http",
  ...(caller.kind === "principal" ? { who: caller.id } : {}),
});

/** What the host asks for: with keys the function key to build and read, the master key to approve; else nothing, because `admit` does. */
export function authLevel({ role }: Pick<Route, "role">, auth: "keys" | "entra"): "anonymous" | "function" | "admin" {
  if (auth === "entra" || role === "anyone") return "anonymous";
  return role === "approver" ? "admin" : "function";
}

interface Claim {
  readonly typ: string;
  readonly val: unknown;
}

interface Principal {
  readonly claims: readonly (Partial<Claim> | null)[];
  readonly role_typ?: string;
}

function decoded(header: string): Principal | undefined {
  if (header === "" || header.length > longestPrincipal) return undefined;
  try {
    const principal = JSON.parse(Buffer.from(header, "base64").toString("utf8")) as Partial<Principal> | null;
    return Array.isArray(principal?.claims) ? (principal as Principal) : undefined;
  } catch {
    return undefined;
  }
}

const notSignedIn = {
  code: "NotSignedIn",
  title: "Nobody is signed in",
  status: 401,
  fix: ["Send a token of the tenant for this API: Authorization: Bearer …"],
};

const roleMissing = (wanted: readonly string[], principalId: string) => ({
  code: "AppRoleMissing",
  title: `This needs the app role ${wanted.join(" or ")}`,
  status: 403,
  principalId,
  fix: [`Assign the app role ${wanted[0]} of Goldsmith's enterprise application to the caller, and sign in again`],
});

const outOfReach = (id: string, reach: readonly string[], caller: Caller) => ({
  code: "OutsideAppRole",
  title:
    id === "everything"
      ? "This concerns everything, and your app role holds in some places only"
      : "This lies where your app role does not hold",
  status: 403,
  ...(id === "everything" ? {} : { scope: id }),
  ...(caller.kind === "principal" ? { principalId: caller.id } : {}),
  detail: `Your role holds in ${reach.join(", ")}.`,
  fix: ["Ask for something within these scopes", "Or have the operator widen GOLDSMITH_ROLE_SCOPES"],
});
