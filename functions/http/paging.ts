import type { HttpRequest } from "@azure/functions";
import type { Look } from "./conditional.ts";

/** Longer ones are none of ours. */
const longestCursor = 1024;

/** One page of a list, as JSON and as `Link` header (RFC 8288). The link to the next page carries no key. */
export function pageOf(request: HttpRequest, value: readonly unknown[], cursor: string | undefined): Look {
  if (cursor === undefined) return { over: false, body: { value } };
  const url = new URL(request.url);
  url.searchParams.set("cursor", cursor);
  url.searchParams.delete("code");
  return { over: false, headers: { link: `<${url.href}>; rel="next"` }, body: { value, nextLink: url.href } };
}

/** The part of a list of unique names (sorted as the list is shown) behind a cursor, and the cursor of what comes after it. */
export function partOf(
  names: readonly string[],
  { limit, cursor }: { readonly limit: number; readonly cursor: string | undefined },
): { readonly names: readonly string[]; readonly cursor?: string } {
  const last = cursor === undefined ? undefined : Buffer.from(cursor.slice(0, longestCursor), "base64url").toString();
  // By comparison, not by place: what came or went meanwhile moves no page.
  const rest = last === undefined ? names : names.filter((name) => name < last);
  const shown = rest.slice(0, limit);
  const end = rest.length > limit ? shown.at(-1) : undefined;
  return { names: shown, ...(end === undefined ? {} : { cursor: Buffer.from(end).toString("base64url") }) };
}
