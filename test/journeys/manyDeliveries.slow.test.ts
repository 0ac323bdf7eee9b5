import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { sampleTemplate } from "../../local/estate.ts";
import { endStorage, startWorld, type TestWorld } from "./world.ts";

const builds = 200;
const names = ["hook-a", "hook-b", "room", "channel", "mailbox", "queue"];
/** How often each target was given each message. */
const heard = new Map<string, number>();
let calls = 0;
let busy = 0;
let receiver: Server;
let world: TestWorld;

beforeAll(async () => {
  receiver = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    calls += 1;
    if (calls % 17 === 0) {
      busy += 1;
      response.writeHead(429, { "retry-after": "3" }).end();
      return;
    }
    const key = `${request.url?.split("/")[1]} ${about(request.headers, body)}`;
    heard.set(key, (heard.get(key) ?? 0) + 1);
    response.writeHead(request.url?.startsWith("/channel") ? 200 : 202).end("ok");
  }).listen(0, "127.0.0.1");
  await once(receiver, "listening");
  const base = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  const events = "*";
  world = await startWorld({
    settings: {
      GOLDSMITH_ALLOW_LOOPBACK_TARGETS: "true",
      GOLDSMITH_RECONCILE_SCHEDULE: "0 0 * * * *",
      GOLDSMITH_TARGETS: JSON.stringify([
        { name: "hook-a", kind: "webhook", url: `${base}/hook-a`, events },
        { name: "hook-b", kind: "webhook", url: `${base}/hook-b`, events },
        { name: "room", kind: "teams", secretRef: "ROOM", events },
        { name: "channel", kind: "slack", secretRef: "CHANNEL", events },
        { name: "mailbox", kind: "webhook", url: `${base}/mailbox`, events },
        { name: "queue", kind: "webhook", url: `${base}/queue`, events },
      ]),
      ROOM: `${base}/room`,
      CHANNEL: `${base}/channel`,
    },
  });
});
afterAll(async () => {
  await world.stop();
  await endStorage();
  receiver.close();
});

/** Which message it was: machines are told an id, people are told which build began or ended. */
function about(headers: Readonly<Record<string, unknown>>, body: string): string {
  if (headers["webhook-id"]) return String(headers["webhook-id"]);
  const build = /many-\d+-[0-9a-f]{12}/.exec(body)?.[0];
  return `${build}-${body.includes("is being built") ? "started" : "cancelled"}`;
}

test(`${builds} builds at once × ${names.length} targets, each of them busy now and then: every message arrives once`, async () => {
  const { estate } = world;
  const ids: string[] = [];
  for (let i = 0; i < builds; i++) {
    const template = { resourceGroupId: estate.imagesGroup, name: `many-${i}`, body: sampleTemplate(estate) };
    const { body } = await world.call("POST", "builds", { template, mode: "advise" });
    ids.push(String(body.id));
  }
  await world.clock.advance(60_000);
  for (const id of ids) await world.call("POST", `builds/${id}/cancel`);
  const ends = new Map<string, string>();
  for (const id of ids) ends.set(id, (await world.built(id)).state);
  expect(new Set(ends.values())).toEqual(new Set(["cancelled"]));
  await world.clock.advance(60 * 60_000);
  const expected = ids.flatMap((id) =>
    ["started", "cancelled"].flatMap((moment) => names.map((name) => `${name} ${id}-${moment}`)),
  );
  expect([...heard.keys()].sort()).toEqual(expected.sort());
  expect([...heard.values()].filter((times) => times !== 1)).toEqual([]);
  expect(busy).toBeGreaterThan(expected.length / 20);
  console.log(`${expected.length} messages in ${calls} calls; ${busy} times a target was busy`);
}, 600_000);
