import { releaseCancel } from "../../local/azure/imagebuilder/index.ts";
import type { Switches } from "../../local/azure/switches.ts";
import { sampleTemplate } from "../../local/estate.ts";
import { type Journey, truths } from "./truths.ts";
import { approver, endStorage, startWorld, type TestWorld, type WorldOptions, writesOf } from "./world.ts";

afterAll(endStorage);

/** What nobody has established about Azure, in all its positions: the app must not depend on it. */
const under = (journey: Journey) =>
  truths.filter((truth) => truth.journey === journey).map(({ what, switches }) => [what, switches] as const);

/** Makes a journey in a world of its own. */
async function through(
  switches: Partial<Switches>,
  journey: (world: TestWorld) => Promise<void>,
  settings: WorldOptions["settings"] = {},
): Promise<void> {
  const world = await startWorld({ switches, settings });
  try {
    await journey(world);
  } finally {
    await world.stop();
  }
}

const create = ({ arm, estate }: TestWorld) =>
  arm("PUT", `${estate.template}?api-version=2024-02-01`, sampleTemplate(estate));

test.each(under("build"))(
  "a template that appears without rights becomes an image although %s",
  async (_, switches) => {
    await through(switches, async (world) => {
      await create(world);
      const build = await world.built(await world.buildOf(world.estate.template));
      expect({ state: build.state, problem: build.problem }).toEqual({ state: "succeeded" });
      await world.clock.advance(30 * 60_000);
      // A run that a right was refused to, because it was still spreading, is asked for again; no other is.
      const told = (what: string) => build.timeline.filter(({ detail }) => detail?.startsWith(what)).length;
      expect(told("run succeeded")).toBe(1);
      expect(acceptedRuns(world)).toHaveLength(1 + told("run failed"));
      expect(await buildsOf(world)).toHaveLength(1);
    });
  },
);

test.each(under("cancel"))("a cancelled build ends, and the next one is built, although %s", async (_, switches) => {
  await through(switches, async (world) => {
    const { azure, estate, call, clock } = world;
    await create(world);
    const id = await world.buildOf(estate.template);
    await clock.until(async () => (await call("GET", `builds/${id}`)).body.stage === "Customizing");
    expect((await call("POST", `builds/${id}/cancel`)).status).toBe(202);
    const stuck = { state: "timedOut", problem: { code: "NeedsSupport", stage: "cancelling" } };
    expect(await world.built(id)).toMatchObject(switches.cancelStuck ? stuck : { state: "cancelled" });
    if (switches.cancelStuck) releaseCancel(azure.world, estate.template);
    const next = await call("POST", "builds", { templateId: estate.template });
    expect(await world.built(String(next.body.id))).toMatchObject({ state: "succeeded" });
    expect(writesOf(world).filter((write) => write === "POST imageTemplates/cancel")).toHaveLength(1);
  });
});

test.each(under("ask"))("rights are tried when they work, or by their age, as %s", async (_, switches) => {
  // Nine minutes and a half: far beyond the age floor.
  const slow = { ...switches, grantEffectiveSeconds: [570, 570] } as const;
  const journey = async (world: TestWorld) => {
    await create(world);
    const build = await world.built(await world.buildOf(world.estate.template));
    expect(build).toMatchObject({ state: "succeeded" });
    const told = build.timeline.map(({ detail }) => detail).join("\n");
    const created = writesOf(world).filter((write) => write === "PUT imageTemplates").length;
    if (switches.accessOracle) {
      expect(told).toMatch(/the access oracle says that the rights work, at an age of (?:5[7-9]|6[0-6])\d s/);
      expect(created).toBe(1);
    } else {
      expect(told).toContain("the access oracle gives no answer (it answered 403): grants are tried at the age said");
      expect(created).toBeGreaterThan(1);
    }
    const failed = build.timeline.filter(({ detail }) => detail?.startsWith("run failed")).length;
    expect(acceptedRuns(world)).toHaveLength(1 + failed);
  };
  await through(slow, journey, (_estate, azure) => ({ GOLDSMITH_ACCESS_ORACLE: azure.settings.armEndpoint }));
});

test.each(under("change"))(
  "targets changed under a run are never made in its name, although %s",
  async (_, switches) => {
    await through(switches, async (world) => {
      const { arm, estate, call, clock } = world;
      await create(world);
      const id = await world.buildOf(estate.template);
      await clock.until(async () => (await call("GET", `builds/${id}`)).body.stage === "Customizing");
      const [target] = sampleTemplate(estate).properties.distribute;
      const distribute = [{ ...target, artifactTags: { theirs: "yes" } }];
      const taken = await arm("PATCH", `${estate.template}?api-version=2024-02-01`, { properties: { distribute } });
      expect(taken.status).toBe(switches.updatesDuringRuns ? 202 : 409);
      const { state, problem } = await world.built(id);
      expect([state, problem?.code]).toEqual(
        switches.updatesDuringRuns ? ["failed", "TemplateChanged"] : ["succeeded", undefined],
      );
    });
  },
);

/** What the app's write of the subnet is answered while somebody else's write in the same network goes on. */
const secondWrite: Readonly<Record<Switches["networkConcurrency"], number>> = {
  conflict: 409,
  retryable: 429,
  retryableWithoutRetryAfter: 429,
  supersede: 200,
};

test.each(under("contend"))(
  "a build changes its network although somebody else is at it and %s",
  async (_, switches) => {
    // Etags that move with the network would tell of the other write first.
    await through({ ...switches, networkSeconds: [30, 60], subnetEtagsMoveWithNetwork: false }, async (world) => {
      const { arm, estate } = world;
      const vnet = estate.subnet.split("/subnets/")[0] ?? "";
      const theirs = `${vnet}/subnets/theirs?api-version=2024-01-01`;
      const request = { url: theirs, body: { properties: { addressPrefix: "10.20.200.0/24" } } };
      const fault = { method: "PUT", path: "/subnets/build\\?", caller: "app", kind: "precededBy", request };
      expect((await arm("POST", "/emulator/faults", fault)).status).toBe(201);
      await create(world);
      const build = await world.built(await world.buildOf(estate.template));
      expect({ state: build.state, problem: build.problem }).toEqual({ state: "succeeded" });
      const ours = world
        .record()
        .filter(({ method, caller, url }) => method === "PUT" && caller === "app" && /\/subnets\/build\?/.test(url));
      const { networkConcurrency = "conflict" } = switches;
      expect(ours[0]?.status).toBe(secondWrite[networkConcurrency]);
      expect(ours.at(-1)?.status).toBe(200);
      // Overtaken is undone: that is what the switch says of Azure, whoever the second is.
      expect((await arm("GET", theirs)).status).toBe(networkConcurrency === "supersede" ? 404 : 200);
    });
  },
);

test.each(under("takeBack"))(
  "rights that were taken back are granted anew by the next build although %s",
  async (_, switches) => {
    await through(switches, async (world) => {
      const { call, clock, estate } = world;
      await create(world);
      expect(await world.built(await world.buildOf(estate.template))).toMatchObject({ state: "succeeded" });
      const undo = await call<{ id: string }>("POST", "undo", { all: true, only: "grants" }, approver);
      expect(undo.status).toBe(202);
      await clock.until(async () => (await call("GET", `undo/${undo.body.id}`)).body.state === "done");
      const next = await call("POST", "builds", { templateId: estate.template });
      expect(await world.built(String(next.body.id))).toMatchObject({ state: "succeeded" });
    });
  },
);

const acceptedRuns = (world: TestWorld) =>
  world.record().filter(({ method, url, status }) => method === "POST" && status === 202 && /\/run\?/.test(url));

async function buildsOf({ call, estate }: TestWorld): Promise<readonly unknown[]> {
  const page = await call<{ value: unknown[] }>("GET", `builds?templateId=${encodeURIComponent(estate.template)}`);
  return page.body.value;
}
