import type { Activities } from "../functions/activities/index.ts";
import type { Decision } from "../shared/approval.ts";
import { type DecisionOrder, decisionInstance } from "./awaitDecision.ts";
import type { Play, Steps } from "./durable.ts";
import { type Ending, endingOf } from "./ending.ts";
import { seeOpen } from "./openGate.ts";
import type { BuildOrder } from "./order.ts";

/**
 * Waits for an approver where the build needs one; `latest` means what was published only after a yes. The template is let go
 * and nothing is lent any more by then: this lasts as long as people take.
 */
export function* approveBuild(play: Play<Activities>, order: BuildOrder, built: Ending): Steps<Ending> {
  const { approval } = order;
  if (!approval || (built.state !== "succeeded" && built.state !== "partiallySucceeded")) return built;
  try {
    return yield* decided(play, order, approval.hours, built);
  } catch (error) {
    return endingOf(error);
  }
}

function* decided(
  play: Play<Activities>,
  { buildId, notify }: BuildOrder,
  hours: number,
  built: Ending,
): Steps<Ending> {
  const { act } = play;
  const { decideBy } = yield* act.askApproval({ buildId, hours });
  if (decideBy === undefined) return built;
  yield* act.announce({ buildId, moment: "awaitingApproval", ...(notify ? { notify } : {}) });
  const waiting: DecisionOrder = { id: buildId, decideBy };
  const kind = yield* play.part<Decision["kind"]>("awaitDecision", decisionInstance(buildId), waiting);
  const { problem } = yield* act.concludeApproval({ buildId });
  if (kind !== "approved") return { state: endings[kind], ...(problem ? { problem } : {}) };
  yield* seeOpen(play, () => act.readApproved({ buildId }));
  return built;
}

const endings = { rejected: "refused", expired: "timedOut", cancelled: "cancelled" } as const;
