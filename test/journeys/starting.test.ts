import { sampleTemplate } from "../../local/estate.ts";
import type { Build } from "../../shared/build.ts";
import { endStorage, startWorld, type TestWorld, writesOf } from "./world.ts";

let world: TestWorld;
const version = "api-version=2024-02-01";

/** The sample without a network: quick, and free to be built side by side. */
function template(name: string) {
  const { properties, ...rest } = sampleTemplate(world.estate);
  const { vnetConfig: _, ...vmProfile } = properties.vmProfile;
  const distribute = properties.distribute.map((target) => ({ ...target, runOutputName: name }));
  return { ...rest, properties: { ...properties, vmProfile, distribute } };
}
const idOf = (name: string) => world.estate.template.replace(/[^/]+$/, name);
const body = (name: string) => ({
  template: { resourceGroupId: world.estate.imagesGroup, name, body: template(name) },
});
const builds = async (name: string) =>
  (await world.call<{ value: Build[] }>("GET", `builds?templateId=${encodeURIComponent(idOf(name))}`)).body.value;

beforeAll(async () => {
  // Grants work before they are first tried: what else may happen meanwhile is told by ripening.slow.test.ts.
  world = await startWorld({ switches: { grantEffectiveSeconds: [10, 50] } });
});
afterAll(async () => {
  await world.stop();
  await endStorage();
});

test("a template that exists nowhere yet is planned: every right with its reason, and nothing is written", async () => {
  const { status, body: plan } = await world.call("POST", "plans", body("planned"));
  expect(status).toBe(200);
  expect(plan).toMatchObject({ topology: "managed", blockers: [], templateId: idOf("planned") });
  expect((plan.requirements as { because: string; satisfied: boolean }[]).every(({ because }) => because !== "")).toBe(
    true,
  );
  expect(writesOf(world)).toEqual([]);
});

test("POST with a body grants first and then creates the template itself, so that it never fails", async () => {
  const started = await world.call("POST", "builds", body("by-body"));
  expect(started.status).toBe(202);
  expect(started.headers.get("location")).toBe(`${world.host.url}/api/builds/${started.body.id}`);
  const build = await world.built(String(started.body.id));
  expect(build.state).toBe("succeeded");
  expect(writesOf(world).filter((write) => /imageTemplates/.test(write))).toEqual([
    "PUT imageTemplates",
    "POST imageTemplates/run",
  ]);
  expect(await builds("by-body")).toHaveLength(1);
});

test("the same Idempotency-Key and body is the same build; another body under that key is refused", async () => {
  const key = { "idempotency-key": "release-42" };
  const first = await world.call("POST", "builds", body("keyed"), key);
  const again = await world.call("POST", "builds", body("keyed"), key);
  expect(again.body.id).toBe(first.body.id);
  const other = await world.call("POST", "builds", { ...body("keyed"), mode: "advise" }, key);
  expect(other.status).toBe(422);
  expect(other.body.code).toBe("IdempotencyKeyReused");
  await world.built(String(first.body.id));
  const late = await world.call("POST", "builds", body("keyed"), key);
  expect(late.body).toMatchObject({ id: first.body.id, state: "succeeded" });
});

test("asking for what is being built already joins it", async () => {
  const first = await world.call("POST", "builds", { templateId: idOf("by-body") });
  const second = await world.call("POST", "builds", { templateId: idOf("by-body").toUpperCase() });
  expect(second.body.id).toBe(first.body.id);
  await world.built(String(first.body.id));
});

test("a tag change on a built template, and a second event for it, start nothing", async () => {
  const before = (await builds("by-body")).length;
  await world.arm("PATCH", `${idOf("by-body")}?${version}`, { tags: { costCenter: "42" } });
  await world.clock.advance(10 * 60_000);
  expect(await builds("by-body")).toHaveLength(before);
});

test("a build can be cancelled while it runs, and ends as the service says", async () => {
  const { body: started } = await world.call("POST", "builds", { templateId: idOf("keyed") });
  // Any sub-stage: of a lineage with a past a run is read so seldom that one of them is easily missed.
  await world.clock.until(
    async () => (await world.call<Build>("GET", `builds/${started.id}`)).body.runStartedAt !== undefined,
  );
  expect((await world.call("POST", `builds/${started.id}/cancel`)).status).toBe(202);
  expect((await world.call("POST", `builds/${started.id}/cancel`)).status).toBe(202);
  const build = await world.built(String(started.id));
  expect(build.state).toBe("cancelled");
  expect(writesOf(world).filter((write) => write === "POST imageTemplates/cancel")).toHaveLength(1);
});

test("a build that has ended otherwise cannot be cancelled any more", async () => {
  const [build] = await builds("by-body");
  const { status, body: problem } = await world.call("POST", `builds/${build?.id}/cancel`);
  expect(status).toBe(409);
  expect(problem.code).toBe("BuildEnded");
});

test("builds are listed newest first, page by page, each once", async () => {
  const seen: string[] = [];
  let path = "builds?limit=2";
  while (path) {
    const page = await world.call<{ value: Build[]; nextLink?: string }>("GET", path);
    expect(page.body.value.length).toBeLessThanOrEqual(2);
    seen.push(...page.body.value.map(({ id }) => id));
    path = page.body.nextLink ? (page.body.nextLink.split("/api/")[1] ?? "") : "";
  }
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen.length).toBeGreaterThanOrEqual(4);
});

test("a lost event costs minutes, no more: the reconciling timer finds the template", async () => {
  const { switches } = world.azure.world as unknown as { switches: { eventLoss: number } };
  switches.eventLoss = 1;
  await world.arm("PUT", `${idOf("unheard")}?${version}`, template("unheard"));
  const build = await world.built(await world.buildOf(idOf("unheard")));
  switches.eventLoss = 0;
  expect(build).toMatchObject({ state: "succeeded", origin: { kind: "timer" } });
});

test("a doubled event is one build", async () => {
  const { switches } = world.azure.world as unknown as { switches: { eventDoubling: number } };
  switches.eventDoubling = 1;
  await world.arm("PUT", `${idOf("twice")}?${version}`, template("twice"));
  await world.built(await world.buildOf(idOf("twice")));
  switches.eventDoubling = 0;
  expect(await builds("twice")).toHaveLength(1);
});

test("every line of the timeline names its ARM requests with their ids, and no query string", async () => {
  const [build] = await builds("twice");
  const { body: view } = await world.call<{
    timeline: { requests?: { path: string; requestId?: string; status: number }[] }[];
  }>("GET", `builds/${build?.id}`);
  const requests = view.timeline.flatMap((line) => line.requests ?? []);
  expect(requests.length).toBeGreaterThan(10);
  expect(requests.every(({ path, requestId }) => !path.includes("?") && requestId !== undefined)).toBe(true);
});

test("nothing that happened here would have hurt on the real Durable extension", () => {
  expect(world.warnings).toEqual([]);
});
