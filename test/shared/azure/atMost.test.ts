import { atMost } from "../../../shared/azure/atMost.ts";

it("never runs more than the limit, starts in order, and goes on after a failure", async () => {
  const bounded = atMost(2);
  const started: number[] = [];
  let running = 0;
  let most = 0;
  const work = (index: number) =>
    bounded(async () => {
      started.push(index);
      running += 1;
      most = Math.max(most, running);
      await new Promise((turn) => setImmediate(turn));
      running -= 1;
      if (index === 1) throw new Error("one fails");
      return index;
    });
  const outcomes = await Promise.allSettled([0, 1, 2, 3, 4].map(work));
  expect(started).toEqual([0, 1, 2, 3, 4]);
  expect(most).toBe(2);
  expect(outcomes.map((outcome) => outcome.status)).toEqual([
    "fulfilled",
    "rejected",
    "fulfilled",
    "fulfilled",
    "fulfilled",
  ]);
  expect(await work(5)).toBe(5);
});
