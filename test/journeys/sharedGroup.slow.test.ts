import { sampleTemplate } from "../../local/estate.ts";
import { endStorage, startWorld, type TestWorld } from "./world.ts";

let world: TestWorld;

beforeAll(async () => {
  world = await startWorld();
  await world.stop();
  const { subscription, nsg } = world.estate;
  const pairs = [{ principalId: "*", role: "addSecurityRule", scope: nsg }];
  world = await startWorld({ settings: { GOLDSMITH_FENCE: JSON.stringify({ scopes: [subscription], pairs }) } });
});
afterAll(async () => {
  await world.stop();
  await endStorage();
});

test("builds in different subnets behind one security group do not stand in each other's way", async () => {
  const { arm, estate, clock, call } = world;
  const subnets = [2, 3, 4].map((n) => ({
    id: estate.subnet.replace(/build$/, `build${n}`),
    prefix: `10.20.${n}.0/24`,
  }));
  for (const { id, prefix } of subnets) {
    const properties = { addressPrefix: prefix, networkSecurityGroup: { id: estate.nsg } };
    const { status } = await arm("PUT", `${id}?api-version=2024-01-01`, { properties });
    expect(status).toBe(201);
    await clock.advance(60_000);
  }
  const ids: string[] = [];
  for (const [n, { id }] of subnets.entries()) {
    const body = sampleTemplate({ ...estate, subnet: id });
    const template = { resourceGroupId: estate.imagesGroup, name: `shared-${n}`, body };
    ids.push(String((await call("POST", "builds", { template })).body.id));
  }
  for (const id of ids) {
    const { state, problem } = await world.built(id);
    expect({ state, problem }).toEqual({ state: "succeeded" });
  }
}, 120_000);
