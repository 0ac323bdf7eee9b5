import type { Problem } from "../../../shared/problem.ts";
import { type Answer, type Asked, type Operation, requestOf } from "../contract.ts";
import { keyOfTab } from "./session.ts";

/** A problem as the API tells it (RFC 9457). */
export type ShownProblem = Pick<Problem, "code" | "title" | "detail" | "fix" | "errors">;

/** An answer that was none; `status` 0: nobody answered. */
export class Failure extends Error {
  readonly status: number;
  readonly problem: ShownProblem;
  constructor(status: number, problem: ShownProblem) {
    super(problem.title);
    this.status = status;
    this.problem = problem;
  }
}

/** How a question is asked. */
export interface How {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Instead of the tab's key, for this one question. */
  readonly key?: string | undefined;
}

/** This module lies at `/api/dashboard/{version}/api.js`. */
const base = new URL("../../", import.meta.url);

/** Asks the API this page came from; the key goes into a header, never into an address. Throws `Failure`. */
export async function send<O extends Operation>(operation: O, asked: Asked<O>, how: How = {}): Promise<Response> {
  const { method, path } = requestOf(operation, asked);
  const { body } = asked as { readonly body?: unknown };
  const key = how.key ?? keyOfTab();
  const headers = {
    ...(key ? { "x-functions-key": key } : {}),
    ...(body === undefined ? {} : { "content-type": "application/json" }),
    ...how.headers,
  };
  const response = await fetch(new URL(path, base), {
    method,
    headers,
    cache: "no-store",
    redirect: "error",
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(how.signal ? { signal: how.signal } : {}),
  }).catch((error: unknown) => {
    how.signal?.throwIfAborted();
    throw new Failure(0, { ...notReachable, detail: String(error) });
  });
  if (response.status < 400) return response;
  throw new Failure(response.status, await problemOf(response));
}

/** Asks, and answers the JSON. */
export async function ask<O extends Operation>(operation: O, asked: Asked<O>, how?: How): Promise<Answer<O>> {
  return (await (await send(operation, asked, how)).json()) as Answer<O>;
}

const lookMs = 500;
const mostLooks = 20;

/** Waits until the app has carried out what it accepted, for ten seconds at most: what takes longer is seen by the view's own looks. */
export async function carriedOut(look: () => Promise<boolean>): Promise<void> {
  for (let n = 0; n < mostLooks && !(await look()); n++) await new Promise((resolve) => setTimeout(resolve, lookMs));
}

async function problemOf(response: Response): Promise<ShownProblem> {
  if (response.headers.get("content-type")?.includes("json")) return (await response.json()) as ShownProblem;
  if (response.status === 401) return wrongKey;
  return {
    code: `Http${response.status}`,
    title: `The app answered ${response.status}`,
    fix: ["Try again in a minute"],
  };
}

/** What went wrong, fit to be shown. */
export const shown = (error: unknown): ShownProblem =>
  error instanceof Failure ? error.problem : { code: "PageFailed", title: String(error) };

const notReachable: ShownProblem = {
  code: "NotReachable",
  title: "Goldsmith does not answer",
  fix: ["Check your connection; this page keeps trying"],
};

const wrongKey: ShownProblem = {
  code: "WrongKey",
  title: "This key does not open what was asked for",
  fix: ["Enter a function key to read and build, the master key to approve"],
};
