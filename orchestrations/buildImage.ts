import type { Activities } from "../functions/activities/index.ts";
import type { Planned } from "../functions/activities/plan.ts";
import { Refused } from "../shared/problem.ts";
import type { Turn } from "./awaitTurn.ts";
import { ensureTemplate } from "./createTemplate.ts";
import type { Play, Steps, Wire } from "./durable.ts";
import { Ended, type Ending, endingOf } from "./ending.ts";
import { enter } from "./enter.ts";
import { giveBack } from "./giveBack.ts";
import type { BuildOrder } from "./order.ts";
import { type Prepared, prepare } from "./prepare.ts";
import { proveBuild } from "./proveBuild.ts";
import { runTemplate } from "./runTemplate.ts";

/** Seconds between two looks at a template that another build holds. */
const queuePause = 30;
/** Plans that one build makes while others edit the same network. */
const mostPlans = 10;

/** Facts, then a plan, then its changes, then the template, then its run; whatever ends it, it is written down and told. */
export function* buildImage(play: Play<Activities>, order: BuildOrder): Steps<Ending | undefined> {
  const { act } = play;
  const { buildId, templateId } = order;
  let ending: Ending | undefined;
  try {
    ending = yield* build(play, order);
  } catch (error) {
    ending = endingOf(error);
  }
  if (!ending) return undefined;
  yield* giveBack(play, order);
  yield* act.releaseTemplate({ buildId, templateId });
  yield* act.endBuild({ buildId, ...ending });
  yield* act.announce({ buildId, moment: ending.state, ...(order.notify ? { notify: order.notify } : {}) });
  return ending;
}

/** Undefined where another task hub carries the build: its end is told there. */
function* build(play: Play<Activities>, order: BuildOrder): Steps<Ending | undefined> {
  const { act } = play;
  const { buildId, notify } = order;
  if ((yield* claim(play, order)) === "elsewhere") return undefined;
  yield* enter(play, order, "planning");
  yield* act.announce({ buildId, moment: "started", ...(notify ? { notify } : {}) });
  const { plan, prepared } = yield* planAndPrepare(play, order);
  const template = yield* ensureTemplate(play, order, plan, prepared);
  const ending = yield* runTemplate(play, order, { ...template, contentHash: plan.contentHash }, prepared);
  return order.verify ? yield* proveBuild(play, order, order.verify, ending) : ending;
}

/**
 * Plans and makes the changes. A network that others changed between the two (a rule's name or priority is taken by now)
 * is planned anew: builds that share a security group would else stand in each other's way.
 */
function* planAndPrepare(
  play: Play<Activities>,
  order: BuildOrder,
): Steps<{ plan: Wire<Planned>; prepared: Prepared }> {
  for (let plans = 1; ; plans++) {
    const plan = yield* approvedPlan(play, order);
    try {
      return { plan, prepared: yield* prepare(play, order, plan) };
    } catch (error) {
      if (plans >= mostPlans || !outdated(error)) throw error;
    }
  }
}

function* approvedPlan({ act }: Play<Activities>, order: BuildOrder): Steps<Wire<Planned>> {
  const { buildId, templateId, policy, verify } = order;
  const plan = yield* act.planTemplate({ buildId, templateId, policy, ...(verify ? { verify } : {}) });
  if (order.planHash && order.planHash !== plan.hash)
    throw new Refused({
      code: "PlanChanged",
      title: "The plan is not the one that was approved",
      detail: `Approved was ${order.planHash}; it is now ${plan.hash}.`,
      fix: ["Look at POST /api/plans again", "Ask for the build with the new planHash"],
    });
  if (plan.blocker) throw new Refused(plan.blocker);
  if (order.grants === "justInTime") yield* act.checkJustInTime({ buildId, templateId });
  return plan;
}

const outdated = (error: unknown) =>
  error instanceof Refused && ["SecurityRuleConflict", "SecurityRuleDiffers"].includes(error.problem.code);

/** One build works on a template at a time; the others wait their turn, and can be cancelled meanwhile. */
function* claim(play: Play<Activities>, { buildId, templateId }: BuildOrder): Steps<Turn> {
  const order = { buildId, templateId, pause: queuePause };
  const turn = yield* play.part<Turn>("awaitTurn", `${buildId}:turn`, order);
  if (turn === "cancelled") throw new Ended({ state: "cancelled" });
  return turn;
}
