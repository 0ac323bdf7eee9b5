import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setBuildFault } from "../../local/azure/imagebuilder/index.ts";
import { sampleTemplate } from "../../local/estate.ts";
import { orchestrations } from "../../orchestrations/index.ts";
import { type Build, type BuildState, isFinal } from "../../shared/build.ts";
import { profiles, seedVerification } from "../journeys/proving.ts";
import { approver, endStorage, startWorld, type TestWorld } from "../journeys/world.ts";
import { type History, historiesFolder, historiesIn, misfit, representative } from "../support/histories.ts";
import type { Runs } from "../support/play.ts";

/**
 * What people do with Goldsmith, done once through the whole app; what the task hub kept of it is the record of this release.
 * `npm run histories` writes it down, once for a release and before its first deployment.
 */
let world: TestWorld;
let histories: readonly History[] = [];

const stateOf = async (id: string) => (await world.call<{ state: BuildState }>("GET", `builds/${id}`)).body.state;
const ended = (id: string) => world.clock.until(async () => isFinal(await stateOf(id)));
const reached = (id: string, state: BuildState) => world.clock.until(async () => (await stateOf(id)) === state);
const post = async (path: string, body: object, headers = {}) =>
  (await world.call<{ id: string }>("POST", path, body, headers)).body.id;

async function ask(name: string, more: object = {}): Promise<string> {
  const { estate } = world;
  const template = { resourceGroupId: estate.imagesGroup, name, body: sampleTemplate(estate) };
  return post("builds", { template, ...more });
}

/** Proven, then approved; and one that still waits, with a move of a channel that does: these last for days. */
async function approvals(): Promise<void> {
  const { estate } = world;
  const { properties, ...rest } = sampleTemplate(estate);
  const distribute = properties.distribute.map((one) => ({ ...one, excludeFromLatest: true }));
  const held = (name: string, more: object) => {
    const template = {
      resourceGroupId: estate.imagesGroup,
      name,
      body: { ...rest, properties: { ...properties, distribute } },
    };
    return post("builds", { template, approval: true, ...more });
  };
  const approved = await held("approved", { verify: true });
  await reached(approved, "awaitingApproval");
  await world.call("POST", `builds/${approved}/approvals`, { decision: "approve" }, approver);
  await ended(approved);
  const rejected = await held("rejected", {});
  await reached(rejected, "awaitingApproval");
  await world.call("POST", `builds/${rejected}/approvals`, { decision: "reject" }, approver);
  await ended(rejected);
  await reached(await held("waiting", {}), "awaitingApproval");
  const { artifacts = [] } = (await world.call<Build>("GET", `builds/${approved}`)).body;
  const [, definitionId, version] = /^(.*)\/versions\/(.*)$/.exec(artifacts[0]?.id ?? "") ?? [];
  const move = (channel: string) => post("channels", { definitionId, channel, version, reason: "tested" });
  await move("canary");
  await move("production");
}

/** Somebody takes a grant away, so that an audit finds something. */
async function drift(): Promise<void> {
  const { arm, estate } = world;
  const version = "api-version=2022-04-01";
  const path = `${estate.definition.split("/images/")[0]}/providers/Microsoft.Authorization/roleAssignments?${version}`;
  const { value } = (await arm("GET", path)).body as { value: { id: string }[] };
  const own = value.find(({ id }) => /\/galleries\//i.test(id));
  expect((await arm("DELETE", `${own?.id}?${version}`)).status).toBe(200);
}

async function live(): Promise<void> {
  const { estate, arm, azure, clock } = world;
  const templateId = (name: string) =>
    `${estate.imagesGroup}/providers/Microsoft.VirtualMachineImages/imageTemplates/${name}`;
  // Advised first, while rights are missing: it waits until somebody grants.
  const advised = await ask("advised", { mode: "advise" });
  await reached(advised, "waitingForRights");
  await ended(await ask("made"));
  await ended(advised);
  setBuildFault(azure.world, templateId("failing"), { stage: "Customizing", runs: 1 });
  const failing = await ask("failing");
  await ended(failing);
  await ended(await post(`builds/${failing}/retry`, {}));
  const cancelled = await ask("cancelled");
  await reached(cancelled, "running");
  await world.call("POST", `builds/${cancelled}/cancel`);
  await ended(cancelled);
  const outside = { ...sampleTemplate(estate) } as { properties: { distribute: object[] } };
  const galleryImageId = `/subscriptions/${crypto.randomUUID()}/resourceGroups/x/providers/Microsoft.Compute/galleries/g/images/i`;
  const distribute = outside.properties.distribute.map((one) => ({ ...one, galleryImageId }));
  const refused = {
    resourceGroupId: estate.imagesGroup,
    name: "refused",
    body: { ...outside, properties: { ...outside.properties, distribute } },
  };
  await ended(await post("builds", { template: refused }));
  await arm("PUT", `${estate.template}?api-version=2024-02-01`, sampleTemplate(estate));
  await ended(await world.buildOf(estate.template));
  await ended(await post("builds", { templateId: estate.template, grants: "justInTime", network: "restore" }));
  await approvals();
  await drift();
  const audit = await post("audits", {});
  const auditState = async () => (await world.call<{ state: string }>("GET", `audits/${audit}`)).body.state;
  await clock.until(async () => (await auditState()) === "done");
  const { body } = await world.call<{ hash: string }>("GET", `audits/${audit}`);
  await world.call("POST", `audits/${audit}/remediation`, { all: true, hash: body.hash }, approver);
  const remedied = async () =>
    (await world.call<{ remediations: object[] }>("GET", `audits/${audit}`)).body.remediations;
  await clock.until(async () => (await remedied()).some((one) => "lines" in one));
  const running = await ask("under-way");
  const undo = await post("undo", { all: true }, approver);
  await clock.until(
    async () =>
      (await world.call<{ state: string }>("GET", `undo/${undo}`)).body.state === "done" &&
      !isFinal(await stateOf(running)),
  );
}

beforeAll(async () => {
  world = await startWorld({
    settings: (estate) => ({
      ...profiles()(estate),
      GOLDSMITH_APPROVALS: JSON.stringify({ hours: 720 }),
      GOLDSMITH_CHANNELS: JSON.stringify({ canary: {}, production: { approval: true, hours: 720 } }),
    }),
  });
  await seedVerification(world);
  await live();
  histories = representative(historiesIn(join(world.directory, "hub.db")));
}, 300_000);
afterAll(async () => {
  await world.stop();
  await endStorage();
});

test("the record shows builds that succeeded, failed, were cancelled, refused, and one under way", () => {
  const builds = histories.filter(({ name }) => name === "buildImage");
  expect(builds.map(({ status }) => status)).toContain("Running");
  const ends = builds.map(({ events }) => String(events.findLast(({ Result }) => Result)?.Result));
  for (const state of ["succeeded", "failed", "cancelled", "refused"])
    expect([state, ends.some((text) => text.startsWith(`{"state":"${state}"`))]).toEqual([state, true]);
  const names = new Set(histories.map(({ name }) => name));
  for (const name of [
    "undoEntries",
    "undoPart",
    "auditEstate",
    "remedyFindings",
    "deliver",
    "watchRun",
    "awaitChanges",
    "awaitDecision",
    "carryMove",
    "verifyImage",
    "watchMachines",
    "removeMachines",
  ])
    expect([...names]).toContain(name);
});

test("this code replays what it has just done", async () => {
  for (const history of histories)
    expect([history.name, await misfit(history, orchestrations as unknown as Runs)]).toEqual([history.name, undefined]);
});

test("npm run histories keeps it under this release's version", () => {
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  const text = histories.map((history) => `${JSON.stringify(history)}\n`).join("");
  expect(text).not.toMatch(/f{40}|m{40}|Bearer |AccountKey/);
  if (!process.env.RECORD_HISTORIES) return;
  mkdirSync(historiesFolder, { recursive: true });
  writeFileSync(join(historiesFolder, `${version}.jsonl`), text);
});
