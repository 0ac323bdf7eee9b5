import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { answerArm } from "./arm.ts";
import type { Emulation } from "./emulation.ts";
import type { Fault } from "./faults.ts";
import { subscriptionOf } from "./ids.ts";
import { objectOf } from "./json.ts";
import { answerAnother } from "./precede.ts";
import { type Answer, AzureError, type Caller, type Json, type JsonObject, type Method } from "./world.ts";

/** A request as it came in over HTTPS. */
export interface Incoming {
  readonly method: Method;
  /** Decoded, double slashes collapsed. */
  readonly path: string;
  /** Path and query as sent. */
  readonly url: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const largestBody = 4 * 1024 * 1024;

/** Reads a request; throws 413 above 4 MB, 400 for a path that is not UTF-8. */
export async function readRequest(message: IncomingMessage): Promise<Incoming> {
  const url = message.url ?? "/";
  const [rawPath = "/", ...rest] = url.split("?");
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    // Read to its end all the same: what is left in a connection would hold up the next request on it.
    if (size <= largestBody) chunks.push(chunk);
  }
  if (size > largestBody)
    throw new AzureError(
      413,
      "RequestEntityTooLarge",
      `The request content size exceeds the maximum of ${largestBody} bytes.`,
    );
  const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, String(value)]));
  return {
    method: (message.method ?? "GET") as Method,
    path: decodePath(rawPath),
    url,
    query: new URLSearchParams(rest.join("?")),
    headers,
    body: Buffer.concat(chunks),
  };
}

function decodePath(path: string): string {
  try {
    return path
      .replace(/\/{2,}/g, "/")
      .split("/")
      .map(decodeURIComponent)
      .join("/");
  } catch {
    throw new AzureError(400, "InvalidRequestUri", "The request URI could not be decoded.");
  }
}

/** Answers a request to ARM: token, faults, throttling, the operation, the headers that every answer has, the record. */
export async function serveArm(emulation: Emulation, incoming: Incoming, response: ServerResponse): Promise<void> {
  const { world } = emulation;
  const correlationId = incoming.headers["x-ms-correlation-request-id"] ?? randomUUID();
  let caller: Caller | undefined;
  let fault: Fault | undefined;
  let answer: Answer;
  let limits: Record<string, string> = {};
  try {
    caller = callerOf(emulation, incoming.headers);
    fault = emulation.faults.take({
      method: incoming.method,
      url: incoming.url,
      caller: callerName(emulation, caller),
      principalId: caller.principalId,
    });
    if (fault?.kind === "reset") return void response.destroy();
    if (fault?.kind === "status") throw faultError(fault);
    if (fault?.kind === "latency") await realWait(fault.milliseconds);
    if (fault?.kind === "precededBy") await answerAnother(emulation, fault);
    limits = emulation.throttle.take(incoming.method, subscriptionOf(incoming.path), caller.principalId);
    const headers = { ...incoming.headers, "x-ms-correlation-request-id": correlationId };
    answer = await answerArm(emulation, { ...incoming, headers, caller });
    if (fault?.kind === "acceptedThenReset") return void response.destroy();
    if (fault?.kind === "acceptedThenStatus") throw faultError(fault);
    if (fault?.kind === "retryAfter") answer = { ...answer, headers: { ...answer.headers, ...fault.headers } };
  } catch (error) {
    answer = answerOf(world.log, error);
    if (fault?.body !== undefined && error instanceof FaultError) answer = { ...answer, body: fault.body };
  }
  const sent = {
    ...answer,
    headers: { ...limits, ...everyAnswer(emulation, incoming, correlationId), ...answer.headers },
  };
  const shown = withScaledRetry(sent, world.clock.speed);
  if (world.switches.latencyMs > 0) await realWait(world.switches.latencyMs);
  emulation.record({
    method: incoming.method,
    url: `${world.endpoint}${incoming.url}`,
    requestHeaders: incoming.headers,
    requestBody: parsed(incoming.body),
    status: shown.status,
    responseHeaders: headersOf(shown, incoming.method),
    responseBody: shown.body ?? null,
    caller: caller ? callerName(emulation, caller) : "anonymous",
    at: new Date(world.clock.now()).toISOString(),
  });
  if (fault?.kind === "truncated") return sendHalf(response, shown, incoming.method);
  send(response, shown, incoming.method);
}

/** Three tokens of other tenants at most, all of the same client (image-builder.md §8.3). */
const mostAuxiliary = 3;

/** Who sent a request, and who he is in other tenants by `x-ms-authorization-auxiliary`. */
function callerOf({ tokens, world }: Emulation, headers: Readonly<Record<string, string>>): Caller {
  const audiences = armAudiences(world.endpoint);
  const caller = tokens.check(headers.authorization, audiences);
  const auxiliary = (headers["x-ms-authorization-auxiliary"] ?? "")
    .split(/[,;]/)
    .map((one) => one.trim())
    .filter((one) => one !== "");
  if (auxiliary.length === 0) return caller;
  const others = auxiliary.map((one) => tokens.check(one, audiences));
  if (others.length > mostAuxiliary || others.some(({ clientId }) => clientId !== caller.clientId))
    throw new AzureError(
      401,
      "InvalidAuthenticationToken",
      "The auxiliary tokens are invalid: at most three, of the same client as the primary token.",
    );
  return { ...caller, others };
}

/** The head of an answer, half of its body, and the end of the connection. */
function sendHalf(response: ServerResponse, answer: Answer, method: string): void {
  response.writeHead(answer.status, {
    ...headersOf(answer, method),
    "content-length": textOf(answer, method).length + 2,
  });
  const text = textOf(answer, method);
  response.write(text.slice(0, text.length / 2) || " ", () => void response.destroy());
}

class FaultError extends AzureError {}

function faultError(fault: Fault): FaultError {
  return new FaultError(fault.status, fault.code, fault.message, { headers: fault.headers });
}

/** The audiences whose tokens ARM takes, in lower case and without a trailing slash. */
function armAudiences(endpoint: string): readonly string[] {
  return ["https://management.azure.com", "https://management.core.windows.net", endpoint];
}

/** `owner`, `app`, or the principal's id. */
function callerName({ settings }: Emulation, caller: Caller): string {
  if (caller.principalId === settings.owner.principalId) return "owner";
  return caller.principalId === settings.app.principalId ? "app" : caller.principalId;
}

/** An error in ARM's envelope; anything unexpected is a 500, and goes to the log. */
export function answerOf(log: (line: string) => void, error: unknown): Answer {
  if (!(error instanceof AzureError)) {
    log(`failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return {
      status: 500,
      body: { error: { code: "InternalServerError", message: "The emulator itself failed; its log says why." } },
    };
  }
  const body: JsonObject = {
    code: error.code,
    message: error.message,
    ...(error.target ? { target: error.target } : {}),
    ...(error.details ? { details: error.details as readonly Json[] } : {}),
  };
  return { status: error.status, headers: error.headers, body: { error: body } };
}

function everyAnswer({ world }: Emulation, incoming: Incoming, correlationId: string): Record<string, string> {
  const stamp = new Date(world.clock.now()).toISOString().replace(/[-:]|\.\d+/g, "");
  const clientRequestId = incoming.headers["x-ms-client-request-id"];
  const wanted = incoming.headers["x-ms-return-client-request-id"]?.toLowerCase() === "true";
  return {
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
    "x-ms-request-id": randomUUID(),
    "x-ms-correlation-request-id": correlationId,
    "x-ms-routing-request-id": `LOCAL:${stamp}:${randomUUID()}`,
    ...(wanted && clientRequestId ? { "x-ms-client-request-id": clientRequestId } : {}),
  };
}

/** Seconds that the Azure CLI waits between two looks at an operation whose answers do not say how long. */
const usualWait = 30;

/** Where emulated time does not run with the wall, a waiting client is told the wall's milliseconds as well: also one that Azure tells nothing. */
export function withScaledRetry(answer: Answer, speed: number): Answer {
  const said = answer.headers?.["retry-after"];
  if (speed === 1 || (said === undefined && !goesOn(answer))) return answer;
  const seconds = Number(said ?? usualWait);
  if (!Number.isFinite(seconds)) return answer;
  const milliseconds = speed > 0 ? Math.max(1, Math.round((seconds * 1000) / speed)) : 5;
  return { ...answer, headers: { ...answer.headers, "x-ms-retry-after-ms": String(milliseconds) } };
}

/** Whether an answer begins an operation, or says that one goes on. */
function goesOn({ headers = {}, body }: Answer): boolean {
  return headers["azure-asyncoperation"] !== undefined || objectOf(body).status === "InProgress";
}

/** Writes an answer as JSON. */
export function send(response: ServerResponse, answer: Answer, method: string): void {
  response.writeHead(answer.status, headersOf(answer, method));
  response.end(textOf(answer, method));
}

const textOf = (answer: Answer, method: string) =>
  answer.body === undefined || method === "HEAD" ? "" : JSON.stringify(answer.body);

/** The headers of an answer as they go out. */
function headersOf(answer: Answer, method: string): Record<string, string> {
  const text = textOf(answer, method);
  return {
    ...(text ? { "content-type": "application/json; charset=utf-8" } : {}),
    ...answer.headers,
    ...(answer.status === 204 ? {} : { "content-length": String(Buffer.byteLength(text)) }),
  };
}

function parsed(body: Buffer): unknown {
  if (body.length === 0) return null;
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return body.toString("utf8");
  }
}

function realWait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
