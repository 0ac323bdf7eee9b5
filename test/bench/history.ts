import { anOrder, aSmoothBuild } from "../orchestrations/scene.ts";
import { play } from "../support/play.ts";

/** Looks that a build takes in 16 hours when nobody wakes it, one in five minutes. */
const looks = 193;
/** Passes of the watcher in 16 hours, two a minute. */
const passes = 1920;

/** The longest history in events of any instance of a build of 20 minutes, one of 16 hours, and the watcher beside it. */
export async function longestHistory(): Promise<number> {
  const short = await play("buildImage", anOrder(), { activities: aSmoothBuild(5) });
  const long = await play("buildImage", anOrder(), {
    activities: { ...aSmoothBuild(looks), startRun: async () => ({ timeoutMinutes: 960 }) },
  });
  let left = passes;
  const watcher = await play(
    "watchSubscription",
    { subscriptionId: "s", generation: 1 },
    {
      activities: {
        watchPass: async () =>
          --left > 0 ? { kind: "on", pause: 30, pages: 1, readUpTo: "2026-01-01T00:00:00.000Z" } : { kind: "over" },
      },
    },
  );
  return Math.max(short.longestHistory, long.longestHistory, watcher.longestHistory);
}
