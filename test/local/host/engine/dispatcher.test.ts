import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { steppedClock } from "../../../../local/clock.ts";
import type { Adapter, Decision } from "../../../../local/host/engine/contract.ts";
import { openEngine } from "../../../../local/host/engine/index.ts";
import { origin } from "../support.ts";

const done: Decision = { actions: [], completion: { status: "Completed", id: 0, result: "1" }, suspended: false };

/** An engine over an adapter that knows nothing of durable-functions: the engine must not need it. */
function engineOver(adapter: Partial<Adapter>, concurrency = { orchestrators: 10, activities: 10 }) {
  const directory = mkdtempSync(join(tmpdir(), "engine-"));
  const clock = steppedClock(origin);
  const messages: string[] = [];
  const engine = openEngine({
    directory,
    clock,
    concurrency,
    log: (line) => messages.push(line.message),
    dethroned: () => {},
  });
  engine.start({
    decide: async () => done,
    runActivity: async () => ({ kind: "completed", result: null }),
    orchestratorName: (name) => name,
    ...adapter,
  });
  const stop = async () => {
    await engine.stop(1_000);
    rmSync(directory, { recursive: true, force: true });
  };
  return { engine, clock, messages, stop };
}

test("an internal error is tried again later and later, and loses nothing", async () => {
  const tries: number[] = [];
  const { engine, clock, messages, stop } = engineOver({
    decide: async () => {
      tries.push((clock.now() - origin) / 1_000);
      if (tries.length < 5) throw new Error("the adapter broke");
      return done;
    },
  });
  const id = await engine.client.start("x", undefined, null, null);
  await clock.until(() => engine.client.get(id)?.status === "Completed");
  expect(tries).toEqual([0, 2, 6, 14, 30]);
  expect(messages).toHaveLength(4);
  expect(messages[3]).toContain("abandoned 4 time(s), trying again in 16 s: the adapter broke");
  await stop();
});

test("an activity whose result cannot be made is tried again too", async () => {
  let runs = 0;
  const { engine, clock, stop } = engineOver({
    decide: async ({ fresh }) =>
      fresh.some((event) => event.TaskScheduledId === 0)
        ? done
        : { actions: [{ kind: "scheduleTask", id: 0, name: "a", input: null }], suspended: false },
    runActivity: async () => {
      runs += 1;
      if (runs < 3) throw new Error("no worker");
      return { kind: "completed", result: null };
    },
  });
  const id = await engine.client.start("x", undefined, null, null);
  await clock.until(() => engine.client.get(id)?.status === "Completed");
  expect([runs, clock.now() - origin]).toEqual([3, 6_000]);
  await stop();
});

test("no more run at once than host.json allows, and an instance never twice", async () => {
  let [now, most, sameTwice] = [0, 0, false];
  const running = new Set<string>();
  const { engine, clock, stop } = engineOver(
    {
      decide: async ({ instance }) => {
        sameTwice ||= running.has(instance);
        running.add(instance);
        now += 1;
        most = Math.max(most, now);
        await new Promise((resolve) => setTimeout(resolve, 5));
        now -= 1;
        running.delete(instance);
        return done;
      },
    },
    { orchestrators: 3, activities: 1 },
  );
  const ids = await Promise.all(Array.from({ length: 12 }, () => engine.client.start("x", undefined, null, null)));
  for (const id of ids) await Promise.all([engine.client.raise(id, "a", null), engine.client.raise(id, "b", null)]);
  await clock.until(() => ids.every((id) => engine.client.get(id)?.status === "Completed"));
  expect([most, sameTwice]).toEqual([3, false]);
  await stop();
});

test("what is purged while a turn runs stays gone", async () => {
  let finish = () => {};
  const { engine, clock, stop } = engineOver({
    decide: () =>
      new Promise((resolve) => {
        finish = () => resolve(done);
      }),
  });
  const id = await engine.client.start("x", undefined, null, null);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await engine.client.purge(id)).toBe(true);
  finish();
  await clock.until(() => true);
  expect(engine.client.get(id)).toBeUndefined();
  expect(engine.client.history(id)).toEqual([]);
  await stop();
});

test("writes asked for together go to disk together, and one that fails takes no other with it", async () => {
  const { engine, stop } = engineOver({});
  const writes = [1, 2, 3].map((n) =>
    engine.write(() => {
      engine.store.run("INSERT INTO schedules VALUES(?, NULL, 0, 0)", `f${n}`);
      if (n === 2) throw new Error("this one does not");
      return n;
    }),
  );
  expect((await Promise.allSettled(writes)).map(({ status }) => status)).toEqual([
    "fulfilled",
    "rejected",
    "fulfilled",
  ]);
  expect(engine.store.select("SELECT function FROM schedules").map((row) => row.function)).toEqual(["f1", "f3"]);
  await stop();
});

test("a timer that is due while another instance drops its own still rings", async () => {
  const due = origin + 60_000;
  const { engine, clock, stop } = engineOver({
    decide: async ({ name, fresh }) =>
      name === "ends" || fresh.some((event) => event.TimerId === 0)
        ? done
        : { actions: [{ kind: "createTimer", id: 0, fireAt: new Date(due).toISOString() }], suspended: false },
  });
  // Registered before the hub's own alarm, so that at the due moment this comes first.
  clock.schedule(due, () => void engine.client.start("ends", "other", null, null));
  const id = await engine.client.start("sleeps", undefined, null, null);
  await clock.until(() => engine.client.get(id)?.status === "Completed");
  expect(clock.now()).toBe(due);
  await stop();
});
