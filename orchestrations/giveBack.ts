import type { Activities } from "../functions/activities/index.ts";
import type { Play, Steps } from "./durable.ts";
import type { BuildOrder } from "./order.ts";

/** Looks at one thing that is being put back, and seconds between two. */
const looks = 40;
const pause = 5;

/**
 * Gives back what was to last only as long as the build, whatever ended it. What cannot be given back (somebody changed it,
 * a lock) stands in the timeline and is found by the sweep and by the audit: the build ends as it ended.
 */
export function* giveBack(play: Play<Activities>, order: BuildOrder): Steps<void> {
  const { buildId } = order;
  if (order.grants !== "justInTime" && order.network !== "restore") return;
  const { entryIds } = yield* play.act.listBorrowed({ buildId });
  for (const entryId of entryIds) yield* until(play, () => play.act.giveBack({ buildId, entryId }));
}

/** Asks again until what was started is done; a refusal, or a fault that outlived its retries, is left for the sweep. */
export function* until(play: Play<Activities>, work: () => Steps<{ readonly outcome: string }>): Steps<string> {
  for (let look = 0; look < looks; look++) {
    try {
      const { outcome } = yield* work();
      if (outcome !== "started") return outcome;
    } catch {
      return "refused";
    }
    yield* play.sleep(pause);
  }
  return "started";
}
