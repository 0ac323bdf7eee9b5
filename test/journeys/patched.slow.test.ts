import { sampleTemplate } from "../../local/estate.ts";
import type { Build } from "../../shared/build.ts";
import { endStorage, startWorld, type TestWorld } from "./world.ts";

/** A template is changed as its service lets one change it (PATCH), by somebody who has the right to, while Goldsmith works on it. */
let world: TestWorld;
let templateId: string;
let theirs: { readonly identity: string; readonly definition: string };

/** A world of which nothing is watched (or a changed template would be built anew, as it should), and a template in it that was built once. */
beforeAll(async () => {
  world = await startWorld({
    settings: ({ networkGroup }) => ({ GOLDSMITH_WATCH: networkGroup }),
    // A change is taken whoever has which rights: else it would be undone by the service itself.
    switches: {
      rightsCheckedAtSubmission: false,
      updatesDuringRuns: true,
      buildSeconds: [880, 920],
      grantEffectiveSeconds: [20, 20],
    },
  });
  const { arm, estate } = world;
  templateId = estate.template;
  theirs = {
    identity: `${estate.imagesGroup}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-theirs`,
    definition: `${estate.definition}-theirs`,
  };
  await arm("PUT", `${theirs.identity}?api-version=2023-01-31`, { location: "westeurope" });
  const { body } = await arm("GET", `${estate.definition}?api-version=2023-07-03`);
  const { location, properties } = body as { location: string; properties: { identifier: object } };
  const identifier = { ...properties.identifier, offer: "theirs" };
  const definition = { location, properties: { ...properties, identifier, provisioningState: undefined } };
  expect((await arm("PUT", `${theirs.definition}?api-version=2023-07-03`, definition)).status).toBeLessThan(300);
  const [resourceGroupId, name] = templateId.split("/providers/Microsoft.VirtualMachineImages/imageTemplates/");
  const template = { resourceGroupId, name, body: sampleTemplate(estate) };
  const first = await world.call<{ id: string }>("POST", "builds", { template });
  expect((await world.built(first.body.id)).state).toBe("succeeded");
}, 120_000);
afterAll(async () => {
  await world.stop();
  await endStorage();
});

const version = "api-version=2024-02-01";
const patch = async (change: object) =>
  expect((await world.arm("PATCH", `${templateId}?${version}`, change)).status).toBeLessThan(300);
const view = async (id: string) => (await world.call<Build>("GET", `builds/${id}`)).body;
const until = (id: string, state: string) => world.clock.until(async () => (await view(id)).state === state);
const start = async () => (await world.call<{ id: string }>("POST", "builds", { templateId })).body.id;
const asked = (from: number, wanted: RegExp) =>
  world
    .record()
    .slice(from)
    .filter(({ caller, method, url }) => caller === "app" && wanted.test(`${method} ${url.split("?")[0]}`));
const runs = /^POST .*\/run$/;

/** A build that has planned and waits, because somebody took a right of its away. */
async function waiting(): Promise<string> {
  const { arm, estate } = world;
  const grants = `${estate.definition.split("/images/")[0]}/providers/Microsoft.Authorization/roleAssignments`;
  const listed = (await arm("GET", `${grants}?api-version=2022-04-01`)).body as { value: { id: string }[] };
  for (const { id } of listed.value) if (id.startsWith(grants)) await arm("DELETE", `${id}?api-version=2022-04-01`);
  await world.clock.advance(15 * 60_000);
  const id = await start();
  await until(id, "waitingForRights");
  return id;
}

const change = {
  identity: () => ({
    identity: {
      type: "UserAssigned",
      userAssignedIdentities: { [world.estate.identity]: null, [theirs.identity]: {} },
    },
  }),
  targets: () => {
    const [target] = sampleTemplate(world.estate).properties.distribute;
    return { properties: { distribute: [{ ...target, galleryImageId: theirs.definition }] } };
  },
};

/** Puts the template back as it was planned, for the next test. */
async function mended(): Promise<void> {
  const identity = {
    type: "UserAssigned",
    userAssignedIdentities: { [theirs.identity]: null, [world.estate.identity]: {} },
  };
  await patch({ identity, properties: { distribute: sampleTemplate(world.estate).properties.distribute } });
  await world.clock.advance(120_000);
}

test("new tags matter neither between plan and run nor while it runs", async () => {
  const id = await waiting();
  await patch({ tags: { sweep: "one" } });
  await until(id, "running");
  await patch({ tags: { sweep: "two" } });
  expect(await world.built(id)).toMatchObject({ state: "succeeded" });
  expect((await world.arm("GET", `${templateId}?${version}`)).body).toMatchObject({ tags: { sweep: "two" } });
});

test.each(["identity", "targets"] as const)("%s changed between plan and run: nothing is run", async (what) => {
  const id = await waiting();
  const from = world.record().length;
  await patch(change[what]());
  const ended = await world.built(id);
  expect([ended.state, ended.problem?.code]).toEqual(["refused", "TemplateChanged"]);
  expect(asked(from, runs)).toEqual([]);
  expect(asked(from, /^PUT .*roleAssignments/)).toEqual([]);
  await mended();
});

test.each(["identity", "targets"] as const)(
  "%s changed while it runs: the run is cancelled and its result not trusted",
  async (what) => {
    const id = await start();
    await until(id, "running");
    const from = world.record().length;
    await patch(change[what]());
    const ended = await world.built(id);
    expect([ended.state, ended.problem?.code]).toEqual(["failed", "TemplateChanged"]);
    // With an identity that may do nothing the run may end by itself, before anybody has seen that it changed.
    const { status, body } = await world.arm("GET", `${templateId}?${version}`);
    const { runState } = (body as { properties: { lastRunStatus: { runState: string } } }).properties.lastRunStatus;
    expect([status, runState]).toEqual([
      200,
      what === "targets" ? "Canceled" : expect.stringMatching(/Canceled|Failed/),
    ]);
    expect(asked(from, /^POST .*\/cancel$/)).toHaveLength(runState === "Canceled" ? 1 : 0);
    expect(asked(from, /^PUT .*roleAssignments/)).toEqual([]);
    await mended();
  },
);
