import { sampleTemplate } from "../../local/estate.ts";
import type { Build } from "../../shared/build.ts";
import { endStorage, startWorld, type TestWorld } from "./world.ts";

afterAll(endStorage);

/** Grants work at once, so that every run that is counted is one that was meant. */
const quick = { buildSeconds: [880, 920], grantEffectiveSeconds: [0, 0] } as const;

const idOf = ({ estate }: TestWorld, name: string) =>
  `${estate.imagesGroup}/providers/Microsoft.VirtualMachineImages/imageTemplates/${name}`;
const wish = ({ estate }: TestWorld, name: string) => ({
  template: { resourceGroupId: estate.imagesGroup, name, body: sampleTemplate(estate) },
});
const runsOf = (world: TestWorld) =>
  world.record().filter(({ method, url, status }) => method === "POST" && status === 202 && /\/run\?/.test(url)).length;
const build = async (world: TestWorld, id: string) => (await world.call<Build>("GET", `builds/${id}`)).body;
const started = async (world: TestWorld, body: unknown) =>
  (await world.call<{ id: string; code?: string }>("POST", "builds", body)).body.id;

test("builds beyond the region's container instances wait in a row, tell their place and when, and none fails", async () => {
  const switches = { ...quick, containerCores: 8 };
  const world = await startWorld({ switches });
  try {
    // The lineage's past tells when a build ends.
    await world.built(await started(world, wish(world, "first")));
    const ids: string[] = [];
    for (const name of ["a", "b", "c", "d", "e"]) ids.push(await started(world, wish(world, name)));
    const places = async () =>
      (await Promise.all(ids.map((id) => build(world, id))))
        .flatMap(({ queue }) => (queue?.for === "containerQuota" ? [queue] : []))
        .sort((a, b) => a.position - b.position);
    const row = async () => (await places()).map(({ position }) => position).join();
    await world.clock.until(async () => (await row()) === "1,2,3");
    await world.clock.until(async () => (await places()).every(({ expectedStart }) => expectedStart !== undefined));
    expect(runsOf(world)).toBe(3); // the first, and two at once
    for (const id of ids) {
      const ended = await world.built(id);
      expect([ended.state, ended.queue]).toEqual(["succeeded", undefined]);
    }
    expect(runsOf(world)).toBe(6);
    expect(world.warnings).toEqual([]);
  } finally {
    await world.stop();
  }
}, 300_000);

test("a waiting build can be cancelled, and its place is free", async () => {
  const world = await startWorld({ switches: { ...quick, containerCores: 4 } });
  try {
    const first = await started(world, wish(world, "first"));
    await world.clock.until(async () => (await build(world, first)).state === "running");
    const [second, third] = [await started(world, wish(world, "second")), await started(world, wish(world, "third"))];
    await world.clock.until(async () => (await build(world, third)).queue?.position === 2);
    await world.call("POST", `builds/${second}/cancel`);
    expect((await world.built(second)).state).toBe("cancelled");
    expect((await world.built(third)).state).toBe("succeeded");
    expect(runsOf(world)).toBe(2);
  } finally {
    await world.stop();
  }
}, 300_000);

test("a run that others started is followed like one's own, and started by nobody again", async () => {
  const world = await startWorld({ switches: quick });
  try {
    const own = await world.built(await started(world, wish(world, "shared")));
    const templateId = idOf(world, "shared");
    const version = "api-version=2024-02-01";
    expect((await world.arm("POST", `${templateId}/run?${version}`)).status).toBe(202);
    await world.clock.advance(6 * 60_000);
    const adopted = await world.buildOf(templateId);
    expect(adopted).not.toBe(own.id);
    const ended = await world.built(adopted);
    expect(ended).toMatchObject({ state: "succeeded", origin: { kind: "timer", who: "a run that others started" } });
    expect(ended.artifacts?.[0]?.id).toMatch(/versions\//);
    await world.clock.advance(15 * 60_000);
    expect(await world.buildOf(templateId)).toBe(adopted);
    expect(runsOf(world)).toBe(2);
  } finally {
    await world.stop();
  }
}, 300_000);

describe("a second request for a template that is being built", () => {
  const second = async (policy: string, work: (world: TestWorld, first: string) => Promise<void>) => {
    const world = await startWorld({
      settings: { GOLDSMITH_SECOND_REQUEST: policy },
      switches: quick,
    });
    try {
      const first = await started(world, wish(world, "wanted"));
      await world.clock.until(async () => (await build(world, first)).state === "running");
      await work(world, first);
    } finally {
      await world.stop();
    }
  };

  test(
    "waits for a build of its own where it is to queue, and says for whom",
    () =>
      second("queue", async (world, first) => {
        const next = await started(world, { templateId: idOf(world, "wanted") });
        expect(next).not.toBe(first);
        await world.clock.until(async () => (await build(world, next)).queue !== undefined);
        expect((await build(world, next)).queue).toMatchObject({ for: "template", position: 1 });
        expect((await world.built(first)).state).toBe("succeeded");
        expect((await world.built(next)).state).toBe("succeeded");
        expect(runsOf(world)).toBe(2);
      }),
    300_000,
  );

  test(
    "is refused where it is to be, by name of the build; with its own key it is no second request",
    () =>
      second("refuse", async (world, first) => {
        const refused = await world.call("POST", "builds", { templateId: idOf(world, "wanted") });
        expect(refused).toMatchObject({ status: 409, body: { code: "TemplateBeingBuilt" } });
        expect(JSON.stringify(refused.body)).toContain(first);
        const key = { "idempotency-key": "k1" };
        expect((await world.call("POST", "builds", wish(world, "keyed"), key)).status).toBe(202);
        expect((await world.call("POST", "builds", wish(world, "keyed"), key)).status).toBe(202);
      }),
    300_000,
  );
});
