import type { Activities } from "../functions/activities/index.ts";
import { Refused } from "../shared/problem.ts";
import type { Turn } from "./awaitTurn.ts";
import { ensureTemplate } from "./createTemplate.ts";
import type { Play, Steps } from "./durable.ts";
import { Ended, type Ending, endingOf } from "./ending.ts";
import { enter } from "./enter.ts";
import { giveBack } from "./giveBack.ts";
import type { BuildOrder } from "./order.ts";
import { prepare } from "./prepare.ts";
import { runTemplate } from "./runTemplate.ts";

/** Seconds between two looks at a template that another build holds. */
const queuePause = 30;

/** Facts, then a plan, then its changes, then the template, then its run; whatever ends it, it is written down and told. */
export function* buildImage(play: Play<Activities>, order: BuildOrder): Steps<Ending> {
  const { act } = play;
  const { buildId, templateId } = order;
  let ending: Ending;
  try {
    ending = yield* build(play, order);
  } catch (error) {
    ending = endingOf(error);
  }
  yield* giveBack(play, order);
  yield* act.releaseTemplate({ buildId, templateId });
  yield* act.endBuild({ buildId, ...ending });
  yield* act.announce({ buildId, moment: ending.state, ...(order.notify ? { notify: order.notify } : {}) });
  return ending;
}

function* build(play: Play<Activities>, order: BuildOrder): Steps<Ending> {
  const { act } = play;
  const { buildId, templateId, notify } = order;
  yield* claim(play, order);
  yield* enter(play, order, "planning");
  yield* act.announce({ buildId, moment: "started", ...(notify ? { notify } : {}) });
  const plan = yield* act.planTemplate({ buildId, templateId, policy: order.policy });
  if (order.planHash && order.planHash !== plan.hash)
    throw new Refused({
      code: "PlanChanged",
      title: "The plan is not the one that was approved",
      detail: `Approved was ${order.planHash}; it is now ${plan.hash}.`,
      fix: ["Look at POST /api/plans again", "Ask for the build with the new planHash"],
    });
  if (plan.blocker) throw new Refused(plan.blocker);
  if (order.grants === "justInTime") yield* act.checkJustInTime({ buildId, templateId });
  const prepared = yield* prepare(play, order, plan);
  const template = yield* ensureTemplate(play, order, plan, prepared);
  return yield* runTemplate(play, order, { ...template, contentHash: plan.contentHash }, prepared);
}

/** One build works on a template at a time; the others wait their turn, and can be cancelled meanwhile. */
function* claim(play: Play<Activities>, { buildId, templateId }: BuildOrder): Steps<void> {
  const order = { buildId, templateId, pause: queuePause };
  const turn = yield* play.part<Turn>("awaitTurn", `${buildId}:turn`, order);
  if (turn === "cancelled") throw new Ended({ state: "cancelled" });
}
