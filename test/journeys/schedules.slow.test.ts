import { sampleTemplate } from "../../local/estate.ts";
import type { Schedule } from "../../shared/schedule.ts";
import { approver, endStorage, startWorld, type TestWorld } from "./world.ts";

let world: TestWorld;
beforeAll(async () => {
  world = await startWorld({ switches: { eventLoss: 1, buildSeconds: [880, 920] } });
  await world.arm("PUT", `${world.estate.template}?api-version=2024-02-01`, sampleTemplate(world.estate));
});
afterAll(async () => {
  await world.stop();
  await endStorage();
});

let id = "";
const schedule = async () => (await world.call<Schedule>("GET", `schedules/${id}`)).body;
const until = (turns: number) => world.clock.until(async () => (await schedule()).turns.length >= turns);
const told = async () => (await schedule()).turns.map(({ kind, reason }) => `${kind}: ${reason}`);
const settledBuild = async () => {
  await world.built((await schedule()).turns[0]?.buildId ?? "");
  await world.clock.until(async () => (await schedule()).pending === undefined);
};
const emulator = (path: string, body: unknown) => world.arm("POST", `/emulator/${path}`, body);

test("a schedule is an operator's: a builder's key does not write one", async () => {
  const wish = { templateId: world.estate.template, cron: "0 0 * * * *", timeZone: "Europe/Berlin", pauseAfter: 2 };
  expect((await world.call("PUT", "schedules", wish)).status).toBe(401);
  const written = await world.call<Schedule>("PUT", "schedules", wish, approver);
  expect(written.status).toBe(200);
  id = written.body.id;
  const again = await world.call<Schedule>("PUT", "schedules", wish, approver);
  expect(again.body.id).toBe(id);
  expect((await world.call<{ value: Schedule[] }>("GET", "schedules")).body.value).toHaveLength(1);
});

test("it builds when it is due, then only if something changed, and tells why", async () => {
  await until(1);
  await settledBuild();
  await until(2);
  expect(await told()).toEqual([
    expect.stringMatching(/^skipped: nothing changed since the last build: template, source \(Canonical:/),
    "started: no build of this schedule has succeeded yet",
  ]);
  const { basis } = await schedule();
  const [publisher = "", offer = "", sku = "", version = ""] = basis?.source?.split(":") ?? [];
  const image = { publisher, offer, sku, osType: "Linux", hyperVGeneration: "V2", versions: [version, "99.0.0"] };
  expect((await emulator("platform-images", image)).status).toBe(204);
  await until(3);
  expect((await told())[0]).toMatch(/^started: the source is now .*:99\.0\.0, it was /);
  await settledBuild();
  expect((await schedule()).turns[0]).toMatchObject({ state: "succeeded" });
}, 180_000);

test("failures in a row pause it with the reason, and resuming starts afresh", async () => {
  const fault = {
    stage: "Customizing",
    log: ["==> azure-arm: Script exited with non-zero exit status: 7. Allowed exit codes are: [0]"],
  };
  await emulator("build-faults", { templateId: world.estate.template, fault });
  const wish = { templateId: world.estate.template, cron: "0 0 * * * *", onlyIfChanged: false, pauseAfter: 2 };
  await world.call("PUT", "schedules", wish, approver);
  await world.clock.until(async () => (await schedule()).paused !== undefined);
  const paused = await schedule();
  expect(paused.paused?.problem).toMatchObject({
    code: "SchedulePaused",
    detail: expect.stringContaining("CustomizerFailed"),
  });
  expect(paused.nextAt).toBeUndefined();
  await world.clock.advance(3 * 3_600_000);
  expect((await schedule()).turns).toHaveLength(paused.turns.length);
  await emulator("build-faults", { templateId: world.estate.template });
  const resumed = await world.call<Schedule>("POST", `schedules/${id}/resume`, undefined, approver);
  expect(resumed.body).toMatchObject({ failures: 0 });
  expect(resumed.body.paused).toBeUndefined();
  await until(paused.turns.length + 1);
  await settledBuild();
  expect(await schedule()).toMatchObject({ failures: 0 });
}, 180_000);

test("deleted, it is gone", async () => {
  expect((await world.call("DELETE", `schedules/${id}`, undefined, approver)).status).toBe(204);
  expect((await world.call("GET", `schedules/${id}`)).status).toBe(404);
  expect(world.warnings).toEqual([]);
});
