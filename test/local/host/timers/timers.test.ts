import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { steppedClock } from "../../../../local/clock.ts";
import { cronSchedule } from "../../../../local/host/timers/cron.ts";
import { startTimer } from "../../../../local/host/timers/trigger.ts";
import { useVirtualTime } from "../../../../local/host/virtualTime.ts";
import type { Invoke } from "../../../../local/host/worker/invoke.ts";
import { registeredFunction } from "../../../../local/host/worker/registry.ts";
import { origin, type TestHost, testHost } from "../support.ts";

const hour = 3_600_000;
const environment = { NIGHTLY: "0 0 3 * * *" };

interface Run {
  readonly name: string;
  readonly pastDue?: boolean;
  readonly next?: string;
  readonly retry?: number;
  readonly at?: string;
}

const runsOf = async (host: TestHost, name: string) =>
  ((await (await host.call("/api/runs")).json()) as Run[]).filter((run) => run.name === name);

describe("timers", () => {
  test("run on their schedule, and are told the next occurrence", async () => {
    const host = await testHost("timers", { environment });
    await host.clock.advance(51 * hour);
    const nightly = await runsOf(host, "nightly");
    expect(nightly.map(({ pastDue }) => pastDue)).toEqual([false, false, false]);
    expect(nightly[1]!.next).toBe("2026-01-02T03:00:00.000Z");
    expect(await runsOf(host, "interval")).toHaveLength(8);
    await host.stop();
  });

  test("run at start when they say so", async () => {
    const host = await testHost("timers", { environment });
    await host.clock.advance(1_000);
    expect(await runsOf(host, "eager")).toHaveLength(1);
    await host.stop();
  });

  test("run once and past due after downtime, then on schedule", async () => {
    const directory = mkdtempSync(join(tmpdir(), "timers-"));
    const before = await testHost("timers", { environment, directory });
    await before.clock.advance(10 * hour);
    await before.stop();
    const after = await testHost("timers", { environment, directory, clock: steppedClock(origin + 100 * hour) });
    await after.clock.advance(1_000);
    expect((await runsOf(after, "nightly")).map(({ pastDue }) => pastDue)).toEqual([true]);
    await after.clock.advance(24 * hour);
    expect((await runsOf(after, "nightly")).map(({ pastDue }) => pastDue)).toEqual([true, false]);
    await after.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  test("are not past due when the schedule was changed meanwhile", async () => {
    const directory = mkdtempSync(join(tmpdir(), "timers-"));
    const before = await testHost("timers", { environment, directory });
    await before.stop();
    const clock = steppedClock(origin + 10 * hour);
    const after = await testHost("timers", { environment: { NIGHTLY: "0 0 23 * * *" }, directory, clock });
    await after.clock.advance(hour);
    expect(await runsOf(after, "nightly")).toEqual([]);
    await after.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  test("repeat a failed run by their policy, with growing pauses, and then wait for the schedule", async () => {
    const clock = steppedClock(origin);
    const realTime = useVirtualTime(clock);
    const host = await testHost("timers", { environment, clock });
    await host.clock.advance(24 * hour);
    const failing = await runsOf(host, "failing");
    expect(failing.map(({ retry }) => retry)).toEqual([0, 1, 2, 3]);
    expect(failing.map((run) => run.at!.slice(11, 16))).toEqual(["12:30", "12:31", "12:33", "12:36"]);
    expect(host.log.filter((line) => line.category === "host.timer")).toHaveLength(1);
    await host.stop();
    realTime();
  });

  test("do not run when they are switched off, and a bad schedule keeps the host from starting", async () => {
    const off = { ...environment, "AzureWebJobs.nightly.Disabled": "1" };
    const host = await testHost("timers", { environment: off });
    await host.clock.advance(24 * hour);
    expect(await runsOf(host, "nightly")).toEqual([]);
    await host.stop();
    await expect(testHost("timers", { environment: { NIGHTLY: "whenever" } })).rejects.toThrow("whenever");
  });
});

test("a run that takes longer than its interval is not overlapped: occurrences meanwhile are left out", async () => {
  const clock = steppedClock(origin);
  const began: number[] = [];
  const invoke: Invoke = async () => {
    began.push((clock.now() - origin) / hour);
    await new Promise<void>((resolve) => void clock.schedule(clock.now() + 1.5 * hour, resolve));
    return { value: undefined, returned: null };
  };
  const called = registeredFunction({ name: "slow", bindings: { t: { type: "timerTrigger" } } }, () => {});
  const monitor = { read: () => undefined, write: async () => {} };
  const timer = startTimer(called, cronSchedule("0 0 * * * *", "UTC"), { clock, invoke, monitor, log: () => {} });
  await clock.advance(7 * hour);
  expect(began).toEqual([1, 3, 5, 7]);
  const stopped = timer.stop();
  await clock.advance(2 * hour);
  await stopped;
  expect(began).toHaveLength(4);
});
