import type { DurableClient } from "durable-functions";
import type { Deps } from "../../functions/activities/deps.ts";
import { rebuildDue } from "../../functions/rebuilding.ts";
import { next } from "../../shared/decide/builds/turns.ts";
import type { Schedule } from "../../shared/schedule.ts";
import { storeOfFile, templateId } from "../shared/store/account.ts";

const open = storeOfFile();
const body = { location: "westeurope", properties: { source: { type: "PlatformImage", version: "latest" } } };

/** One instance of the app: its own connection to the shared store, an Azure that has one template, a durable client that remembers. */
function instance(started: string[], over: { readonly gone?: boolean; readonly source?: () => string } = {}) {
  const client = {
    getStatus: async () => undefined,
    startNew: async (_: string, { instanceId }: { instanceId: string }) => started.push(instanceId),
  } as unknown as DurableClient;
  const deps = {
    store: open(),
    notify: { targetsFor: () => [] },
    settings: { notify: { credential: { getToken: async () => null }, allowLoopbackTargets: false } },
    azure: {
      readTemplate: async (id: string) => (over.gone ? undefined : { id, exists: true, body }),
      exactSource: async () => over.source?.() ?? "a:b:c:1.0.0",
    },
  } as unknown as Deps;
  return { deps, client };
}

const at = (text: string) => new Date(text);

async function scheduled(name: string, more: Partial<Schedule> = {}): Promise<Schedule> {
  const now = at("2026-03-01T00:00:00Z");
  const schedule: Schedule = {
    id: name,
    lineage: name,
    templateId: templateId(name),
    cron: "0 0 4 * * *",
    timeZone: "UTC",
    onlyIfChanged: true,
    pauseAfter: 2,
    origin: { kind: "http" },
    createdAt: now.toISOString(),
    updatedAt: now.toISOString(),
    failures: 0,
    turns: [],
    ...more,
  };
  await open().schedules.change(name, () => ({ ...schedule, ...next(schedule, now) }));
  return schedule;
}

afterEach(async () => {
  const { schedules } = open();
  for (const { id } of await schedules.list()) await schedules.remove(id);
});

test("instances that look at the same moment start a due rebuild once", async () => {
  await scheduled("many");
  const started: string[] = [];
  const instances = Array.from({ length: 3 }, () => instance(started));
  await Promise.all(instances.map(({ deps, client }) => rebuildDue(deps, client, at("2026-03-01T04:00:05Z"))));
  await Promise.all(instances.map(({ deps, client }) => rebuildDue(deps, client, at("2026-03-01T04:05:00Z"))));
  expect(new Set(started).size).toBe(1);
  const schedule = await open().schedules.get("many");
  expect(schedule?.turns).toHaveLength(1);
  expect(schedule?.nextAt).toBe("2026-03-02T04:00:00.000Z");
});

test("one that died after starting the build and before writing it down costs nothing", async () => {
  await scheduled("dying");
  const started: string[] = [];
  const { deps, client } = instance(started);
  const dying = { ...deps, store: { ...deps.store, schedules: { ...deps.store.schedules, change: fail } } };
  expect(await rebuildDue(dying, client, at("2026-03-01T04:00:00Z"))).toBe(0);
  expect(await rebuildDue(deps, client, at("2026-03-01T04:05:00Z"))).toBe(1);
  expect(new Set(started).size).toBe(1);
  expect((await open().schedules.get("dying"))?.turns).toMatchObject([{ kind: "started", buildId: started[0] }]);
});

test("nothing changed, nothing built; a newer source is a reason; whatever was missed is one turn", async () => {
  let source = "a:b:c:1.0.0";
  await scheduled("still");
  const started: string[] = [];
  const { deps, client } = instance(started, { source: () => source });
  await rebuildDue(deps, client, at("2026-03-01T04:00:00Z"));
  await deps.store.builds.update(started[0] ?? "", { state: "succeeded" });
  await rebuildDue(deps, client, at("2026-03-02T04:00:00Z"));
  source = "a:b:c:1.0.1";
  await rebuildDue(deps, client, at("2026-03-09T13:00:00Z"));
  const schedule = await deps.store.schedules.get("still");
  expect(schedule?.turns.map(({ kind, reason }) => `${kind}: ${reason}`)).toEqual([
    "started: the source is now a:b:c:1.0.1, it was a:b:c:1.0.0",
    "skipped: nothing changed since the last build: template, source (a:b:c:1.0.0)",
    "started: no build of this schedule has succeeded yet",
  ]);
  expect(schedule?.nextAt).toBe("2026-03-10T04:00:00.000Z");
  expect(new Set(started).size).toBe(2);
});

test("a build that still runs, whoever asked for it, is not met by another", async () => {
  await scheduled("busy", { onlyIfChanged: false });
  const started: string[] = [];
  const { deps, client } = instance(started);
  await rebuildDue(deps, client, at("2026-03-01T04:00:00Z"));
  await rebuildDue(deps, client, at("2026-03-02T04:00:00Z"));
  expect((await deps.store.schedules.get("busy"))?.turns[0]).toMatchObject({
    kind: "skipped",
    reason: `build ${started[0]} of this template has not ended yet`,
  });
});

test("a build that only waits for an approver is not made again, unless what it is made from has changed", async () => {
  let source = "a:b:c:1.0.0";
  await scheduled("waiting");
  const started: string[] = [];
  const { deps, client } = instance(started, { source: () => source });
  await rebuildDue(deps, client, at("2026-03-01T04:00:00Z"));
  await deps.store.builds.update(started[0] ?? "", { state: "awaitingApproval" });
  await rebuildDue(deps, client, at("2026-03-02T04:00:00Z"));
  expect((await deps.store.schedules.get("waiting"))?.turns[0]).toMatchObject({
    kind: "skipped",
    reason: `nothing changed since build ${started[0]}, which waits for an approver`,
  });
  source = "a:b:c:1.0.1";
  await rebuildDue(deps, client, at("2026-03-03T04:00:00Z"));
  expect(new Set(started).size).toBe(2);
});

test("a template that is gone is a failure each time, until the schedule pauses itself", async () => {
  await scheduled("gone");
  const { deps, client } = instance([], { gone: true });
  for (const day of ["01", "02", "03"]) await rebuildDue(deps, client, at(`2026-03-${day}T04:00:00Z`));
  const schedule = await deps.store.schedules.get("gone");
  expect(schedule?.turns).toHaveLength(2);
  expect(schedule?.paused?.problem?.detail).toContain("TemplateGone");
  expect(schedule?.nextAt).toBeUndefined();
});

async function fail(): Promise<never> {
  throw new Error("storage is away");
}
