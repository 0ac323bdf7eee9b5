import { sampleTemplate } from "../../local/estate.ts";
import type { Build } from "../../shared/build.ts";
import { endStorage, startWorld, type TestWorld } from "./world.ts";

afterAll(endStorage);

const wish = ({ estate }: TestWorld, name: string) => ({
  template: { resourceGroupId: estate.imagesGroup, name, body: sampleTemplate(estate) },
});
const build = async (world: TestWorld, id: string) => (await world.call<Build>("GET", `builds/${id}`)).body;
const grantsOf = async ({ arm, estate }: TestWorld) => {
  const path = `${estate.imagesGroup}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01`;
  const listed = (await arm("GET", path)).body as { value: { properties: { scope: string } }[] };
  return listed.value.filter(({ properties }) =>
    properties.scope.toLowerCase().startsWith(estate.imagesGroup.toLowerCase()),
  ).length;
};

describe("a build is cancelled", () => {
  let world: TestWorld;
  beforeAll(async () => {
    world = await startWorld({ settings: { GOLDSMITH_GRANTS: "justInTime" }, switches: { buildSeconds: [880, 920] } });
  });
  afterAll(() => world.stop());

  test.each(["planning", "granting", "preparing", "waitingForRights", "creating", "running"])(
    "while %s: it ends cancelled, nothing runs, and what it was granted is taken back",
    async (state) => {
      const name = `while-${state.toLowerCase()}`;
      const { id } = (await world.call<{ id: string }>("POST", "builds", wish(world, name))).body;
      let seen = "";
      await world.clock.until(async () => {
        seen = (await build(world, id)).state;
        return seen === state || (state !== "running" && seen === "running");
      });
      const asked = await world.call("POST", `builds/${id}/cancel`);
      expect(asked.status).toBe(202);
      const ended = await world.built(id);
      expect([ended.state, ended.problem]).toEqual(["cancelled", undefined]);
      expect(ended.endedAt).toBeDefined();
      expect(await grantsOf(world)).toBe(0);
      const runs = world
        .record()
        .filter(({ method, url, status }) => method === "POST" && status === 202 && url.includes(`/${name}/run?`));
      const cancels = world
        .record()
        .filter(({ method, url, status }) => method === "POST" && status < 300 && url.includes(`/${name}/cancel?`));
      expect(cancels).toHaveLength(runs.length);
      expect((await world.call("POST", `builds/${id}/cancel`)).status).toBe(202);
    },
    120_000,
  );

  test("while it is told, when it has ended already: it stays as it ended", async () => {
    const { id } = (await world.call<{ id: string }>("POST", "builds", wish(world, "ended"))).body;
    await world.clock.until(async () => (await build(world, id)).endedAt !== undefined);
    expect(await world.call("POST", `builds/${id}/cancel`)).toMatchObject({
      status: 409,
      body: { code: "BuildEnded" },
    });
    expect((await world.built(id)).state).toBe("succeeded");
  }, 120_000);
});

describe("a run that the service neither carries on nor ends", () => {
  let world: TestWorld;
  beforeAll(async () => {
    world = await startWorld({ settings: { GOLDSMITH_GRANTS: "justInTime" }, switches: { buildSeconds: [880, 920] } });
  });
  afterAll(() => world.stop());

  const hanging = async (name: string) => {
    const templateId = `${world.estate.imagesGroup}/providers/Microsoft.VirtualMachineImages/imageTemplates/${name}`;
    const fault = { stage: "Building", hangs: true };
    expect((await world.arm("POST", "/emulator/build-faults", { templateId, fault })).status).toBeLessThan(300);
    const { template } = wish(world, name);
    const body = { ...template.body, properties: { ...template.body.properties, buildTimeoutInMinutes: 90 } };
    const { id } = (await world.call<{ id: string }>("POST", "builds", { template: { ...template, body } })).body;
    await world.clock.until(async () => (await build(world, id)).stuck !== undefined);
    return id;
  };

  test("is told to be stuck after an hour, with what support asks for, and ends timed out, its rights taken back", async () => {
    const id = await hanging("hangs");
    const { runStartedAt = "", state, stage, stuck } = await build(world, id);
    expect([state, stage, stuck?.code]).toEqual(["running", "Building", "NeedsSupport"]);
    expect(stuck?.title).toBe("The run has been Building for long without a change");
    expect(stuck?.detail).toMatch(/Correlation ids: [0-9a-f-]{36}/);
    const minutes = (since: string, until: number | string) =>
      Math.round((new Date(until).getTime() - Date.parse(since)) / 60_000);
    expect(minutes(runStartedAt, world.clock.now())).toBeGreaterThanOrEqual(60);
    expect(minutes(runStartedAt, world.clock.now())).toBeLessThanOrEqual(70);
    const ended = await world.built(id);
    expect(ended).toMatchObject({ state: "timedOut", problem: { code: "NeedsSupport", stage: "running" } });
    expect(ended.problem?.detail).toMatch(/Correlation ids: [0-9a-f-]{36}/);
    // The template's time-out and an hour, seen at most five minutes later; then the rights are taken back.
    expect(minutes(runStartedAt, ended.endedAt ?? "")).toBeGreaterThanOrEqual(150);
    expect(minutes(runStartedAt, ended.endedAt ?? "")).toBeLessThanOrEqual(170);
    expect(await grantsOf(world)).toBe(0);
    const told = ended.timeline.map(({ detail }) => detail).join("\n");
    expect(told).toContain("The run has been Building for long without a change");
  }, 120_000);

  test("can be cancelled when that was told, and is then no longer called stuck", async () => {
    const id = await hanging("hangs-too");
    expect((await world.call("POST", `builds/${id}/cancel`)).status).toBe(202);
    const ended = await world.built(id);
    expect([ended.state, ended.problem]).toEqual(["cancelled", undefined]);
    expect((await build(world, id)).stuck).toBeUndefined();
    expect(await grantsOf(world)).toBe(0);
  }, 120_000);
});

test("a cancellation that hangs in the service needs support, by correlation ids, and the build says so", async () => {
  const world = await startWorld({ switches: { cancelStuck: true, buildSeconds: [880, 920] } });
  try {
    const { id } = (await world.call<{ id: string }>("POST", "builds", wish(world, "stuck"))).body;
    await world.clock.until(async () => (await build(world, id)).stage === "Customizing");
    await world.call("POST", `builds/${id}/cancel`);
    const ended = await world.built(id);
    expect(ended).toMatchObject({ state: "timedOut", problem: { code: "NeedsSupport", stage: "cancelling" } });
    expect(ended.problem?.detail).toMatch(/Correlation ids: [0-9a-f-]{36}/);
  } finally {
    await world.stop();
  }
}, 120_000);
