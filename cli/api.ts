import type { Build, TimelineEntry } from "../shared/build.ts";
import type { Finding } from "../shared/decide/audit.ts";
import type { Plan } from "../shared/decide/plan.ts";
import { exits, type ShownProblem, Stopped } from "./exits.ts";

/** A build as `GET /api/builds/{id}` answers it. */
export type BuildView = Build & {
  readonly plan?: Plan;
  readonly timeline: readonly TimelineEntry[];
  readonly deliveries: readonly { readonly target: string; readonly event: string; readonly state: string }[];
};

/** What starting, cancelling or joining a build answers. */
export interface Accepted {
  readonly id: string;
  readonly state: Build["state"];
  readonly templateId: string;
  readonly location: string;
}

/** An audit; its findings are there once it is done. */
export interface AuditView {
  readonly id: string;
  readonly state: "running" | "done" | "failed";
  readonly hash?: string;
  readonly templates?: number;
  readonly findings?: readonly Finding[];
}

/** One question to a Goldsmith. */
export interface Call {
  readonly method?: "GET" | "POST";
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

/** The app, wherever it runs. */
export interface Api {
  readonly url: string;
  /** Answers parsed JSON; a refusal is thrown as `Stopped`, an answer that never came as well, after a few tries. */
  json<T>(path: string, call?: Call): Promise<T>;
  /** Any answer below 400, its body unread. */
  raw(path: string, call?: Call): Promise<Response>;
}

/** Statuses after which asking again may help; a POST is asked again only because it carries an Idempotency-Key or does no harm twice. */
const passing = [429, 502, 503, 504];
const tries = 5;

/** Speaks to the app at `url` with a function key. */
export function connectApi(url: string, key: string | undefined): Api {
  const base = `${url.replace(/\/+$/, "").replace(/\/api$/, "")}/api/`;
  const raw: Api["raw"] = async (path, call = {}) => {
    const { response, said } = await ask(base, key, path, call);
    if (response && response.status < 400) return response;
    throw new Stopped(exits.failed, response ? await problemOf(response, base) : unreachable(base, said));
  };
  return { url: base, raw, json: async <T>(path: string, call?: Call) => (await (await raw(path, call)).json()) as T };
}

async function ask(base: string, key: string | undefined, path: string, call: Call) {
  const url = new URL(path, base);
  for (const [name, value] of Object.entries(call.query ?? {})) if (value) url.searchParams.set(name, value);
  const headers = {
    accept: "application/json",
    ...(key ? { "x-functions-key": key } : {}),
    ...(call.body === undefined ? {} : { "content-type": "application/json" }),
    ...call.headers,
  };
  const body = call.body === undefined ? {} : { body: JSON.stringify(call.body) };
  let said = "";
  for (let attempt = 1; ; attempt++) {
    const signal = call.signal ? { signal: call.signal } : {};
    const response = await fetch(url, {
      method: call.method ?? "GET",
      headers,
      redirect: "error",
      ...body,
      ...signal,
    }).catch((error: unknown) => {
      call.signal?.throwIfAborted();
      said = reason(error);
      return undefined;
    });
    if ((response && !passing.includes(response.status)) || attempt === tries) return { response, said };
    await new Promise((resolve) => setTimeout(resolve, pauseMs(response, attempt)));
  }
}

const pauseMs = (response: Response | undefined, attempt: number) =>
  Math.min(Number(response?.headers.get("retry-after")) * 1000 || 300 * 2 ** attempt, 10_000);

async function problemOf(response: Response, base: string): Promise<ShownProblem> {
  const text = await response.text();
  if (response.headers.get("content-type")?.includes("problem+json")) return JSON.parse(text) as ShownProblem;
  if (response.status === 401)
    return { code: "NoKey", title: `${base} wants a function key`, fix: ["Give one with --key or GOLDSMITH_KEY"] };
  if (response.status === 404)
    return { code: "NoSuchRoute", title: `${base} has no such route`, fix: ["Is --url a Goldsmith, and a new one?"] };
  return { code: `Http${response.status}`, title: `${base} answered ${response.status}` };
}

const unreachable = (base: string, said: string): ShownProblem => ({
  code: "NotReachable",
  title: `${base} does not answer`,
  detail: said,
  fix: ["Check --url or GOLDSMITH_URL"],
});

function reason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
