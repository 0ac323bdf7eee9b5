import type { HttpRequest, HttpResponseInit, InvocationContext } from "@azure/functions";
import type { DurableClient } from "durable-functions";
import type { z } from "zod";
import { type Problem, Refused } from "../../shared/problem.ts";
import type { Deps } from "../activities/deps.ts";
import { admit, callerOf, keepWithin } from "./caller.ts";
import { mustBeOwnPage } from "./ownPage.ts";
import type { Route } from "./route.ts";

/** Longest body in bytes; a template that ARM accepts is far shorter. */
const longestBody = 512 * 1024;

/** The handler of a route: parses, calls, and answers every problem as `application/problem+json`. */
export function serve(route: Route, deps: Deps, client: (context: InvocationContext) => DurableClient) {
  return async (request: HttpRequest, context: InvocationContext): Promise<HttpResponseInit> => {
    try {
      const caller = callerOf(request.headers, deps.settings.auth);
      const reach = admit(route, caller, deps.settings.roleScopes);
      mustBeOwnPage(route.method, request.headers, deps.settings.auth);
      if (!Object.values(request.params).every(isName)) throw new Refused(nothingThere);
      const body = route.body ? parse(route.body, await json(request), "") : undefined;
      const query = route.query ? parse(route.query, Object.fromEntries(request.query), "/query") : undefined;
      const asked = { deps, caller, reach, client: client(context), request, params: request.params, body, query };
      if (reach !== "everything") keepWithin(reach, caller, (await route.concerns?.(asked)) ?? "everything");
      return await route.handle(asked);
    } catch (error) {
      if (error instanceof Refused) return problemResponse(error.problem);
      context.error(`${route.name} failed: ${error instanceof Error ? error.message : String(error)}`);
      return problemResponse(unexpected);
    }
  };
}

/** What can be the name of anything here: no step of a path, nothing unseen, not endless. */
const isName = (text: string) => /^(?!\.{1,2}$)[^\p{C}/\\?#]{1,200}$/u.test(text);

/** Any problem as an HTTP answer (RFC 9457). */
export function problemResponse(problem: Problem, status = problem.status ?? 409): HttpResponseInit {
  return {
    status,
    headers: { "content-type": "application/problem+json" },
    body: JSON.stringify({ type: "about:blank", status, ...problem }),
  };
}

async function json(request: HttpRequest): Promise<unknown> {
  const announced = Number(request.headers.get("content-length") ?? 0);
  const text = announced > longestBody ? undefined : await request.text();
  if (text === undefined || Buffer.byteLength(text) > longestBody) throw new Refused(tooLarge);
  try {
    return JSON.parse(text);
  } catch {
    throw new Refused(notJson);
  }
}

function parse<T>(schema: z.ZodType<T>, value: unknown, prefix: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues.flatMap((issue) => pointers(issue, prefix));
  throw new Refused({
    code: "InvalidRequest",
    title: "The request is not what this route takes",
    status: 400,
    errors,
    fix: errors.map(({ pointer, detail }) => `${pointer || "the body"}: ${detail}`),
  });
}

/** Unknown fields are named one by one, each at its own place. */
function pointers(issue: z.core.$ZodIssue, prefix: string): { pointer: string; detail: string }[] {
  const at = prefix + issue.path.map((part) => `/${String(part).replace(/~/g, "~0").replace(/\//g, "~1")}`).join("");
  if (issue.code !== "unrecognized_keys") return [{ pointer: at, detail: issue.message }];
  return issue.keys.map((key) => ({ pointer: `${at}/${key}`, detail: "no such field" }));
}

const nothingThere: Problem = {
  code: "NothingThere",
  title: "There can be nothing of that id",
  status: 404,
  fix: ["Take the id from the list it is in"],
};

const tooLarge: Problem = {
  code: "BodyTooLarge",
  title: `The body is longer than ${longestBody / 1024} KB`,
  status: 413,
  errors: [{ pointer: "", detail: "too long" }],
  fix: ["Move long inline scripts to a storage account and name them by scriptUri"],
};

const notJson: Problem = {
  code: "InvalidRequest",
  title: "The body is not JSON",
  status: 400,
  errors: [{ pointer: "", detail: "not JSON" }],
  fix: ["Send a JSON object with content-type application/json"],
};

const unexpected: Problem = {
  code: "NotAnswered",
  title: "The request could not be answered right now",
  status: 503,
  fix: ["Try again in a minute", "GET /api/health says what does not answer"],
};
