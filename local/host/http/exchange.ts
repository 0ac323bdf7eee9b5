import type { IncomingMessage, ServerResponse } from "node:http";
import type { Release } from "../../clock.ts";

/** One request and the answer to it. `path` is without the query and not decoded. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly path: string;
  /** Gives up the hold on the clock that the request has: its answer may now take time. */
  readonly letGo: Release;
}

/** The client asked for something that is answered with a bare status. */
export class HttpRefusal extends Error {
  readonly status: number;
  constructor(status: number, message = "") {
    super(message);
    this.status = status;
  }
}

/** Throws for a URL that is none (400). */
export function exchangeOf(request: IncomingMessage, response: ServerResponse, letGo: Release): Exchange {
  const base = `http://${request.headers.host ?? "localhost"}`;
  if (!URL.canParse(request.url ?? "/", base)) throw new HttpRefusal(400);
  const url = new URL(request.url ?? "/", base);
  return { request, response, url, path: url.pathname, letGo };
}

/** Answers without a body, as the host does for everything it says itself. */
export function sendStatus({ response }: Exchange, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-length": "0", ...headers }).end();
}

export function sendJson(
  { response }: Exchange,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  response
    .writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers })
    .end(JSON.stringify(value));
}

export function sendText({ response }: Exchange, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(text);
}

/** The key a caller brought: header first, else query. */
export function givenKey({ request, url }: Exchange): string | undefined {
  const header = request.headers["x-functions-key"];
  return (Array.isArray(header) ? header[0] : header) ?? url.searchParams.get("code") ?? undefined;
}

/** The whole body. Rejects with 413 beyond `limit` bytes, having read on so that the client gets to see the answer. */
export async function readBody({ request }: Exchange, limit: number): Promise<Buffer> {
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > limit) {
    request.resume();
    throw new HttpRefusal(413);
  }
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > limit) {
      request.resume();
      throw new HttpRefusal(413);
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** Decodes a part of a path; throws 400 where it is not well formed. */
export function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new HttpRefusal(400);
  }
}
