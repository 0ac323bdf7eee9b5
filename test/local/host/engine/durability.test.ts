import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { steppedClock } from "../../../../local/clock.ts";
import { OwnedElsewhere } from "../../../../local/host/engine/owner.ts";
import { origin, testHost } from "../support.ts";

const minute = 60_000;
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "durable-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe("a data directory", () => {
  test("has one host at a time; the second is told, and changes nothing", async () => {
    const first = await testHost("small", { directory });
    await expect(testHost("small", { directory })).rejects.toThrow(OwnedElsewhere);
    expect((await first.ended(await first.begin("sequence", 1))).output).toBe(8);
    await first.stop();
    const later = await testHost("small", { directory });
    await later.stop();
  });

  test("taken over by another owner takes no more writes from the old one, which stops", async () => {
    const host = await testHost("small", { directory });
    const id = await host.begin("sleep", 60);
    const other = new DatabaseSync(join(directory, "hub.db"));
    other.exec("UPDATE owner SET epoch = epoch + 1");
    await host.clock.advance(10 * minute);
    expect(host.log.map((line) => line.code)).toContain("dethroned");
    const rows = other.prepare("SELECT status FROM instances WHERE id=?").all(id);
    expect(rows).toEqual([expect.objectContaining({ status: "Pending" })]);
    other.close();
    await host.stop();
  });

  test("holds everything a later host needs: timers, events, work", async () => {
    const before = await testHost("traps", { directory });
    const timer = await before.begin("longTimer");
    const event = await before.begin("waitsForEv");
    await before.raise(event, "ev", "kept");
    const retrying = await before.begin("retriesUntilItWorks");
    await before.clock.advance(1_000);
    await before.stop();
    const after = await testHost("traps", { directory, clock: steppedClock(origin + 2_000) });
    expect((await after.ended(event)).output).toBe("kept");
    expect((await after.ended(retrying)).output).toMatchObject({ tried: 3 });
    expect((await after.ended(timer, 30 * 24 * 60 * minute)).output).toMatchObject({ after: "after", late: 0 });
    await after.stop();
  });
});

describe("an unkind hub", () => {
  test("runs activities twice, delivers results twice and late, and the outcome is the same", async () => {
    const unkind = {
      seed: 3,
      duplicateActivities: 0.5,
      duplicateResults: { chance: 0.5, milliseconds: 5_000 },
      delayedMessages: { chance: 0.5, milliseconds: 5_000 },
      stalledWorker: { chance: 0.5, milliseconds: 5_000 },
    };
    const host = await testHost("small", { directory, unkind });
    const started = host.clock.now();
    const ids: string[] = [];
    for (let n = 0; n < 10; n++) ids.push(await host.begin("sequence", n));
    for (const [n, id] of ids.entries()) expect((await host.ended(id)).output).toBe(n * 8);
    const seen = (await (await host.call("/api/seen")).json()) as { activities: unknown[] };
    expect(seen.activities.length).toBeGreaterThan(30);
    expect(host.clock.now() - started).toBeGreaterThan(1_000);
    const twice = new DatabaseSync(join(directory, "hub.db"), { readOnly: true });
    const results = twice.prepare('SELECT event FROM history WHERE event LIKE \'{"EventId":-1%"EventType":5%\'').all();
    expect(results.length).toBeGreaterThan(30);
    twice.close();
    await host.stop();
  });
});
