import { randomUUID } from "node:crypto";
import { request as httpRequest, type IncomingMessage } from "node:http";
import type { Invoke } from "../worker/invoke.ts";
import type { TypedData } from "../worker/typedData.ts";
import type { Exchange } from "./exchange.ts";
import { headersOf } from "./functionCall.ts";
import type { RouteMatch } from "./routes.ts";

const hopByHop = ["connection", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer", "x-ms-invocation-id"];

/**
 * Calls an HTTP function of an app with `enableHttpStream`: the raw request goes to the library's own server, marked with
 * the invocation's id, and the answer comes back on that connection. Rejects when the function fails.
 */
export async function streamFunction(
  exchange: Exchange,
  match: RouteMatch,
  invoke: Invoke,
  target: string,
): Promise<void> {
  const id = randomUUID();
  const abort = new AbortController();
  const answered = proxy(exchange, new URL(target), id, abort.signal);
  answered.catch(() => {});
  try {
    await invoke({ function: match.route.function, id, trigger: { http: {} }, metadata: metadataOf(exchange, match) });
    await answered;
  } catch (error) {
    abort.abort();
    throw error;
  }
}

function metadataOf({ request, url }: Exchange, { values }: RouteMatch): Record<string, TypedData> {
  return {
    Headers: { json: JSON.stringify(headersOf(request.headers)) },
    Query: { json: JSON.stringify(Object.fromEntries(url.searchParams)) },
    ...Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { string: value }])),
  };
}

function proxy(
  { request, response, url, letGo }: Exchange,
  target: URL,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = {
      ...request.headers,
      "x-ms-invocation-id": id,
      "x-forwarded-host": request.headers.host ?? "",
      "x-forwarded-proto": "http",
    };
    const options = {
      hostname: target.hostname,
      port: target.port,
      method: request.method,
      path: url.pathname + url.search,
      headers,
      signal,
    };
    const upstream = httpRequest(options, (answer) => {
      response.writeHead(answer.statusCode ?? 502, endToEnd(answer));
      answer.pipe(response);
      letGo();
      answer.once("error", reject);
      response.once("close", resolve);
    });
    upstream.once("error", reject);
    response.once("close", () => {
      if (!response.writableFinished) upstream.destroy();
    });
    request.pipe(upstream);
  });
}

function endToEnd(answer: IncomingMessage): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(answer.headers))
    if (value !== undefined && !hopByHop.includes(name)) headers[name] = value;
  return headers;
}
