import type { Activities } from "../functions/activities/index.ts";
import type { Planned } from "../functions/activities/plan.ts";
import { Refused } from "../shared/problem.ts";
import type { Turn, TurnOrder } from "./awaitTurn.ts";
import { finish } from "./buryBuild.ts";
import { ensureTemplate } from "./createTemplate.ts";
import type { Play, Steps, Wire } from "./durable.ts";
import { Ended, type Ending, endingOf } from "./ending.ts";
import { enter } from "./enter.ts";
import { type BuildOrder, isGated } from "./order.ts";
import { type Prepared, prepare } from "./prepare.ts";
import { proveBuild } from "./proveBuild.ts";
import { runTemplate } from "./runTemplate.ts";

/** Seconds between two looks at a template that another build holds. */
const queuePause = 30;
/** Plans that one build makes while others edit the same network. */
const mostPlans = 10;

/** Facts, then a plan, then its changes, then the template, then its run; whatever ends it, it is written down and told. */
export function* buildImage(play: Play<Activities>, order: BuildOrder): Steps<Ending | undefined> {
  let ending: Ending;
  try {
    ending = yield* build(play, order);
  } catch (error) {
    if (error instanceof Elsewhere) return undefined;
    ending = endingOf(error);
  }
  return yield* finish(play, order, ending);
}

function* build(play: Play<Activities>, order: BuildOrder): Steps<Ending> {
  const { act } = play;
  const { buildId, notify } = order;
  yield* wait(play, order, "template", "turn");
  yield* enter(play, order, "planning");
  yield* act.announce({ buildId, moment: "started", ...(notify ? { notify } : {}) });
  if (order.adopt) return yield* runTemplate(play, order, order.adopt, { roleKeys: [], pace: order.pace.settle });
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
    if (plans === 1) yield* room(play, order, plan);
    try {
      return { plan, prepared: yield* prepare(play, order, plan) };
    } catch (error) {
      if (plans >= mostPlans || !outdated(error)) throw error;
    }
  }
}

function* approvedPlan({ act }: Play<Activities>, order: BuildOrder): Steps<Wire<Planned>> {
  const { buildId, templateId, policy, planHash, share } = order;
  const more = {
    ...(planHash ? { planHash } : {}),
    ...(isGated(order) ? { gated: true as const } : {}),
    ...(share ? { share } : {}),
  };
  const plan = yield* act.planTemplate({ buildId, templateId, policy, ...more });
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

/** Builds beyond the region's container instances wait in a row; whoever is in stays in, also when it plans anew. */
function* room(play: Play<Activities>, order: BuildOrder, { capacity }: Wire<Planned>): Steps<void> {
  if (!capacity) return;
  const { buildId, templateId } = order;
  const { mine } = yield* play.act.takeSlot({ buildId, templateId, capacity });
  if (!mine) yield* wait(play, order, "region", "room");
}

/** One build works on a template at a time, and so many in a region; the others wait their turn, and can be cancelled meanwhile. */
function* wait(play: Play<Activities>, order: BuildOrder, at: TurnOrder["at"], name: string): Steps<void> {
  const { buildId, templateId } = order;
  const asked: TurnOrder = { buildId, templateId, at, pause: queuePause };
  const turn = yield* play.part<Turn>("awaitTurn", `${buildId}:${name}`, asked);
  if (turn === "cancelled") throw new Ended({ state: "cancelled" });
  if (turn === "elsewhere") throw new Elsewhere();
}

/** Another task hub carries the build: its end is told there. */
class Elsewhere extends Error {}
