import { expectationOf, progressNow, progressOf } from "../../../../shared/decide/builds/progress.ts";

const startedAt = "2026-01-01T00:00:00.000Z";
const at = (minutes: number) => Date.parse(startedAt) + minutes * 60_000;

test("a lineage with a past tells by the clock, and when the end is expected", () => {
  const expected = expectationOf([1300, 1200, 1100, 9000]);
  expect(expected).toEqual({ seconds: 1300, basedOn: 4 });
  expect(progressOf({ startedAt }, { seconds: 1200, basedOn: 5 }, at(10))).toEqual({
    percent: 47,
    expectedEnd: "2026-01-01T00:20:00.000Z",
    basedOn: 5,
  });
});

test("a run that takes longer than ever stays below 100", () => {
  expect(progressOf({ startedAt }, { seconds: 1200, basedOn: 5 }, at(2000)).percent).toBe(99);
});

test("without a past the stage tells", () => {
  expect(expectationOf([])).toBeUndefined();
  expect(progressOf({ startedAt, stage: "Distributing" }, undefined, at(3))).toEqual({ percent: 70, basedOn: 0 });
  expect(progressOf({ startedAt, stage: "SomethingNew" }, undefined, at(3)).percent).toBe(1);
});

test("what was written down moves on in steps of five", () => {
  const progress = progressOf({ startedAt }, { seconds: 1200, basedOn: 5 }, at(0));
  const build = { runStartedAt: startedAt, progress };
  expect(progressNow(build, at(10))?.percent).toBe(45);
  expect(progressNow(build, at(10.5))?.percent).toBe(45);
  expect(progressNow({}, at(1))).toBeUndefined();
});
