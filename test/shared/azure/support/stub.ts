import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Azure } from "../../../../shared/azure/azure.ts";
import { connectAzure } from "../../../../shared/azure/index.ts";
import { localhostCertificate } from "./certificate.ts";

/** A request as it came over the wire. */
interface Received {
  readonly method: string;
  /** As sent: double slashes are not collapsed. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
}

export type Reply =
  | { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
  | { readonly raw: (response: ServerResponse) => void };

type Handler = (request: Received) => Reply;

/** An HTTPS server that answers what a test says, for the real SDKs; anything else is a 418 that no test expects. */
export interface Stub {
  readonly azure: Azure;
  readonly endpoint: string;
  readonly requests: Received[];
  /** `route` is `GET /path`, in any casing; several replies are given one after the other, the last one for ever. */
  on(route: string, ...replies: readonly (Reply | Handler)[]): void;
  reset(): void;
  close(): Promise<void>;
}

/** The token every request must carry. */
export const stubToken = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzdHViIn0.c2ln";

/** An error in ARM's envelope. */
export function armError(status: number, code: string, message: string, more: object = {}, headers = {}): Reply {
  return { status, body: { error: { code, message, ...more } }, headers };
}

export async function startStub(): Promise<Stub> {
  const { key, certificate } = localhostCertificate();
  trust(certificate);
  const routes = new Map<string, (Reply | Handler)[]>();
  const requests: Received[] = [];
  const server = createServer({ key, cert: certificate }, (message, response) => {
    void received(message).then((request) => {
      requests.push(request);
      const replies = routes.get(`${request.method} ${request.path}`.toLowerCase());
      const reply = replies && (replies.length > 1 ? replies.shift()! : replies[0]!);
      answer(response, reply === undefined ? unknown(request) : typeof reply === "function" ? reply(request) : reply);
    });
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const endpoint = `https://localhost:${(server.address() as AddressInfo).port}`;
  const credential = { getToken: async () => ({ token: stubToken, expiresOnTimestamp: Date.now() + 3_600_000 }) };
  return {
    azure: connectAzure({ armEndpoint: endpoint, armScope: "https://management.azure.com/.default" }, credential),
    endpoint,
    requests,
    on: (route, ...replies) => void routes.set(route.toLowerCase(), [...replies]),
    reset() {
      routes.clear();
      requests.length = 0;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** The process trusts this authority from now on, as NODE_EXTRA_CA_CERTS would make it. Jest's own `require` would give a copy of the module. */
export function trust(authority: string): void {
  const tls = process.getBuiltinModule("node:tls");
  tls.setDefaultCACertificates([...tls.getCACertificates("default"), authority]);
}

async function received(message: IncomingMessage): Promise<Received> {
  const [path = "", query = ""] = (message.url ?? "").split("?");
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  const body = text === "" ? undefined : (JSON.parse(text) as unknown);
  return {
    method: message.method ?? "",
    path: decodeURIComponent(path),
    query: new URLSearchParams(query),
    headers: message.headers,
    body,
  };
}

function unknown({ method, path }: Received): Reply {
  return armError(418, "NoSuchRoute", `The stub has no answer to ${method} ${path}`);
}

function answer(response: ServerResponse, reply: Reply): void {
  if ("raw" in reply) {
    reply.raw(response);
    return;
  }
  const { status, body, headers = {} } = reply;
  const always = { "x-ms-request-id": "request-1", "x-ms-correlation-request-id": "correlation-1" };
  response.writeHead(status, {
    ...always,
    ...(body === undefined ? {} : { "content-type": "application/json" }),
    ...headers,
  });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
