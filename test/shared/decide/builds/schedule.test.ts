import fc from "fast-check";
import { seededRandom } from "../../../../local/azure/random.ts";
import { nextRead, readSchedule } from "../../../../shared/decide/builds/schedule.ts";
import { measureWatching, watched } from "../../../bench/watching.ts";

const lengths = fc.array(fc.integer({ min: 120, max: 57_600 }), { minLength: 2, maxLength: 30 });

test.each([
  [15, 14],
  [50, 36],
])(
  "builds of %i minutes whose lineage has five past builds need at most %i reads, and their end is noticed within 8 s",
  (minutes, most) => {
    const { ours, best } = measureWatching(minutes, seededRandom(`watching ${minutes}`));
    expect(ours.reads).toBeLessThanOrEqual(most);
    expect(ours.delay).toBeLessThanOrEqual(8);
    expect(ours.reads).toBeLessThanOrEqual(1.5 * best);
  },
);

test("a lineage without a past is read evenly", () => {
  expect(readSchedule([], 30)).toEqual({ moments: [], after: 30 });
  expect(readSchedule([900], 30)).toEqual({ moments: [], after: 30 });
  expect(watched(readSchedule([], 30), 95)).toEqual({ reads: 4, delay: 25 });
});

test("reads are sparse early and dense near the expected end", () => {
  const { moments } = readSchedule([900, 950, 870, 910, 930], 30);
  const gaps = moments.map((moment, i) => moment - (moments[i - 1] ?? 0));
  const before = gaps[1] ?? 0;
  const around = gaps[moments.findIndex((moment) => moment > 950)] ?? 0;
  expect(before).toBeGreaterThan(200);
  expect(around).toBeLessThan(15);
});

test("whatever the past, moments grow, lie apart, and every end is found", () => {
  fc.assert(
    fc.property(lengths, fc.integer({ min: 1, max: 100_000 }), (past, end) => {
      const schedule = readSchedule(past, 30);
      schedule.moments.forEach((moment, i) => {
        expect(moment - (schedule.moments[i - 1] ?? 0)).toBeGreaterThanOrEqual(1.9);
      });
      const { reads, delay } = watched(schedule, end);
      expect(delay).toBeGreaterThanOrEqual(0);
      expect(reads).toBeLessThan(schedule.moments.length + end / 30 + 2);
    }),
    { numRuns: 100 },
  );
});

test("the next read always lies ahead, long after the expected end too", () => {
  fc.assert(
    fc.property(lengths, fc.double({ min: 0, max: 200_000, noNaN: true }), (past, elapsed) => {
      expect(nextRead(readSchedule(past, 30), elapsed)).toBeGreaterThan(elapsed);
    }),
    { numRuns: 100 },
  );
});

test("a lineage that always took the same time is still not trusted to the second", () => {
  const schedule = readSchedule([900, 900, 900, 900, 900, 900], 30);
  expect(watched(schedule, 960).delay).toBeLessThan(60);
  expect(watched(schedule, 1800).delay).toBeLessThanOrEqual(30);
});

test("ends that spread twice as far as assumed are still noticed soon, at the price of more reads", () => {
  const random = seededRandom("wide");
  const draw = () => 900 * (0.8 + 0.4 * random());
  const delays = Array.from({ length: 300 }, () => watched(readSchedule(Array.from({ length: 8 }, draw), 30), draw()));
  expect(delays.reduce((sum, { delay }) => sum + delay, 0) / delays.length).toBeLessThan(15);
});
