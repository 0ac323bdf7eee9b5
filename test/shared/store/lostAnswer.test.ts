import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Store } from "../../../shared/store/store.ts";
import { aBuild, storeOfFile } from "./account.ts";

const open = storeOfFile();

/** Stands before the tables at `real`: whatever changes a row is done, but the answer to the first such request gets lost. */
function forgetfulProxy(): { readonly server: Server; real: string; lost: number } {
  const proxy = {
    lost: 0,
    real: "",
    server: createServer((incoming, outgoing) => {
      const { hostname, port } = new URL(proxy.real);
      const writes = incoming.method !== "GET" && !/\/Tables\b/.test(incoming.url ?? "");
      const { method, headers, url: path } = incoming;
      const onward = request({ hostname, port, path, method, headers, agent: false }, (answer) => {
        if (writes && proxy.lost === 0) {
          proxy.lost += 1;
          answer.resume().once("end", () => incoming.socket.destroy());
          return;
        }
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      });
      incoming.pipe(onward);
    }),
  };
  return proxy;
}

test.each<[string, (store: Store) => Promise<unknown>, unknown]>([
  ["the first who saw something", (store) => store.seen.first("event", "e1"), true],
  [
    "a claimed key",
    (store) => store.idempotency.claim("k1", { bodyHash: "hash", id: "build" }),
    expect.objectContaining({ id: "build" }),
  ],
  ["a created build", (store) => store.builds.create(aBuild("unheard", 1)), true],
  ["a lease", (store) => store.leases.acquire("l1", "ann", 60_000), { fence: 1 }],
])("%s is still ours when the answer to the request got lost", async (_, write, expected) => {
  const proxy = forgetfulProxy();
  await new Promise<void>((resolve) => proxy.server.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = proxy.server.address() as AddressInfo;
    const store = open((real) => {
      proxy.real = real;
      return `http://127.0.0.1:${port}`;
    });
    expect(await write(store)).toEqual(expected);
    expect(proxy.lost).toBe(1);
  } finally {
    proxy.server.closeAllConnections();
    proxy.server.close();
  }
});
