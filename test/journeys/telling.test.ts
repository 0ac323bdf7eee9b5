import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { sampleTemplate } from "../../local/estate.ts";
import type { Build } from "../../shared/build.ts";
import type { Delivery } from "../../shared/delivery.ts";
import { approver, endStorage, startWorld, type TestWorld } from "./world.ts";

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const secret = `whsec_${Buffer.from("a secret of thirty-two bytes ok!").toString("base64")}`;
const heard: Received[] = [];
let receiver: Server;
let world: TestWorld;

beforeAll(async () => {
  receiver = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      heard.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
      response.writeHead(204).end();
    });
  }).listen(0, "127.0.0.1");
  await once(receiver, "listening");
  const { port } = receiver.address() as AddressInfo;
  world = await startWorld({
    settings: {
      GOLDSMITH_ALLOW_LOOPBACK_TARGETS: "true",
      GOLDSMITH_RECONCILE_SCHEDULE: "0 0 * * * *",
      GOLDSMITH_TARGETS: JSON.stringify([
        { name: "hook", kind: "webhook", secretRef: "HOOK", events: ["*"] },
        { name: "ends", kind: "webhook", secretRef: "HOOK", events: ["io.goldsmith.build.succeeded.v1"] },
        { name: "rest", kind: "webhook", secretRef: "HOOK", events: ["io.goldsmith.audit.drift.v1"] },
        { name: "dead", kind: "webhook", secretRef: "DEAD", events: ["*"] },
      ]),
      HOOK: JSON.stringify({ url: `http://127.0.0.1:${port}/hook?sig=hidden`, secret }),
      DEAD: JSON.stringify({ url: "http://127.0.0.1:9/gone", secret }),
    },
  });
});
afterAll(async () => {
  await world.stop();
  await endStorage();
  receiver.close();
});

test("everybody who asked for it is told, signed, and a dead target costs its own retries and a line, never the build", async () => {
  const { estate } = world;
  const template = { resourceGroupId: estate.imagesGroup, name: "told", body: sampleTemplate(estate) };
  const started = await world.call("POST", "builds", { template });
  const build = await world.built(String(started.body.id));
  expect(build.state).toBe("succeeded");
  const types = heard.map(({ body }) => (JSON.parse(body) as { type: string }).type).sort();
  expect(types).toEqual([
    "io.goldsmith.build.started.v1",
    "io.goldsmith.build.succeeded.v1",
    "io.goldsmith.build.succeeded.v1",
  ]);
  for (const { headers, body } of heard) {
    const at = new Date(Number(headers["webhook-timestamp"]) * 1000);
    expect(headers["webhook-signature"]).toBe(new Webhook(secret).sign(String(headers["webhook-id"]), at, body));
  }
});

test("the dead target is tried by the schedule for days, and then given up, while the build has long ended", async () => {
  const [build] = (await world.call<{ value: { id: string }[] }>("GET", "builds")).body.value;
  await world.clock.advance(90 * 3_600_000);
  const { body: view } = await world.call<{ deliveries: { target: string; state: string; attempts: number }[] }>(
    "GET",
    `builds/${build?.id}`,
  );
  const dead = view.deliveries.filter(({ target }) => target === "dead");
  expect(dead).toHaveLength(2);
  expect(dead.every(({ state, attempts }) => state === "failed" && attempts === 10)).toBe(true);
});

test("who was told of a version is told of its revocation, wanted or not; who was not, and does not want it, is not", async () => {
  const [build] = (await world.call<{ value: Build[] }>("GET", "builds")).body.value;
  const versionId = build?.artifacts?.[0]?.id ?? "";
  const revoked = "io.goldsmith.image.revoked.v1";
  const from = heard.length;
  expect((await world.call("POST", "revocations", { versionId, reason: "CVE-2026-1" }, approver)).status).toBe(202);
  const sent = async () =>
    (await world.call<{ value: Delivery[] }>("GET", "deliveries")).body.value.filter(({ event }) => event === revoked);
  await world.clock.until(async () => (await sent()).filter(({ state }) => state === "delivered").length === 2);
  expect((await sent()).map(({ target }) => target).sort()).toEqual(["dead", "ends", "hook"]);
  expect(heard.slice(from).map(({ body }) => (JSON.parse(body) as { type: string }).type)).toEqual([revoked, revoked]);
});

test("no address, query or secret of a target stands in a build, its plan or its timeline", async () => {
  const [build] = (await world.call<{ value: { id: string }[] }>("GET", "builds")).body.value;
  const text = JSON.stringify((await world.call("GET", `builds/${build?.id}`)).body);
  for (const hidden of ["hidden", "whsec_", secret.slice(6), "127.0.0.1"]) expect(text).not.toContain(hidden);
});
