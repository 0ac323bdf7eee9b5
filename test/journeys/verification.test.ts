import { leftIn, profiles, publish, seedVerification, verified } from "./proving.ts";
import { endStorage, startWorld, type TestWorld } from "./world.ts";

let world: TestWorld;
beforeAll(async () => {
  world = await startWorld({ settings: profiles() });
  await seedVerification(world);
});
afterAll(async () => {
  await world.stop();
  await endStorage();
});

test("a version that boots is proven, and nothing is left of the machine", async () => {
  const image = await publish(world, "1.0.0");
  const view = await verified(world, { image });
  expect(view.problem).toBeUndefined();
  expect(view).toMatchObject({ state: "proven", versionId: image, resolution: "the version that was named" });
  expect(view.proof).toMatchObject({
    kind: "goldsmith.proof.v1",
    versionId: image,
    machines: [{ region: "westeurope", size: "Standard_D2s_v5", agentVersion: "2.11.1.4" }],
  });
  expect(await leftIn(world)).toEqual([]);
  expect(world.warnings).toEqual([]);
});
