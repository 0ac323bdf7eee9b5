import { sampleTemplate } from "../../local/estate.ts";
import { endStorage, startWorld, type TestWorld, writesOf } from "./world.ts";

let world: TestWorld;
beforeAll(async () => {
  world = await startWorld({ switches: { grantEffectiveSeconds: [30, 30] } });
});
afterAll(async () => {
  await world.stop();
  await endStorage();
});

test("a template that appears without rights becomes a gallery image, by its event alone", async () => {
  const { arm, estate } = world;
  const written = await arm("PUT", `${estate.template}?api-version=2024-02-01`, sampleTemplate(estate));
  expect(written.status).toBe(201);
  const build = await world.built(await world.buildOf(estate.template));
  expect(build).toMatchObject({ state: "succeeded", origin: { kind: "event" } });
  expect(build.cost?.lines.map(({ what }) => what.split(" ")[0])).toEqual(["build", "proxy", "container", "gold:"]);
  expect(build.artifacts?.[0]?.id).toMatch(/\/galleries\/gold\/images\/ubuntu-2404\/versions\/\d+\.\d+\.\d+$/);
  expect(writesOf(world)).toEqual([
    "PUT roleAssignments",
    "PUT roleAssignments",
    "PUT roleAssignments",
    "PUT virtualNetworks/subnets",
    ...world
      .record()
      .filter(({ url, caller, method }) => caller === "app" && method === "PUT" && /securityRules/.test(url))
      .map(() => "PUT networkSecurityGroups/securityRules"),
    "DELETE imageTemplates",
    "PUT imageTemplates",
    "POST imageTemplates/run",
  ]);
  expect(world.warnings).toEqual([]);
});
