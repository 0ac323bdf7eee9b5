import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { sampleTemplate } from "../../local/estate.ts";
import { endStorage, startWorld, type TestWorld } from "./world.ts";

interface Line {
  readonly id: string;
  readonly buildId: string;
  readonly target: string;
  readonly event: string;
  readonly state: string;
  readonly attempts: number;
}

/** What each path answers from now on, and what it was told so far. */
const answers: Record<string, number> = {};
const heard: { readonly path: string; readonly id: string }[] = [];
let receiver: Server;
let world: TestWorld;

beforeAll(async () => {
  receiver = createServer((request, response) => {
    const path = request.url ?? "";
    request.resume().on("end", () => {
      heard.push({ path, id: String(request.headers["webhook-id"]) });
      response.writeHead(answers[path] ?? 204).end();
    });
  }).listen(0, "127.0.0.1");
  await once(receiver, "listening");
  const { port } = receiver.address() as AddressInfo;
  const hook = (name: string, more: object = {}) => ({
    name,
    kind: "webhook",
    url: `http://127.0.0.1:${port}/${name}`,
    events: "*",
    ...more,
  });
  world = await startWorld({
    settings: {
      GOLDSMITH_ALLOW_LOOPBACK_TARGETS: "true",
      GOLDSMITH_RECONCILE_SCHEDULE: "0 0 * * * *",
      GOLDSMITH_TARGETS: JSON.stringify([
        hook("well"),
        hook("gone"),
        hook("flaky"),
        hook("worst", { severity: "error" }),
        hook("others", { templates: ["silver/*"] }),
      ]),
    },
  });
});
afterAll(async () => {
  await world.stop();
  await endStorage();
  receiver.close();
});

const log = async (query: string) => (await world.call<{ value: Line[] }>("GET", `deliveries?${query}`)).body.value;
const states = async (target: string) => (await log(`target=${target}`)).map(({ state }) => state);
const targets = async () =>
  (await world.call<{ value: { name: string; state: string }[] }>("GET", "targets")).body.value;
const at = (path: string) => heard.filter((one) => one.path === path);

/** A build that is told twice, by its start and by its end. */
async function cancelled(name: string): Promise<void> {
  const { estate } = world;
  const template = { resourceGroupId: estate.imagesGroup, name, body: sampleTemplate(estate) };
  const { body } = await world.call("POST", "builds", { template });
  await world.clock.until(async () => heard.some(({ id }) => id === `${body.id}-started`));
  await world.call("POST", `builds/${body.id}/cancel`);
  await world.built(String(body.id));
  await world.clock.advance(1000);
}

test("each target is told what it wants to hear of, and the log says so", async () => {
  answers["/gone"] = 410;
  answers["/flaky"] = 503;
  await cancelled("first");
  expect(await states("well")).toEqual(["delivered", "delivered"]);
  expect([await states("worst"), await states("others")]).toEqual([[], []]);
});

test("who answers 410 is left alone from then on, and the log says why", async () => {
  expect(await states("gone")).toEqual(["disabled", "disabled"]);
  const before = at("/gone").length;
  await cancelled("second");
  expect(at("/gone")).toHaveLength(before);
  expect(await states("gone")).toEqual(["disabled", "disabled", "disabled", "disabled"]);
  expect((await targets()).map(({ name, state }) => [name, state])).toContainEqual(["gone", "off"]);
});

test("a test that is delivered turns a target on again, and one that is not says what to do", async () => {
  const refused = await world.call<{ delivered: boolean; problem: { fix: string[] } }>("POST", "targets/gone/test");
  expect(refused.body).toMatchObject({ delivered: false, problem: { code: "TargetGone" } });
  answers["/gone"] = 204;
  expect((await world.call("POST", "targets/gone/test")).body).toEqual({ target: "gone", delivered: true });
  expect((await targets()).every(({ state }) => state === "on")).toBe(true);
  expect((await world.call("POST", "targets/nobody/test")).status).toBe(404);
});

test("what a target missed is replayed under its first id, and what is under way is not", async () => {
  const [missed] = await log("target=gone&state=disabled&limit=1");
  const replay = (line: Line | undefined) =>
    world.call("POST", `builds/${line?.buildId}/deliveries/${line?.id}/replay`);
  expect((await replay(missed)).status).toBe(202);
  await world.clock.advance(1000);
  expect((await log("target=gone"))[0]).toMatchObject({ id: missed?.id, state: "delivered" });
  expect(at("/gone").at(-1)?.id).toBe(missed?.id.replace(/-gone$/, ""));
  const [pending] = await log("target=flaky&state=pending");
  expect((await replay(pending)).body).toMatchObject({ code: "DeliveryUnderWay" });
});

test("who is busy is tried again by the schedule until it listens, and then no more", async () => {
  expect((await log("target=flaky"))[0]).toMatchObject({ state: "pending" });
  answers["/flaky"] = 204;
  await world.clock.advance(45 * 60_000);
  const lines = await log("target=flaky");
  expect(lines.map(({ state }) => state)).toEqual(Array(4).fill("delivered"));
  expect(lines.every(({ attempts }) => attempts > 1)).toBe(true);
  const told = at("/flaky").length;
  await world.clock.advance(48 * 3_600_000);
  expect(at("/flaky")).toHaveLength(told);
});
