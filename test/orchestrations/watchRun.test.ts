import type { Activities } from "../../functions/activities/index.ts";
import type { WatchOrder } from "../../orchestrations/order.ts";
import { Refused } from "../../shared/problem.ts";
import { play, type Scene } from "../support/play.ts";
import { templateId } from "./scene.ts";

type Reading = Awaited<ReturnType<Activities["readRun"]>>;

const order: WatchOrder = {
  buildId: "b",
  templateId,
  poll: 30,
  deadline: "2026-01-01T05:00:00.000Z",
  contentHash: "sha256:c",
};
const ended: Reading = { kind: "ended", end: { kind: "succeeded" } };
const running: Reading = { kind: "running" };

/** What the store tells, look by look; the last one stays. */
const telling = (...readings: Reading[]): Scene["activities"] => ({
  readRun: async () => (readings.length > 1 ? readings.shift() : readings[0]) ?? running,
  cancelRun: async () => ({ outcome: "accepted" }),
  endWatch: async () => ({ correlationIds: ["c-1", "c-2"] }),
});

test("a run that is seen to end wakes the build at once", async () => {
  const played = await play("watchRun", order, {
    activities: telling(running, ended),
    events: [{ minute: 2, instance: "b1", name: "runSeen" }],
  });
  expect(played.output).toEqual({ kind: "succeeded" });
  expect(played.minutes).toBeCloseTo(2, 1);
  expect(played.warnings).toEqual([]);
});

test("a build that nobody wakes looks for itself after five minutes", async () => {
  const played = await play("watchRun", order, { activities: telling(running, ended) });
  expect(played.minutes).toBeCloseTo(5, 1);
  expect(played.calls).toEqual(["readRun", "readRun"]);
});

test("an event that comes while the build looks is not lost", async () => {
  const played = await play("watchRun", order, {
    activities: telling(running, ended),
    events: [{ minute: 0, instance: "b1", name: "runSeen" }],
  });
  expect(played.output).toEqual({ kind: "succeeded" });
  expect(played.minutes).toBeLessThan(1);
});

test("many wakings leave no long history", async () => {
  const events = Array.from({ length: 60 }, (_, i) => ({ minute: i + 1, instance: "b1", name: "runSeen" }));
  const readings = [...Array.from({ length: 60 }, () => running), ended];
  const played = await play("watchRun", order, { activities: telling(...readings), events });
  expect(played.output).toEqual({ kind: "succeeded" });
  expect(played.longestHistory).toBeLessThan(20);
});

test("looks that fail say nothing about the build", async () => {
  let looks = 0;
  const activities = {
    ...telling(),
    readRun: async () => {
      if (++looks < 4) throw new Error("storage is away");
      return ended;
    },
  };
  const played = await play("watchRun", order, { activities });
  expect(played.output).toEqual({ kind: "succeeded" });
});

test("a template that is gone refuses the build", async () => {
  const activities = {
    ...telling(),
    readRun: async () => {
      throw new Refused({ code: "TemplateGone", title: "The template does not exist" });
    },
  };
  const played = await play("watchRun", order, { activities });
  expect(played.status).toBe("Failed");
});

test("cancelling is asked for once, and the run is then watched to its end", async () => {
  const asking: Reading = { kind: "running", cancelAsked: true };
  const cancelled: Reading = { kind: "ended", end: { kind: "cancelled" } };
  const played = await play("watchRun", order, { activities: telling(running, asking, asking, cancelled) });
  expect(played.output).toEqual({ kind: "cancelled" });
  expect(played.calls.filter((call) => call === "cancelRun")).toHaveLength(1);
});

test("a template that changed under way is cancelled", async () => {
  const played = await play("watchRun", order, {
    activities: telling({ kind: "running", changed: true }, { kind: "ended", end: { kind: "failed" } }),
  });
  expect(played.calls).toContain("cancelRun");
});

test("a cancellation that hangs for half an hour needs support, and says by which ids", async () => {
  const played = await play("watchRun", order, { activities: telling({ kind: "running", cancelAsked: true }) });
  expect(played.output).toMatchObject({ kind: "timedOut", problem: { code: "NeedsSupport", stage: "cancelling" } });
  expect(JSON.stringify(played.output)).toContain("c-1, c-2");
  expect(played.minutes).toBeGreaterThanOrEqual(30);
  expect(played.minutes).toBeLessThan(40);
});

test("a run beyond its time-out needs support", async () => {
  const played = await play("watchRun", order, { activities: telling(running) });
  expect(played.output).toMatchObject({ kind: "timedOut", problem: { code: "NeedsSupport", stage: "running" } });
  expect(played.minutes).toBeLessThan(310);
  expect(played.longestHistory).toBeLessThan(20);
});

describe("a sub-stage that does not change", () => {
  const stuckFor = async (stage: string, looks: number, after: Reading = ended) => {
    const here: Reading = { kind: "running", stage };
    const readings = [...Array.from({ length: looks }, () => here), after, ended];
    return play("watchRun", order, { activities: { ...telling(...readings), tellStuck: async () => ({}) } });
  };
  const told = ({ inputs }: Awaited<ReturnType<typeof play>>) =>
    inputs.filter(({ name }) => name === "tellStuck").map(({ input }) => input);

  test("is told once where it should be short, with what to do, and the run is watched on to its end", async () => {
    const played = await stuckFor("Building", 20);
    expect(played.output).toEqual({ kind: "succeeded" });
    expect(told(played)).toMatchObject([
      { buildId: "b", problem: { code: "NeedsSupport", title: "The run has been Building for long without a change" } },
    ]);
  });

  test("is taken back when the run goes on after all", async () => {
    const played = await stuckFor("Building", 20, { kind: "running", stage: "Customizing" });
    expect(told(played)).toEqual([expect.objectContaining({ problem: expect.anything() }), { buildId: "b" }]);
  });

  test("is nobody's business within the hour, nor while scripts run, which may take long", async () => {
    expect(told(await stuckFor("Building", 10))).toEqual([]);
    expect(told(await stuckFor("Customizing", 50))).toEqual([]);
  });
});
