import { type Problem, Refused } from "../../shared/problem.ts";

type Headers = { get(name: string): string | null };

/**
 * Refuses what a page of somebody else makes a browser send. A session of App Service rides on a cookie, which a browser adds
 * whoever asks; a key or a token in a header is added by nobody but who knows it, so those need no such proof.
 */
export function mustBeOwnPage(method: string, headers: Headers, auth: "keys" | "entra"): void {
  if (auth === "keys" || method === "GET" || method === "HEAD" || headers.get("authorization")) return;
  if (!isOwn(headers)) throw new Refused(notOwnPage);
}

/** The browser's own word (Fetch Metadata), else the origin it names; who names neither is no browser. */
function isOwn(headers: Headers): boolean {
  const site = headers.get("sec-fetch-site");
  if (site !== null) return site === "same-origin" || site === "none";
  const origin = headers.get("origin");
  if (origin === null) return true;
  const host = URL.canParse(origin) ? new URL(origin).host : undefined;
  return host !== undefined && [headers.get("x-forwarded-host"), headers.get("host")].includes(host);
}

const notOwnPage: Problem = {
  code: "NotOwnPage",
  title: "Another site's page asked for this",
  status: 403,
  fix: ["Do it on Goldsmith's own page", "Or send a token: Authorization: Bearer …"],
};
