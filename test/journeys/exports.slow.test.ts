import { sampleTemplate } from "../../local/estate.ts";
import type { Plan } from "../../shared/decide/planning/plan.ts";
import { routes } from "./exportRoutes.ts";
import { endStorage, startWorld, stepping, type TestWorld, writesOf } from "./world.ts";

jest.setTimeout(120_000);

afterAll(endStorage);

const containers = "Microsoft.ContainerInstance";

/** The sample in two subnets, so that a delegation is needed too. */
function inTwoSubnets({ estate }: TestWorld) {
  const { properties, ...rest } = sampleTemplate(estate);
  const vnetConfig = {
    subnetId: estate.subnet,
    containerInstanceSubnetId: estate.subnet.replace(/[^/]+$/, "containers"),
  };
  return { ...rest, properties: { ...properties, vmProfile: { ...properties.vmProfile, vnetConfig } } };
}

const shapes: readonly (readonly [string, (world: TestWorld) => ReturnType<typeof sampleTemplate>])[] = [
  ["one subnet", ({ estate }) => sampleTemplate(estate)],
  ["two subnets", inTwoSubnets],
];

const cases = Object.entries(routes).flatMap(([format, route]) =>
  shapes.map(([shape, body]) => ({ format, route, shape, body })),
);

test.each(cases)(
  "an advise build in $shape waits, goes on once its $format export is applied, and succeeds",
  async ({ format, route, body }) => {
    const world = await startWorld({ settings: { GOLDSMITH_REGISTER_PROVIDERS: "true" } });
    try {
      const { arm, call, clock, estate, host } = world;
      const ranged = { properties: { addressPrefix: "10.20.2.0/24" } };
      await arm("PUT", `${estate.subnet.replace(/[^/]+$/, "containers")}?api-version=2024-05-01`, ranged);
      await arm("POST", `${estate.subscription}/providers/${containers}/unregister?api-version=2021-04-01`);
      await clock.advance(10 * 60_000);
      const template = { resourceGroupId: estate.imagesGroup, name: "advised", body: body(world) };
      const plan = (await call<Plan>("POST", "plans", { template })).body;
      expect(plan.changes.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["assignRole", "registerProvider"]));
      const asked = await call<{ id: string }>("POST", "builds", { template, mode: "advise" });
      await clock.until(async () => (await call("GET", `builds/${asked.body.id}`)).body.state === "waitingForRights");
      await clock.advance(20 * 60_000);
      expect((await call("GET", `builds/${asked.body.id}`)).body.state).toBe("waitingForRights");
      const headers = { "x-functions-key": "f".repeat(40) };
      const exported = await fetch(`${host.url}/api/plans?as=${format}`, {
        method: "POST",
        headers,
        body: JSON.stringify({ template }),
      });
      await stepping(clock, route(arm, await exported.text()));
      const build = await world.built(asked.body.id);
      expect({ state: build.state, problem: build.problem }).toEqual({ state: "succeeded" });
      // Goldsmith itself wrote nothing but the template and its run.
      expect(new Set(writesOf(world).map((write) => write.split(" ")[1]?.split("/")[0]))).toEqual(
        new Set(["imageTemplates"]),
      );
      await clock.advance(60_000);
      expect((await call<Plan>("POST", "plans", { template })).body.changes).toEqual([]);
    } finally {
      await world.stop();
    }
  },
);
