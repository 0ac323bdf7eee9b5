import { setBootFault } from "../../local/azure/compute/machines/bootFaults.ts";
import { ended, leftIn, profiles, publish, seedVerification, share, verified } from "./proving.ts";
import { endStorage, startWorld, type TestWorld } from "./world.ts";

let world: TestWorld;
let image: string;

beforeAll(async () => {
  const scripts = [
    { name: "greet", text: "echo ready for work", output: "^ready" },
    { name: "check", text: "echo looking\nexit 0" },
  ];
  world = await startWorld({
    settings: profiles({
      scripts: { scripts },
      failing: { scripts: [...scripts, { name: "bad", text: "echo no such service\nexit 3" }] },
      silent: { scripts: [{ name: "silent", text: "exit 0", output: "all is well" }] },
      three: { vms: 3 },
      temporary: { subnets: "temporary" },
      old: { sizes: [{ name: "Standard_D1_v2" }, { name: "Standard_D2ps_v5" }] },
      dear: { sizes: [{ name: "Standard_D2s_v5", pricePerHour: 2 }], minutes: 60, maxCost: 1 },
      everywhere: { subnets: "temporary", regions: "all" },
    }),
  });
  await seedVerification(world);
  image = await publish(world, "1.0.0", { regions: ["westeurope", "northeurope"] });
}, 60_000);
afterEach(async () => {
  setBootFault(world.azure.world, image, undefined);
  expect(await leftIn(world)).toEqual([]);
});
afterAll(async () => {
  await world.stop();
  await endStorage();
});

describe("scripts", () => {
  test("that pass are part of the proof, with the hash of their text", async () => {
    const { state, proof } = await verified(world, { image, profile: "scripts" });
    expect(state).toBe("proven");
    expect(proof?.machines[0]?.scripts).toMatchObject([
      { name: "greet", exitCode: 0, output: "ready for work", passed: true, hash: expect.stringMatching(/^sha256:/) },
      { name: "check", exitCode: 0, output: "looking", passed: true },
    ]);
  });

  test("that fail say which and how, and nothing is proven", async () => {
    const view = await verified(world, { image, profile: "failing" });
    expect(view).toMatchObject({
      state: "failed",
      problem: { code: "ScriptFailed", title: "The script bad ended with exit code 3", detail: "no such service" },
    });
    expect(view.proof).toBeUndefined();
    expect(view.consoles?.[0]?.text).toContain("login:");
  });

  test("that say something else than wanted fail although they end well", async () => {
    const { state, problem } = await verified(world, { image, profile: "silent" });
    expect([state, problem?.title]).toEqual(["failed", "The script silent passed, but its output is not as wanted"]);
  });
});

describe("booting", () => {
  test("a race at first boot shows on one of three", async () => {
    setBootFault(world.azure.world, image, { kind: "provisioningFails", every: 3 });
    const { state, machines } = await verified(world, { image, profile: "three" });
    expect(state).toBe("failed");
    expect(machines.map(({ problem }) => problem?.code)).toEqual([undefined, undefined, "OSProvisioningInternalError"]);
  });

  test("an agent that stays silent is not waited for longer than the profile says", async () => {
    setBootFault(world.azure.world, image, { kind: "agentMissing" });
    const { state, problem, consoles } = await verified(world, { image });
    expect([state, problem?.code]).toEqual(["timedOut", "BootTimedOut"]);
    expect(consoles?.[0]?.text).toContain("Failed to start walinuxagent");
  });

  test("in every region of the image, each in a network of its own that goes again", async () => {
    const { state, machines } = await verified(world, { image, profile: "everywhere" });
    expect(state).toBe("proven");
    expect(machines.map(({ region }) => region)).toEqual(["westeurope", "northeurope"]);
  });

  test("that is cancelled ends so, and nothing is left", async () => {
    const { body } = await world.call<{ id: string }>("POST", "verifications", { image, profile: "temporary" });
    await world.clock.until(async () => (await leftIn(world)).some((id) => /virtualMachines/.test(id)));
    await world.call("POST", `verifications/${body.id}/cancel`);
    expect((await ended(world, body.id)).state).toBe("cancelled");
  });

  test("without capacity ends with Azure's words", async () => {
    setBootFault(world.azure.world, image, { kind: "allocationFails" });
    expect(await verified(world, { image })).toMatchObject({ state: "refused", problem: { code: "AllocationFailed" } });
  });
});

describe("what would fail later is said first, and nothing is made", () => {
  const made = () =>
    world.record().filter(({ method, caller, url }) => method === "PUT" && caller === "app" && /rg-verify/.test(url))
      .length;
  const refusal = async (request: object) => {
    const before = made();
    const { state, problem } = await verified(world, request);
    expect(made()).toBe(before);
    return `${state} ${problem?.code}`;
  };

  test("an image that is not there", async () => {
    expect(await refusal({ image: image.replace("1.0.0", "9.9.9") })).toBe("refused ImageNotFound");
  });
  test("a region that the image is not replicated to", async () => {
    expect(await refusal({ image, region: "eastus", profile: "temporary" })).toBe("refused NotReplicated");
  });
  test("a region that no subnet of the profile lies in", async () => {
    expect(await refusal({ image, region: "northeurope" })).toBe("refused SubnetElsewhere");
  });
  test("sizes of another generation and another architecture", async () => {
    expect(await refusal({ image, profile: "old" })).toBe("refused SizeDoesNotFit");
  });
  test("money", async () => {
    expect(await refusal({ image, profile: "dear" })).toBe("refused VerificationTooExpensive");
  });
  test("an image that is specialized", async () => {
    const { arm, estate } = world;
    const definition = `${estate.definition.split("/images/")[0]}/images/legacy`;
    const identifier = { publisher: "platform", offer: "legacy", sku: "1" };
    const properties = { osType: "Linux", osState: "Specialized", hyperVGeneration: "V2", identifier };
    await arm("PUT", `${definition}?api-version=2023-07-03`, { location: "westeurope", properties });
    await world.clock.advance(60_000);
    expect(await refusal({ image: await publish(world, "1.0.0", { definition }) })).toBe("refused ImageSpecialized");
  });
});

test("latest means what the region has and what is not excluded, and the answer says why", async () => {
  await publish(world, "1.2.0", { excludeFromLatest: true });
  await publish(world, "1.1.0", { regions: ["westeurope"] });
  const { state, versionId, resolution } = await verified(world, { image: world.estate.definition });
  expect(state).toBe("proven");
  expect(versionId).toMatch(/1\.1\.0$/);
  expect(resolution).toBe(
    "1.1.0 is the highest version that latest may mean in westeurope; skipped: 1.2.0 (excluded from latest)",
  );
});

test("a gallery shared directly is used by its shared id, and not before", async () => {
  const { estate } = world;
  const named = `/sharedGalleries/${estate.subscription.split("/")[2]}-GOLD/images/ubuntu-2404/versions/1.1.0`;
  expect(await verified(world, { image: named })).toMatchObject({
    state: "refused",
    problem: { code: "ImageNotFound" },
  });
  const latest = await share(world);
  expect(await verified(world, { image: named })).toMatchObject({ state: "proven", versionId: named });
  expect(await verified(world, { image: latest })).toMatchObject({ state: "proven", versionId: named });
});
