import { dueWatches, pauseBefore, readingOf, tellsMore, wantedAfter } from "../../../../shared/decide/builds/watch.ts";
import type { Watch } from "../../../../shared/watch.ts";

const templateId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.VirtualMachineImages/imageTemplates/t";
const since = "2026-01-01T00:00:00.000Z";
const at = (seconds: number) => Date.parse(since) + seconds * 1000;

const watch = (over: Partial<Watch> = {}): Watch => ({
  buildId: "b",
  templateId,
  instanceId: "b:run1",
  since,
  contentHash: "c",
  deadline: "2026-01-02T00:00:00.000Z",
  schedule: { moments: [100, 800, 810], after: 30 },
  ...over,
});
const calm = { requests: 1, failed: false, retryAfter: 0 };

test("a read is wanted at the schedule's moments, counted from the start that the service names", () => {
  expect(wantedAfter(watch(), at(0))).toBe(at(100));
  expect(wantedAfter(watch(), at(100))).toBe(at(800));
  const started = watch({ reading: { kind: "running", startedAt: "2026-01-01T00:00:20.000Z" } });
  expect(wantedAfter(started, at(0))).toBe(at(120));
});

test("due is what wanted a read since the last pass, and nothing that is known to have ended", () => {
  const ended = watch({ buildId: "e", reading: { kind: "ended", end: { kind: "succeeded" } } });
  expect(dueWatches([watch(), ended], at(90), at(99))).toEqual([]);
  expect(dueWatches([watch(), ended], at(90), at(105)).map(({ buildId }) => buildId)).toEqual(["b"]);
});

test("due is also a run of which an event has spoken since the last pass, once, and as long as it goes on", () => {
  const hinted = watch({ hintedAt: new Date(at(92)).toISOString() });
  expect(dueWatches([hinted], at(90), at(99))).toEqual([hinted]);
  expect(dueWatches([hinted], at(95), at(99))).toEqual([]);
  expect(dueWatches([{ ...hinted, reading: { kind: "gone" } }], at(90), at(99))).toEqual([]);
});

test("the next pass comes when the first read is wanted, at the latest after half a minute", () => {
  expect(pauseBefore([watch()], at(95), calm)).toBe(5);
  expect(pauseBefore([watch()], at(200), calm)).toBe(30);
});

test("a long list, a failure and ARM's own word put the next pass off", () => {
  expect(pauseBefore([watch()], at(801), { ...calm, requests: 15 })).toBe(24);
  expect(pauseBefore([watch()], at(801), { ...calm, failed: true })).toBe(15);
  expect(pauseBefore([watch()], at(801), { ...calm, failed: true, retryAfter: 47 })).toBe(47);
});

test("a template that is not there says so, and news is only what differs", () => {
  expect(readingOf(undefined, watch())).toEqual({ kind: "gone" });
  const running = { kind: "running", stage: "Building" } as const;
  expect(tellsMore(undefined, running)).toBe(true);
  expect(tellsMore(running, { ...running })).toBe(false);
  expect(tellsMore({ ...running, cancelAsked: true }, running)).toBe(false);
  expect(tellsMore(running, { kind: "running", stage: "Customizing" })).toBe(true);
});
