import { latestVersion } from "../../local/azure/compute/latest.ts";
import { setBootFault } from "../../local/azure/compute/machines/bootFaults.ts";
import { sampleTemplate } from "../../local/estate.ts";
import { leftIn, profiles, seedVerification } from "./proving.ts";
import { endStorage, startWorld, type TestWorld } from "./world.ts";

let world: TestWorld;
beforeAll(async () => {
  world = await startWorld({ settings: (estate) => ({ ...profiles()(estate), GOLDSMITH_GATE: "patch" }) });
  await seedVerification(world);
});
afterAll(async () => {
  await world.stop();
  await endStorage();
});

const latest = () => latestVersion(world.azure.world, world.estate.definition, "westeurope")?.id;

async function build(name: string): Promise<string> {
  const { call, estate } = world;
  const template = { resourceGroupId: estate.imagesGroup, name, body: sampleTemplate(estate) };
  const { status, body } = await call<{ id: string }>("POST", "builds", { template, verify: true });
  expect(status).toBe(202);
  return body.id;
}

test("what a build published is latest once it was seen to boot, and says where its proof is", async () => {
  const done = await world.built(await build("proven"));
  expect(done).toMatchObject({
    state: "succeeded",
    verify: "default",
    artifacts: [{ verification: { state: "proven" } }],
  });
  const version = done.artifacts?.[0]?.id ?? "";
  expect(latest()).toBe(version);
  const { body } = await world.arm("GET", `${version}?api-version=2023-07-03`);
  expect(body).toMatchObject({
    tags: { goldsmithProof: done.artifacts?.[0]?.verification?.id },
    properties: {
      publishingProfile: {
        excludeFromLatest: false,
        targetRegions: [{ excludeFromLatest: false }, { excludeFromLatest: false }],
      },
    },
  });
  expect(await leftIn(world)).toEqual([]);
});

test("what does not boot stays excluded and says why; the build has failed", async () => {
  const before = latest();
  setBootFault(world.azure.world, world.estate.definition, { kind: "provisioningTimesOut" });
  const done = await world.built(await build("broken"));
  setBootFault(world.azure.world, world.estate.definition, undefined);
  expect(done).toMatchObject({
    state: "failed",
    problem: { code: "OSProvisioningTimedOut" },
    artifacts: [{ verification: { state: "failed" } }],
  });
  const version = done.artifacts?.[0]?.id ?? "";
  expect(latest()).toBe(before);
  const { body } = await world.arm("GET", `${version}?api-version=2023-07-03`);
  expect(body).toMatchObject({
    tags: { goldsmithFailure: expect.stringMatching(/^OSProvisioningTimedOut: The image does not boot/) },
    properties: { publishingProfile: { excludeFromLatest: true } },
  });
  const { consoles } = (
    await world.call<{ consoles: { text: string }[] }>("GET", `verifications/${done.artifacts?.[0]?.verification?.id}`)
  ).body;
  expect(consoles[0]?.text).toMatch(/Kernel panic/);
  expect(await leftIn(world)).toEqual([]);
});
