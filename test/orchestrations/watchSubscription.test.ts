import { play } from "../support/play.ts";

const order = { subscriptionId: "s", generation: 3 };
const on = { kind: "on", pause: 10, readUpTo: "2026-01-01T00:00:00.000Z", pages: 2 } as const;

test("the watcher passes again and again until there is nothing to watch, and its history stays short", async () => {
  let left = 400;
  const played = await play("watchSubscription", order, {
    activities: { watchPass: async () => (--left > 0 ? on : { kind: "over" }) },
  });
  expect(played.status).toBe("Completed");
  expect(played.minutes).toBeCloseTo((399 * 10) / 60, 0);
  expect(played.longestHistory).toBeLessThanOrEqual(150);
});

test("a pass hands on what the one before learnt, across executions", async () => {
  let left = 25;
  const played = await play("watchSubscription", order, {
    activities: { watchPass: async () => (--left > 0 ? on : { kind: "over" }) },
  });
  expect(played.inputs.at(-1)?.input).toEqual({ ...order, readUpTo: on.readUpTo, pages: 2 });
});

test("storage that is away for a while does not end the watching", async () => {
  let passes = 0;
  const played = await play("watchSubscription", order, {
    activities: {
      watchPass: async () => {
        if (++passes < 10) throw new Error("storage is away");
        return { kind: "over" };
      },
    },
  });
  expect(played.status).toBe("Completed");
  expect(passes).toBe(10);
});
