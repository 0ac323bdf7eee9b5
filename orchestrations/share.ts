import type { Activities } from "../functions/activities/index.ts";
import type { BuildShare } from "../shared/decide/gallery/share.ts";
import type { Problem } from "../shared/problem.ts";
import type { Play, Steps } from "./durable.ts";
import { type Ending, endingOf } from "./ending.ts";
import type { BuildOrder } from "./order.ts";

/** A share that was written down. */
export interface ShareOrder {
  readonly shareId: string;
  readonly buildId?: string;
  readonly mode?: "act" | "advise";
}

/** Seconds between two looks at a gallery that is being shared, and looks before it is given up. */
const pause = 10;
const looks = 60;

/** Shares an image or a gallery, and writes down how that ended. */
export function* carryShare(play: Play<Activities>, order: ShareOrder): Steps<object> {
  return (yield* share(play, order)) ?? {};
}

function* share(play: Play<Activities>, order: ShareOrder): Steps<Problem | undefined> {
  const problem = yield* obstacle(play, order);
  yield* play.act.endShare({ ...order, ...(problem ? { problem } : {}) });
  return problem;
}

function* obstacle(play: Play<Activities>, order: ShareOrder): Steps<Problem | undefined> {
  try {
    for (let look = 0; look < looks; look++) {
      const { over } = yield* play.act.applyShare(order);
      if (over) return undefined;
      yield* play.sleep(pause);
    }
    return notYet;
  } catch (error) {
    return endingOf(error).problem ?? notYet;
  }
}

/** Shares what a build published, was proven and approved. What cannot be shared is told; the image is built all the same. */
export function* shareBuild(play: Play<Activities>, order: BuildOrder, built: Ending): Steps<Ending> {
  if (!order.share || (built.state !== "succeeded" && built.state !== "partiallySucceeded")) return built;
  try {
    return yield* shareAll(play, order, order.share, built);
  } catch (error) {
    return problemOf(built, endingOf(error).problem);
  }
}

function* shareAll(
  play: Play<Activities>,
  { buildId, policy: { mode } }: BuildOrder,
  wanted: readonly BuildShare[],
  built: Ending,
): Steps<Ending> {
  const { act } = play;
  const { cancelAsked } = yield* act.enterState({ buildId, state: "sharing" });
  if (cancelAsked) return { state: "cancelled" };
  const { shareIds } = yield* act.openShares({ buildId, share: wanted });
  let ending = built;
  for (const shareId of shareIds) ending = problemOf(ending, yield* share(play, { shareId, buildId, mode }));
  return ending;
}

/** The first problem is the one that is told. */
const problemOf = (ending: Ending, problem: Problem | undefined): Ending =>
  problem && !ending.problem ? { ...ending, problem: { ...problem, stage: "sharing" } } : ending;

const notYet: Problem = {
  code: "NotSharedInTime",
  title: "The gallery was still being changed after ten minutes",
  fix: ["Ask for the share again: POST /api/shares"],
};
