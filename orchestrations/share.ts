import type { Activities } from "../functions/activities/index.ts";
import type { BuildShare } from "../shared/decide/gallery/share.ts";
import type { Problem } from "../shared/problem.ts";
import type { Play, Steps } from "./durable.ts";
import { type Ending, endingOf } from "./ending.ts";
import { enter } from "./enter.ts";
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

/** Shares what a build published. What cannot be shared is told; the image is built all the same. */
export function* shareBuild(
  play: Play<Activities>,
  order: BuildOrder,
  wanted: readonly BuildShare[],
  built: Ending,
): Steps<Ending> {
  if (built.state !== "succeeded" && built.state !== "partiallySucceeded") return built;
  const { buildId, policy } = order;
  yield* enter(play, order, "sharing");
  const { shareIds } = yield* play.act.openShares({ buildId, share: wanted });
  let first: Problem | undefined = built.problem;
  for (const shareId of shareIds) {
    const problem = yield* share(play, { shareId, buildId, mode: policy.mode });
    first ??= problem && { ...problem, stage: "sharing" };
  }
  return first ? { ...built, problem: first } : built;
}

const notYet: Problem = {
  code: "NotSharedInTime",
  title: "The gallery was still being changed after ten minutes",
  fix: ["Ask for the share again: POST /api/shares"],
};
