import type { Answer, Call, Json, World } from "./world.ts";

/** Answers one page of a list: `{value, nextLink}`; the link is absolute and carries an opaque `$skipToken`. Only what is on the page is made ready to be shown. */
export function page(world: World, call: Call, items: readonly Json[]): Answer;
export function page<T>(world: World, call: Call, items: readonly T[], show: (item: T) => Json): Answer;
export function page<T>(
  world: World,
  call: Call,
  items: readonly T[],
  show: (item: T) => Json = (item) => item as Json,
): Answer {
  const token = call.query.get("$skipToken") ?? call.query.get("$skiptoken");
  const start = token ? Number(Buffer.from(token, "base64url").toString()) || 0 : 0;
  const value = items.slice(start, start + world.switches.pageSize).map(show);
  const next = start + value.length;
  if (next >= items.length) return { status: 200, body: { value } };
  const query = new URLSearchParams(call.query);
  query.delete("$skiptoken");
  query.set("$skipToken", Buffer.from(String(next)).toString("base64url"));
  return { status: 200, body: { value, nextLink: `${world.endpoint}${encodeURI(call.id)}?${query}` } };
}
