import { sampleTemplate } from "../../local/estate.ts";
import { endStorage, startWorld, type TestWorld } from "./world.ts";

let world: TestWorld;
beforeAll(async () => {
  world = await startWorld({ switches: { buildSeconds: [880, 920] } });
});
afterAll(async () => {
  await world.stop();
  await endStorage();
});

const idOf = (name: string) =>
  `${world.estate.imagesGroup}/providers/Microsoft.VirtualMachineImages/imageTemplates/${name}`;
const start = async (name: string, properties: object) => {
  const { properties: usual, ...rest } = sampleTemplate(world.estate);
  const body = { ...rest, properties: { ...usual, ...properties } };
  const template = { resourceGroupId: world.estate.imagesGroup, name, body };
  return (await world.call<{ id: string }>("POST", "builds", { template })).body.id;
};
const gallery = (runOutputName: string) => ({
  type: "SharedImage",
  runOutputName,
  galleryImageId: world.estate.definition,
  targetRegions: [{ name: "westeurope" }],
});

test("a partial success names what is missing, and a retry makes it from the version that was made", async () => {
  const templateId = idOf("partial");
  const fault = { stage: "Distributing", target: 1 };
  await world.arm("POST", "/emulator/build-faults", { templateId, fault });
  const disk = { type: "VHD", runOutputName: "disk" };
  const id = await start("partial", { distribute: [gallery("gold"), disk] });
  const build = await world.built(id);
  expect(build.state).toBe("partiallySucceeded");
  expect(build.artifacts).toMatchObject([{ runOutputName: "gold", kind: "imageVersion" }]);
  const version = build.artifacts?.[0];
  expect(version?.regions?.length).toBeGreaterThan(0);
  expect(build.problem?.detail).toMatch(/^Not made: disk\./);
  expect(build.problem?.fix?.join("\n")).toMatch(
    new RegExp(`POST /api/builds/${id}/retry makes[\\s\\S]*az rest --method put`),
  );
  const retried = (await world.call<{ id: string; templateId: string }>("POST", `builds/${id}/retry`)).body;
  expect(retried.templateId).toMatch(/partial-rest-[0-9a-f]{8}$/);
  const rest = await world.built(retried.id);
  expect(rest).toMatchObject({ state: "succeeded", retryOf: id, lineage: build.lineage });
  expect(rest.artifacts).toMatchObject([{ runOutputName: "disk", kind: "vhd" }]);
  expect(rest.artifacts?.[0]?.warning).toContain("deleted with its template; copy it out: az storage blob copy start");
  const made = (await world.arm("GET", `${retried.templateId}?api-version=2024-02-01`)).body as {
    properties: { source: object; customize?: object };
  };
  expect(made.properties.source).toMatchObject({ type: "SharedImageVersion", imageVersionId: version?.id });
  expect(made.properties.customize ?? []).toEqual([]);
  expect((await world.call<{ id: string }>("POST", `builds/${id}/retry`)).body.id).toBe(retried.id);
}, 180_000);

test("an image version that appears after the service gave it up is a success that came late", async () => {
  const id = await start("late", {
    buildTimeoutInMinutes: 6,
    distribute: [gallery("gold")],
    customize: [{ type: "Shell", name: "quick", inline: ["true"] }],
  });
  const build = await world.built(id);
  expect([build.state, build.problem?.code, build.late]).toEqual(["succeeded", undefined, true]);
  expect(build.artifacts).toMatchObject([{ runOutputName: "gold", kind: "imageVersion" }]);
  expect(build.timeline.map(({ detail }) => detail).join()).toContain("the image version appeared after the time-out");
}, 180_000);
