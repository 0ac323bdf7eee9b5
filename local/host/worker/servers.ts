import type { Server } from "node:http";
import { machineRealm } from "../realm.ts";

/** The library starts a server of its own for streams and never stops it; whoever unloads the app must. */
export async function collectingServers<T>(servers: Set<Server>, work: () => Promise<T>): Promise<T> {
  const http = machineRealm().globals.process.getBuiltinModule("node:http");
  const real = http.createServer;
  http.createServer = ((...args: Parameters<typeof real>) => {
    const server = real(...args);
    servers.add(server);
    return server;
  }) as typeof real;
  try {
    return await work();
  } finally {
    http.createServer = real;
  }
}

/** Closes servers with whatever is connected to them. */
export function closeServers(servers: Iterable<Server>): void {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
}
