import type { Activities } from "../functions/activities/index.ts";
import type { PassOrder } from "../functions/activities/watch.ts";
import type { Play, Steps } from "./durable.ts";

/** Passes per execution, so that watching for days does not grow a long history. */
const passes = 10;

/**
 * Reads for all builds of a subscription that wait for the end of their runs. One at work at a time (the generation in its
 * id says which), only while there is something to watch; a build whose watcher died starts the next.
 */
export function* watchSubscription(play: Play<Activities>, order: PassOrder): Steps<void> {
  let next = order;
  for (let pass = 0; pass < passes; pass++) {
    const found = yield* tolerantPass(play, next);
    if (found.kind === "over") return;
    next = { ...next, readUpTo: found.readUpTo, pages: found.pages };
    yield* play.sleep(found.pause);
  }
  play.startOver(next);
}

/** Seconds before the next pass where one failed with all its retries: storage was away. */
const afterFault = 60;

function* tolerantPass(play: Play<Activities>, order: PassOrder) {
  try {
    return yield* play.act.watchPass(order);
  } catch {
    const { readUpTo = play.now().toISOString(), pages = 1 } = order;
    return { kind: "on" as const, pause: afterFault, readUpTo, pages };
  }
}
