import { createHash } from "node:crypto";
import type { HttpRequest, HttpResponseInit } from "@azure/functions";
import { z } from "zod";
import { isTemplateId } from "../../shared/decide/armId.ts";
import { type LineageState, readLineageState } from "../badges.ts";
import { type Asked, type Route, route } from "./route.ts";

const badgeQuery = z.strictObject({
  /** Id of a template, or a lineage as builds name it. */
  id: z.string().min(1).max(4096),
  /** The function key may stand in the query: it is the host's. */
  code: z.string().optional(),
});
type BadgeQuery = z.infer<typeof badgeQuery>;

/** What shields.io's endpoint badges take. */
const shield = z.object({
  schemaVersion: z.literal(1),
  label: z.string(),
  message: z.string(),
  color: z.string(),
  isError: z.boolean(),
});
type Shield = z.infer<typeof shield>;

const freshSeconds = 60;
const label = "golden image";
const opens = ({ badges }: Asked<unknown, unknown>["deps"]["settings"]) => badges === "anyone";
const example = { title: "A lineage that nobody built", query: { id: "no-such-lineage" }, status: 200 };
const cached = { "Cache-Control": "A minute", ETag: "Of this badge" };

/** A template is where a limited role must hold; a lineage has no place, so such a role does not open it. */
const concerned = ({ query }: Asked<unknown, BadgeQuery>) => (isTemplateId(query.id) ? [query.id] : "everything");

/** `GET /templates/badge.svg`: how the latest build of a lineage ended, as a picture. */
export const getBadge = route({
  name: "getBadge",
  method: "GET",
  path: "templates/badge.svg",
  role: "reader",
  opens,
  summary: "How the latest build of a template's lineage ended, as an SVG; for anybody where GOLDSMITH_BADGES says so",
  query: badgeQuery,
  concerns: concerned,
  answers: [
    { status: 200, means: "The badge; of what was never built as well", type: "image/svg+xml", headers: cached },
    { status: 304, means: "Nothing has changed" },
  ],
  examples: [example],
  handle: async ({ deps, request, query }) => {
    const latest = await readLineageState(deps.store, query.id);
    return fresh(request, opens(deps.settings), "image/svg+xml; charset=utf-8", svgOf(shieldOf(latest)));
  },
});

/** `GET /templates/badge.json`: the same for shields.io and whoever draws badges. */
export const getBadgeJson = route({
  name: "getBadgeJson",
  method: "GET",
  path: "templates/badge.json",
  role: "reader",
  opens,
  summary: "The badge as shields.io's endpoint takes it; for anybody where GOLDSMITH_BADGES says so",
  query: badgeQuery,
  concerns: concerned,
  answers: [
    { status: 200, means: "The badge; of what was never built as well", schema: shield, headers: cached },
    { status: 304, means: "Nothing has changed" },
  ],
  examples: [example],
  handle: async ({ deps, request, query }) => {
    const latest = await readLineageState(deps.store, query.id);
    return fresh(request, opens(deps.settings), "application/json", JSON.stringify(shieldOf(latest)));
  },
});

/** The table as the settings have it: what they open takes no key. */
export const openedBy = (table: readonly Route[], settings: Asked<unknown, unknown>["deps"]["settings"]) =>
  table.map((row): Route => (row.opens?.(settings) ? { ...row, role: "anyone" } : row));

function fresh(request: HttpRequest, anyone: boolean, type: string, body: string): HttpResponseInit {
  const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
  const cache = `${anyone ? "public" : "private"}, max-age=${freshSeconds}`;
  const headers = { etag, "cache-control": cache, "x-content-type-options": "nosniff" };
  if (request.headers.get("if-none-match")?.includes(etag)) return { status: 304, headers };
  return { headers: { ...headers, "content-type": type }, body };
}

function shieldOf(latest: LineageState | undefined): Shield {
  const [message, color] = !latest
    ? ["unknown", "lightgrey"]
    : latest.state === "succeeded"
      ? [latest.version ?? "built", "brightgreen"]
      : latest.state === "partiallySucceeded"
        ? [`${latest.version ?? "built"}, in part`, "yellow"]
        : [latest.state === "timedOut" ? "timed out" : latest.state, "red"];
  return { schemaVersion: 1, label, message, color, isError: color === "red" };
}

const colours: Readonly<Record<string, string>> = {
  lightgrey: "#6b6b6b",
  brightgreen: "#1d6a3c",
  yellow: "#835500",
  red: "#a12a1d",
};

/** About as wide as shields.io's, in a letter of 11 px. */
const widthOf = (text: string) => Math.round(text.length * 6.4 + 12);

function svgOf({ message, color }: Shield): string {
  const [left, right] = [widthOf(label), widthOf(message)];
  const text = (x: number, words: string) => `<text x="${x}" y="14" text-anchor="middle">${escaped(words)}</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${left + right}" height="20" role="img" aria-label="${label}: ${escaped(message)}"><title>${label}: ${escaped(message)}</title><clipPath id="r"><rect width="${left + right}" height="20" rx="3"/></clipPath><g clip-path="url(#r)"><rect width="${left}" height="20" fill="#3b372e"/><rect x="${left}" width="${right}" height="20" fill="${colours[color]}"/></g><g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">${text(left / 2, label)}${text(left + right / 2, message)}</g></svg>\n`;
}

const escaped = (text: string) => text.replace(/[<>&"']/g, (one) => `&#${one.charCodeAt(0)};`).replace(/\p{Cc}/gu, "");
