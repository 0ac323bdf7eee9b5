import type { InvocationContext } from "@azure/functions";
import type { Span } from "@opentelemetry/api";
import * as df from "durable-functions";
import type { RequestNote } from "../../shared/build.ts";
import type { Reply } from "../../shared/problem.ts";
import { fail, inSpan } from "../../shared/telemetry.ts";
import type { Deps } from "./deps.ts";
import { leaveLine, reply } from "./reply.ts";
import { invocation, logLine } from "./story.ts";

/**
 * Runs one activity: refusals become data; every ARM request it made goes into the timeline of its build; a span and a line of
 * the log tell how it went. Here and not in orchestrators, which are replayed: what is told is told once for each attempt.
 */
export function perform(
  deps: Deps,
  name: string,
  run: () => Promise<unknown>,
  input: unknown,
  context: InvocationContext,
): Promise<unknown> {
  const { invocationId } = context;
  const buildId = (input as { buildId?: string } | undefined)?.buildId;
  const attributes = { "faas.invocation_id": invocationId, ...(buildId ? { "goldsmith.build.id": buildId } : {}) };
  return inSpan(name, { parent: context.traceContext, attributes }, (span) =>
    invocation(
      () => df.getClient(context),
      (line) => context.log(line),
      async (story) => {
        const told = { name, invocationId, input, story };
        const began = Date.now();
        const end = async (ended: Reply<unknown> | Error) => {
          const outcome = outcomeOf(ended);
          tellOperators(context, span, { name, buildId, ms: Date.now() - began, ...outcome }, story.requests);
          await leaveLine(deps, told, ended);
        };
        try {
          const answer = await reply(() => deps.azure.traced(run, (notes) => story.requests.push(...notes)));
          await end(answer);
          return answer;
        } catch (error) {
          await end(error instanceof Error ? error : new Error(String(error)));
          throw error;
        }
      },
    ),
  );
}

interface Outcome {
  readonly outcome: "done" | "refused" | "failed";
  /** A problem's code, or an error's name. */
  readonly code?: string;
}

function outcomeOf(ended: Reply<unknown> | Error): Outcome {
  if (ended instanceof Error) return { outcome: "failed", code: ended.name };
  return ended.ok ? { outcome: "done" } : { outcome: "refused", code: ended.problem.code };
}

type Told = Outcome & { readonly name: string; readonly buildId: string | undefined; readonly ms: number };

/** Activities that only looked, and found nothing, are told at debug level: there are many. */
function tellOperators(context: InvocationContext, span: Span, told: Told, requests: readonly RequestNote[]): void {
  const { outcome, code } = told;
  span.setAttributes({ "goldsmith.outcome": outcome, ...(code ? { "goldsmith.code": code } : {}) });
  if (outcome === "failed") fail(span, code ?? "Error");
  const correlationIds = [...new Set(requests.flatMap(({ correlationId }) => correlationId ?? []))];
  const line = logLine("activity", {
    ...told,
    requests: requests.length,
    ...(correlationIds.length > 0 ? { correlationIds: correlationIds.slice(0, 20) } : {}),
  });
  if (outcome !== "done") context.warn(line);
  else if (requests.length > 0) context.info(line);
  else context.debug(line);
}
