import { sampleTemplate } from "../../local/estate.ts";
import { countRequests } from "../bench/requests.ts";
import { endStorage, startWorld, type TestWorld } from "./world.ts";

let world: TestWorld;
beforeAll(async () => {
  world = await startWorld({ switches: { eventLoss: 1, grantEffectiveSeconds: [30, 30] } });
});
afterAll(async () => {
  await world.stop();
  await endStorage();
});

/** Builds and says what was asked of ARM meanwhile. */
async function build(wish: unknown) {
  const before = world.record().length;
  const { body } = await world.call<{ id: string }>("POST", "builds", wish);
  const built = await world.built(body.id);
  expect(built.state).toBe("succeeded");
  return { ...countRequests(world.record().slice(before)), plan: built.plan as { changes: readonly unknown[] } };
}

test("a first build asks 28 times besides its status, a repeat 12 times; what drifted is read anew and granted anew", async () => {
  const [resourceGroupId, name] = world.estate.template.split(
    "/providers/Microsoft.VirtualMachineImages/imageTemplates/",
  );
  const first = await build({ template: { resourceGroupId, name, body: sampleTemplate(world.estate) } });
  expect(first.besides).toBeLessThanOrEqual(28);
  const templateId = world.estate.template;
  for (const _ of [1, 2]) expect((await build({ templateId })).besides).toBeLessThanOrEqual(12);

  const grant = world.record().find(({ method, url }) => method === "PUT" && /roleAssignments/.test(url));
  const path = new URL(grant?.url ?? "").pathname;
  expect((await world.arm("DELETE", `${path}?api-version=2022-04-01`)).status).toBe(200);
  const again = await build({ templateId });
  expect(again.plan.changes).toHaveLength(1);
  expect(again.lines.filter(({ what }) => /^GET .*roleDefinitions/.test(what))).not.toEqual([]);
});

test("where a policy is in force, a plan asks five times more; where none is, it only looks whether one is", async () => {
  const { arm, call, clock, estate, record } = world;
  const at = (type: string) => `${estate.subscription}/providers/Microsoft.Authorization/${type}/audited`;
  const version = "api-version=2023-04-01";
  // biome-ignore lint/suspicious/noThenProperty: that is what a rule's effect is called
  const policyRule = { if: { field: "type", equals: "Microsoft.KeyVault/vaults" }, then: { effect: "audit" } };
  await arm("PUT", `${at("policyDefinitions")}?${version}`, { properties: { mode: "All", policyRule } });
  const template = { resourceGroupId: estate.imagesGroup, name: "asked", body: sampleTemplate(estate) };
  const aboutPolicies = async () => {
    // Answers are kept for five minutes.
    await clock.advance(6 * 60_000);
    const before = record().length;
    expect((await call("POST", "plans", { template })).status).toBe(200);
    const made = record().slice(before);
    return ["GET policyAssignments", "POST checkPolicyRestrictions"].map(
      (what) => countRequests(made).lines.find((line) => line.what === what)?.count ?? 0,
    );
  };
  expect(await aboutPolicies()).toEqual([1, 0]);
  const properties = { policyDefinitionId: at("policyDefinitions") };
  await arm("PUT", `${at("policyAssignments")}?${version}`, { properties });
  expect(await aboutPolicies()).toEqual([1, 5]);
});
