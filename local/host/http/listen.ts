import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Listener } from "./front.ts";

/** Ms (real): longer than clients keep a connection, or one may close just as the other uses it again. */
const keepAliveTimeout = 65_000;

/** A listening server; until `answerWith` it answers 503, as a host that is starting does. */
export interface Door {
  readonly port: number;
  answerWith(listener: Listener): void;
  close(): Promise<void>;
}

/** Listens on `hostname:port` (0 = any free port). Rejects when the port is taken. */
export async function openDoor(hostname: string, port: number): Promise<Door> {
  let listener: Listener = (_request, response) => response.writeHead(503).end();
  // No limit for a whole request: uploads may take their time, as they may on Azure.
  const server = createServer({ requestTimeout: 0, keepAliveTimeout }, (request, response) =>
    listener(request, response),
  );
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "EADDRINUSE" ? new Error(`port ${port} is taken`) : error),
    );
    server.listen(port, hostname, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    answerWith(given) {
      listener = given;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
