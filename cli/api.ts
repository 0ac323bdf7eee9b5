import { randomUUID } from "node:crypto";
import { type Answer, type Asked, type Operation, requestOf } from "../functions/http/contract.ts";
import { exits, type ShownProblem, Stopped } from "./exits.ts";
import type { Authorize } from "./signIn.ts";

/** A build as `GET /api/builds/{id}` answers it. */
export type BuildView = Answer<"GET builds/{id}">;

/** What starting, cancelling or joining a build answers. */
export type Accepted = Answer<"POST builds">;

/** An audit; its findings are there once it is done. */
export type AuditView = Answer<"GET audits/{id}">;

/** How a question is asked. */
export interface How {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** The app, wherever it runs; what it takes and answers is what its route table says. */
export interface Api {
  readonly url: string;
  /** Answers parsed JSON; a refusal is thrown as `Stopped`, an answer that never came as well, after a few tries. */
  json<O extends Operation>(operation: O, asked: Asked<O>, how?: How): Promise<Answer<O>>;
  /** Any answer of success, and 304, its body unread. */
  raw<O extends Operation>(operation: O, asked: Asked<O>, how?: How): Promise<Response>;
}

/** Statuses after which asking again may help; a POST does no harm twice, because it carries an Idempotency-Key. */
const passing = [429, 502, 503, 504];
const tries = 5;

/** Speaks to the app at `url`; `key` is the Idempotency-Key of what is started. */
export function connectApi(url: string, authorize: Authorize, key?: string): Api {
  const base = `${url.replace(/\/+$/, "").replace(/\/api$/, "")}/api/`;
  const raw: Api["raw"] = async (operation, asked, how = {}) => {
    const { body } = asked as { readonly body?: unknown };
    const headers = { ...keyFor(operation, key), ...how.headers };
    const { response, said } = await ask(
      base,
      authorize,
      { ...requestOf(operation, asked), body },
      { ...how, headers },
    );
    if (response && (response.status < 300 || response.status === 304)) return response;
    throw new Stopped(exits.failed, response ? await problemOf(response, base) : unreachable(base, said));
  };
  const json: Api["json"] = async <O extends Operation>(operation: O, asked: Asked<O>, how?: How) =>
    (await (await raw(operation, asked, how)).json()) as Answer<O>;
  return { url: base, raw, json };
}

/**
 * The key of whoever runs the command, or one of this call, for when its answer gets lost. A build without a key joins the same one that
 * is under way, so it has none unless it is given.
 */
function keyFor(operation: Operation, given: string | undefined): Readonly<Record<string, string>> {
  if (!operation.startsWith("POST ")) return {};
  const key = given ?? (operation === "POST builds" ? undefined : randomUUID());
  return key ? { "idempotency-key": key } : {};
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

async function ask(base: string, authorize: Authorize, sent: Sent, how: How) {
  const headers = {
    accept: "application/json",
    ...(await authorize()),
    ...(sent.body === undefined ? {} : { "content-type": "application/json" }),
    ...how.headers,
  };
  const body = sent.body === undefined ? {} : { body: JSON.stringify(sent.body) };
  let said = "";
  for (let attempt = 1; ; attempt++) {
    const signal = how.signal ? { signal: how.signal } : {};
    const response = await fetch(new URL(sent.path, base), {
      method: sent.method,
      headers,
      redirect: "manual",
      ...body,
      ...signal,
    }).catch((error: unknown) => {
      how.signal?.throwIfAborted();
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
  if (response.status < 400)
    return {
      code: "Redirected",
      title: `${base} sends elsewhere, and a key or token is not sent on`,
      fix: ["Give --url the address that answers itself", "Behind App Service's sign-in: --audience"],
    };
  if (response.status === 401)
    return {
      code: "NoKey",
      title: `${base} wants a key or a token; what only approvers may do, the master key`,
      fix: ["Give a key: --key or GOLDSMITH_KEY", "Or sign in through Entra: --audience or GOLDSMITH_AUDIENCE"],
    };
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
