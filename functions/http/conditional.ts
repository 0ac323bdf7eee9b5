import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { HttpRequest, HttpResponseInit } from "@azure/functions";

/** What a resource says at one moment. */
export interface Look {
  readonly body: unknown;
  /** It will not change any more: waiting is pointless. */
  readonly over: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  /** Shown beside the body, but it moves by the clock alone: no news, so no part of the ETag. */
  readonly estimate?: object;
}

/** Longest wait in seconds; the platform cuts requests at 230 s. */
const longestWait = 60;
/** The caller's patience is on the wall, so this is the one wait that is, too. */
const lookEveryMs = 1_000;

/** A list takes many reads to look at (ms). */
export const listLookEveryMs = 3_000;

/** Headers of a route that answers conditionally. */
export const conditionalHeaders = {
  "If-None-Match": "ETag of what the caller knows: answered 304 while that is how it stands",
  Prefer: `\`wait=30\`: answered when something changed (against If-None-Match, else against now), at the latest after that many seconds (at most ${longestWait})`,
};

/** Answers with an ETag; 304 where the caller knows it already; waits for a change as long as `Prefer: wait=` asks (RFC 7240). */
export async function answerWhenChanged(
  request: HttpRequest,
  look: () => Promise<Look>,
  lookEvery = lookEveryMs,
): Promise<HttpResponseInit> {
  const seconds = patience(request.headers.get("prefer"));
  const end = performance.now() + seconds * 1000;
  const known = request.headers.get("if-none-match");
  let now = tagged(await look());
  const from = now.etag;
  const same = () => (known === null ? now.etag === from : matches(known, now.etag));
  while (same() && !now.over && performance.now() < end) {
    await pause(Math.min(lookEvery, Math.max(0, end - performance.now())));
    now = tagged(await look());
  }
  const applied = seconds > 0 ? { "preference-applied": `wait=${seconds}` } : {};
  const headers = { ...now.headers, ...applied, etag: now.etag, "cache-control": "private, no-cache" };
  if (known !== null && matches(known, now.etag)) return { status: 304, headers };
  return { headers: { ...headers, "content-type": "application/json" }, body: now.text };
}

function tagged({ body, estimate, ...rest }: Look) {
  const news = JSON.stringify(body);
  const text = estimate ? JSON.stringify({ ...(body as object), ...estimate }) : news;
  return { ...rest, text, etag: `"${createHash("sha256").update(news).digest("base64url").slice(0, 22)}"` };
}

/** Weak comparison, as `If-None-Match` asks for (RFC 9110 13.1.2). */
const matches = (known: string, etag: string) =>
  known.split(",").some((one) => ["*", etag].includes(one.trim().replace(/^W\//, "")));

function patience(prefer: string | null): number {
  const wait = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})/i.exec(prefer ?? "")?.[1];
  return Math.min(Number(wait ?? 0), longestWait);
}
