import type {
  Pipeline,
  PipelinePolicy,
  PipelineRequest,
  PipelineResponse,
  RestError,
  RetryStrategy,
  SendRequest,
} from "@azure/core-rest-pipeline";
import type { Span } from "@opentelemetry/api";
import { fail, inSpan, measure } from "../telemetry.ts";
import { ArmFailure, errorParts } from "./armFailure.ts";
import { requestName } from "./requestName.ts";
import { noteRequest } from "./traced.ts";

type Core = typeof import("@azure/core-rest-pipeline");

/** No request of ours may take longer than ARM's own limit for a provider (60 s); the SDKs have none (rbac-network-arm.md §7.1). */
const requestTimeoutMs = 60_000;
const readRetries = 2;
const firstRetryMs = 200;

/**
 * Gives a pipeline (the raw one, or that of an SDK client) our rules instead of the SDK's: writes are never repeated,
 * reads twice at most and soon, no long `Retry-After` is slept through, no redirect is followed, tokens go to ARM only,
 * every request is noted, and whatever is not a success is thrown as an `ArmFailure`, made from the answer itself
 * because the SDKs' errors lose its details.
 */
export function equip(core: Core, pipeline: Pipeline, armEndpoint: string): void {
  pipeline.removePolicy({ name: "defaultRetryPolicy" });
  pipeline.removePolicy({ name: core.redirectPolicyName });
  const bearer = pipeline.removePolicy({ name: core.bearerTokenAuthenticationPolicyName });
  pipeline.addPolicy(failures(core), { afterPhase: "Deserialize" });
  pipeline.addPolicy(readsAgain(core), { phase: "Retry" });
  pipeline.addPolicy(notes(new URL(armEndpoint).origin), { afterPhase: "Retry" });
  for (const policy of bearer) pipeline.addPolicy(policy, { phase: "Sign" });
}

/** A write is sent once: whoever sent it reads before asking again. */
function readsAgain(core: Core): PipelinePolicy {
  const again = core.retryPolicy([soon], { maxRetries: readRetries });
  return {
    name: "goldsmithReadsAgain",
    sendRequest: (request, next) =>
      request.method === "GET" || request.method === "HEAD" ? again.sendRequest(request, next) : next(request),
  };
}

const soon: RetryStrategy = {
  name: "soon",
  retry({ retryCount, response, responseError }) {
    const passing = response ? isPassing(response) : isConnectionLost(responseError);
    return passing ? { retryAfterInMs: firstRetryMs * 2 ** retryCount } : { skipStrategy: true };
  },
};

/** A 503 that names a time is not asked again here: that time belongs to whoever can wait without holding a worker. */
function isPassing({ status, headers }: PipelineResponse): boolean {
  return status >= 500 && status !== 501 && status !== 505 && !headers.has("retry-after");
}

/** A connection that was lost, while the answer's body came in too (`PARSE_ERROR`). */
function isConnectionLost(error: RestError | undefined): boolean {
  const code = error?.code ?? "";
  return ["ECONNRESET", "ECONNREFUSED", "ETIMEDOUT", "ESOCKETTIMEDOUT", "EPIPE", "PARSE_ERROR"].includes(code);
}

function failures(core: Core): PipelinePolicy {
  return {
    name: "goldsmithFailures",
    async sendRequest(request, next) {
      request.timeout ||= requestTimeoutMs;
      const response = await next(request).catch((error: unknown) => {
        throw unanswered(core, request, error);
      });
      if (response.status >= 200 && response.status < 300) return response;
      const { status, headers, bodyAsText } = response;
      throw new ArmFailure({ ...whichOf(request), status, headers, parts: errorParts(status, bodyAsText) });
    },
  };
}

/** A lost connection or a missed deadline, without the request that the SDK's error carries. */
function unanswered(core: Core, request: PipelineRequest, error: unknown): unknown {
  const name = error instanceof Error ? error.name : "";
  if (name === "AbortError")
    return lost(request, "Timeout", `No answer within ${(request.timeout || requestTimeoutMs) / 1000} s.`);
  if (!core.isRestError(error)) return error;
  return lost(request, error.code ?? "ConnectionLost", error.message);
}

function lost(request: PipelineRequest, code: string, message: string): ArmFailure {
  return new ArmFailure({ ...whichOf(request), status: 0, parts: [{ code, message }] });
}

function whichOf(request: PipelineRequest): { method: string; path: string } {
  return { method: request.method, path: pathOf(request.url) };
}

function pathOf(url: string): string {
  const path = new URL(url).pathname.replace(/\/{2,}/g, "/");
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function notes(origin: string): PipelinePolicy {
  return {
    name: "goldsmithNotes",
    async sendRequest(request, next) {
      // A `nextLink` is somebody else's text: our token must not follow it to another host.
      if (new URL(request.url).origin !== origin)
        throw new Error("Azure named an address outside Azure Resource Manager");
      const { title, provider } = requestName(request.method, pathOf(request.url));
      const attributes = { "http.request.method": request.method, "server.address": new URL(origin).hostname };
      return inSpan(title, { kind: "client", attributes }, (span) => noted(request, next, provider, span));
    },
  };
}

/** Sends a request and notes how it went, for the timeline and for whoever watches over the app. */
async function noted(
  request: PipelineRequest,
  next: SendRequest,
  provider: string,
  span: Span,
): Promise<PipelineResponse> {
  const began = Date.now();
  let response: PipelineResponse | undefined;
  try {
    response = await next(request);
    return response;
  } finally {
    const requestId = response?.headers.get("x-ms-request-id");
    const correlationId = response?.headers.get("x-ms-correlation-request-id");
    const status = response?.status ?? 0;
    const ids = { ...(requestId ? { requestId } : {}), ...(correlationId ? { correlationId } : {}) };
    noteRequest({ ...whichOf(request), status, ms: Date.now() - began, ...ids });
    span.setAttributes({
      "http.response.status_code": status,
      ...(requestId ? { "az.service_request_id": requestId } : {}),
      ...(correlationId ? { "az.correlation_id": correlationId } : {}),
    });
    if (status >= 400) fail(span, String(status));
    measure("goldsmith.arm.requests", 1, { method: request.method, provider, status });
    if (status === 429) measure("goldsmith.arm.throttles", 1, { provider });
  }
}
