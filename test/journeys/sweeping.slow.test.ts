import type { Deps } from "../../functions/activities/deps.ts";
import { writeVerification } from "../../functions/verifying.ts";
import { connectStore } from "../../shared/store/index.ts";
import { ended, leftIn, profiles, publish, seedVerification, type VerificationView } from "./proving.ts";
import { endStorage, startWorld, type TestWorld } from "./world.ts";

/** What a verification leaves whose orchestration is gone is found by the timer, from what was written down before it was made. */
let world: TestWorld;
let image: string;

beforeAll(async () => {
  world = await startWorld({ settings: profiles({ wide: { subnets: "temporary", vms: 2 } }) });
  await seedVerification(world);
  image = await publish(world, "1.0.0");
});
afterAll(async () => {
  await world.stop();
  await endStorage();
});

const seen = async (id: string) => (await world.call<VerificationView>("GET", `verifications/${id}`)).body;

/** Asks for a verification, and waits until everything it is made of is there. */
async function booting(): Promise<string> {
  const { id } = (await world.call<{ id: string }>("POST", "verifications", { image, profile: "wide" })).body;
  await world.clock.until(async () => (await seen(id)).state === "booting");
  expect((await leftIn(world)).map((one) => one.split("/").at(-2)).sort()).toEqual([
    "disks",
    "disks",
    "networkInterfaces",
    "networkInterfaces",
    "virtualMachines",
    "virtualMachines",
    "virtualNetworks",
  ]);
  return id;
}

async function durable(method: string, path: string): Promise<readonly { readonly instanceId: string }[]> {
  const { url, keys } = world.host;
  const code = `${path.includes("?") ? "&" : "?"}code=${keys.systemKeys.durabletask_extension}`;
  const answer = await fetch(`${url}/runtime/webhooks/durabletask/instances${path}${code}`, { method });
  expect(answer.status).toBeLessThan(300);
  return method === "GET" ? ((await answer.json()) as { instanceId: string }[]) : [];
}

/** Somebody ends it with all its parts, as a task hub does that is lost. */
async function lose(id: string, purge: boolean): Promise<void> {
  for (const instance of [id, `${id}:boot`]) {
    await durable("POST", `/${instance}/terminate?reason=test`);
    await world.clock.advance(5_000);
    if (purge) await durable("DELETE", `/${instance}`);
  }
}

/** Sweeps of a verification that have not ended. */
async function sweepsAtWork(id: string): Promise<readonly string[]> {
  const found = await durable("GET", `?runtimeStatus=Running&instanceIdPrefix=${encodeURIComponent(`${id}:sweep-`)}`);
  return found.map(({ instanceId }) => instanceId).filter((instance) => !instance.endsWith(":remove"));
}

const scheduled = 5 * 60_000;

test.each([
  ["terminated", false],
  ["purged", true],
])("an orchestration that was %s leaves nothing: the next sweep removes it all, and says so", async (_, purge) => {
  const id = await booting();
  await lose(id, purge);
  const from = world.clock.now();
  const view = await ended(world, id);
  expect(view).toMatchObject({ state: "failed", open: false, problem: { code: "Abandoned" } });
  expect(view.proof).toBeUndefined();
  expect(await leftIn(world)).toEqual([]);
  // The next scheduled moment, and what Azure takes to remove machines.
  expect(world.clock.now() - from).toBeLessThan(scheduled + 20 * 60_000);
});

test("what is locked is not forgotten: a later sweep removes it once that is possible, and only then it is closed", async () => {
  const id = await booting();
  const machine = (await seen(id)).machines[0]?.vmId ?? "";
  const lock = `${machine}/providers/Microsoft.Authorization/locks/keep?api-version=2020-05-01`;
  expect((await world.arm("PUT", lock, { properties: { level: "CanNotDelete" } })).status).toBeLessThan(300);
  await lose(id, false);
  // Longer than one sweep tries.
  await world.clock.advance(50 * 60_000);
  expect(await seen(id)).toMatchObject({ open: true });
  expect(await leftIn(world)).toContain(machine);
  expect((await sweepsAtWork(id)).length).toBeLessThanOrEqual(1);
  expect((await world.arm("DELETE", lock)).status).toBeLessThan(300);
  expect(await ended(world, id)).toMatchObject({ state: "failed", open: false });
  expect(await leftIn(world)).toEqual([]);
});

test("what goes on, and what has ended, is left alone", async () => {
  const id = await booting();
  await world.clock.advance(scheduled);
  const from = world.record().length;
  const view = await ended(world, id);
  expect(view).toMatchObject({ state: "proven", open: false });
  await world.clock.advance(2 * scheduled);
  const removals = world
    .record()
    .slice(from)
    .filter(({ method, caller }) => method === "DELETE" && caller === "app");
  expect(removals.filter(({ status }) => status >= 400 && status !== 409)).toEqual([]);
});

test("a verification that was written down and never started is started", async () => {
  const store = connectStore({ kind: "connectionString", connectionString: world.storage });
  const { default: profile } = JSON.parse(profiles()(world.estate).GOLDSMITH_VERIFICATIONS) as Record<string, object>;
  const whole = { subnets: "temporary", scripts: [], regions: "one", vms: 1, minutes: 45, ...profile };
  const deps = { store, settings: { verifications: { default: whole } } } as unknown as Deps;
  const id = "verify-0123456789ab";
  await writeVerification(deps, { id, image: { kind: "version", id: image }, profile: "default", gate: false });
  expect(await ended(world, id)).toMatchObject({ state: "proven" });
  expect(await leftIn(world)).toEqual([]);
});
