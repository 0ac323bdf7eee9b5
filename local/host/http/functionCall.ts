import type { IncomingHttpHeaders } from "node:http";
import type { Invoke } from "../worker/invoke.ts";
import type { RpcCookie, RpcHttp, TypedData } from "../worker/typedData.ts";
import { type Exchange, readBody, sendStatus } from "./exchange.ts";
import type { RouteMatch } from "./routes.ts";

/** Calls an HTTP function with the whole request and sends what it returns. Rejects when the function fails. */
export async function callFunction(
  exchange: Exchange,
  { route, values }: RouteMatch,
  invoke: Invoke,
  bodyLimit: number,
): Promise<void> {
  const body = await readBody(exchange, bodyLimit);
  const { returned } = await invoke({ function: route.function, trigger: { http: requestOf(exchange, values, body) } });
  if (returned?.http) return sendHttp(exchange, returned.http);
  // Without a response object the real host answers 204 for nothing, and the value itself otherwise.
  const text = returned?.string ?? returned?.json;
  if (text === undefined) return sendStatus(exchange, 204);
  exchange.response.writeHead(200, { "content-type": "text/plain; charset=utf-8" }).end(text);
}

function requestOf({ request, url }: Exchange, values: Readonly<Record<string, string>>, body: Buffer): RpcHttp {
  return {
    method: request.method ?? "GET",
    url: url.href,
    nullableHeaders: nullable(Object.entries(headersOf(request.headers))),
    nullableQuery: nullable(Object.entries(queryOf(url))),
    nullableParams: nullable(Object.entries(values)),
    headers: {},
    query: {},
    params: {},
    ...(body.length > 0 && { body: { bytes: body } }),
  };
}

const nullable = (entries: readonly (readonly [string, string])[]) =>
  Object.fromEntries(entries.map(([name, value]) => [name, { value }]));

/** Headers as one text each. */
export function headersOf(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : (value ?? "")]),
  );
}

/** A key that comes twice is one key with both values, joined by a comma, as ASP.NET hands it on. */
function queryOf(url: URL): Record<string, string> {
  const query: Record<string, string> = {};
  for (const [name, value] of url.searchParams) query[name] = name in query ? `${query[name]},${value}` : value;
  return query;
}

function sendHttp({ response }: Exchange, http: RpcHttp): void {
  const headers: Record<string, string | string[]> = { ...http.headers };
  if (http.cookies?.length) headers["set-cookie"] = http.cookies.map(cookieText);
  const body = bodyOf(http.body);
  response.writeHead(Number(http.statusCode ?? 200), headers);
  response.end(body);
}

function bodyOf(body: TypedData | undefined | null): Buffer | string | undefined {
  if (body?.bytes) return Buffer.from(body.bytes);
  return body?.string ?? body?.json;
}

function cookieText(cookie: RpcCookie): string {
  const expires = cookie.expires?.value;
  const parts = [
    `${cookie.name}=${encodeURIComponent(cookie.value)}`,
    expires !== undefined && `expires=${new Date(expires as string | number).toUTCString()}`,
    cookie.maxAge && `max-age=${cookie.maxAge.value}`,
    cookie.domain && `domain=${cookie.domain.value}`,
    `path=${cookie.path?.value ?? "/"}`,
    cookie.secure?.value && "secure",
    cookie.sameSite &&
      cookie.sameSite !== "none" &&
      `samesite=${cookie.sameSite === "explicitNone" ? "none" : cookie.sameSite}`,
    cookie.httpOnly?.value && "httponly",
  ];
  return parts.filter(Boolean).join("; ");
}
