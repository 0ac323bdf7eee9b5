import { sampleTemplate } from "../../local/estate.ts";
import { endStorage, startWorld, type TestWorld, writesOf } from "./world.ts";

let world: TestWorld;
beforeAll(async () => {
  world = await startWorld({ settings: { GOLDSMITH_OPT_IN: "tag" } });
});
afterAll(async () => {
  await world.stop();
  await endStorage();
});

const template = () => ({
  template: { resourceGroupId: world.estate.imagesGroup, name: "opted", body: sampleTemplate(world.estate) },
});

test("where targets must opt in, an estate without tags is left alone, and the problem says which tag to set", async () => {
  const started = await world.call("POST", "builds", template());
  const build = await world.built(String(started.body.id));
  expect(build).toMatchObject({ state: "refused", problem: { code: "NotOptedIn" } });
  expect(build.problem?.fix?.join()).toContain("goldsmith");
  expect(writesOf(world)).toEqual([]);
});

test("tagged with the principal's id by their owners, the same targets are granted and built into", async () => {
  const { arm, estate } = world;
  const { body } = await arm("GET", `${estate.identity}?api-version=2023-01-31`);
  const { principalId } = (body as { properties: { principalId: string } }).properties;
  const network = estate.subnet.split("/subnets/")[0];
  const gallery = estate.definition.split("/images/")[0];
  for (const id of [gallery, estate.imagesGroup, network, estate.nsg]) {
    const url = `${id}/providers/Microsoft.Resources/tags/default?api-version=2021-04-01`;
    const { status } = await arm("PATCH", url, {
      operation: "Merge",
      properties: { tags: { goldsmith: principalId } },
    });
    expect(status).toBe(200);
  }
  const started = await world.call("POST", "builds", template());
  const build = await world.built(String(started.body.id));
  expect(build.problem).toBeUndefined();
  expect(build.state).toBe("succeeded");
});
