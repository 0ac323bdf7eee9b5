import type { Activities } from "../functions/activities/index.ts";
import type { Problem } from "../shared/problem.ts";
import { approveBuild } from "./approveBuild.ts";
import type { Play, Steps } from "./durable.ts";
import type { Ending } from "./ending.ts";
import { giveBack } from "./giveBack.ts";
import type { BuildOrder } from "./order.ts";
import { shareBuild } from "./share.ts";

/** What every build does last, however it ended: gives back what was to last no longer, lets the template go, waits for an approver where it needs one, shares, writes the end down and tells it. */
export function* finish(play: Play<Activities>, order: BuildOrder, built: Ending): Steps<Ending> {
  const { act } = play;
  const { buildId, templateId, notify } = order;
  yield* giveBack(play, order);
  yield* act.releaseTemplate({ buildId, templateId });
  const ending = yield* shareBuild(play, order, yield* approveBuild(play, order, built));
  yield* act.endBuild({ buildId, ...ending });
  yield* act.announce({ buildId, moment: ending.state, ...(notify ? { notify } : {}) });
  return ending;
}

/** Ends a build whose own orchestration was terminated, purged or has failed: nobody else will. */
export function* buryBuild(play: Play<Activities>, order: BuildOrder): Steps<void> {
  yield* finish(play, order, { state: "failed", problem: lost(order) });
}

const lost = ({ buildId, templateId }: BuildOrder): Problem => ({
  code: "BuildLost",
  title: "The build's orchestration ended without the build",
  detail: `Somebody terminated or purged the instance ${buildId}, or the runtime gave it up. A run of the template that it had started goes on by itself.`,
  scope: templateId,
  fix: ["Ask for the build again: a run that still goes on is followed, not doubled"],
});
