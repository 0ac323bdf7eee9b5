import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** What a webhook was sent. */
interface Delivered {
  readonly headers: IncomingHttpHeaders;
  // biome-ignore lint/suspicious/noExplicitAny: tests read wire JSON by path
  readonly body: any;
}

/** A webhook that shakes hands and notes what it is sent. */
export interface Sink {
  readonly url: string;
  readonly delivered: Delivered[];
  /** Statuses of the next notifications; 200 once they are used up. */
  readonly statuses: number[];
  stop(): Promise<void>;
}

/** Starts a webhook on loopback; a stubborn one does not answer challenges. */
export async function startSink(stubborn = false): Promise<Sink> {
  const delivered: Delivered[] = [];
  const statuses: number[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    if (request.method === "OPTIONS") {
      response.writeHead(
        200,
        stubborn ? {} : { "webhook-allowed-origin": String(request.headers["webhook-request-origin"]) },
      );
      return response.end();
    }
    const body = JSON.parse(Buffer.concat(parts).toString());
    if (request.headers["aeg-event-type"] === "SubscriptionValidation") {
      response.writeHead(200, { "content-type": "application/json" });
      return response.end(JSON.stringify(stubborn ? {} : { validationResponse: body[0].data.validationCode }));
    }
    delivered.push({ headers: request.headers, body });
    response.writeHead(statuses.shift() ?? 200);
    return response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?code=secret`,
    delivered,
    statuses,
    stop: () => close(server),
  };
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
