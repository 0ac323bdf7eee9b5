import type { Activities } from "../functions/activities/index.ts";
import type { RunReading } from "../functions/activities/run.ts";
import type { FinalState } from "../shared/build.ts";
import { type Problem, Refused } from "../shared/problem.ts";
import type { Play, Steps } from "./durable.ts";
import type { WatchOrder } from "./order.ts";

/** How a run ended. */
export interface WatchEnd {
  readonly kind: Exclude<FinalState, "refused">;
  readonly startedAt?: string;
  readonly problem?: Problem;
  /** The service said that the identity lacks a right. */
  readonly missingRight?: boolean;
}

/** Reads per execution: the history of a 16-hour build stays as short as that of a short one. */
const looks = 10;

/**
 * Follows a run by reading the template: the only source that knows runs started by anybody (image-builder.md §1.4).
 * A read that fails says nothing about the build; cancelling is asked for once and then watched like any other end.
 */
export function* watchRun(play: Play<Activities>, order: WatchOrder): Steps<WatchEnd | undefined> {
  let asked = order.cancelAsked ?? false;
  for (let look = 0; look < looks; look++) {
    yield* play.sleep(order.poll);
    const reading = yield* tolerantRead(play, order);
    if (reading.kind === "ended") return reading.end;
    if (play.now().getTime() > Date.parse(order.deadline)) return { kind: "timedOut", problem: overdue(order) };
    if (!asked && (reading.cancelAsked || reading.changed)) {
      yield* play.act.cancelRun({ buildId: order.buildId, templateId: order.templateId });
      asked = true;
    }
  }
  play.startOver({ ...order, cancelAsked: asked });
  return undefined;
}

function* tolerantRead(play: Play<Activities>, order: WatchOrder): Steps<RunReading> {
  const { buildId, templateId, contentHash, previousStart } = order;
  try {
    return yield* play.act.readRun({ buildId, templateId, contentHash, ...(previousStart ? { previousStart } : {}) });
  } catch (error) {
    if (error instanceof Refused && error.problem.code === "TemplateGone") throw error;
    return { kind: "running" };
  }
}

const overdue = ({ templateId, deadline }: WatchOrder): Problem => ({
  code: "BuildOverdue",
  title: "The build did not end within its time-out",
  detail: `It should have ended by ${deadline}.`,
  scope: templateId,
  stage: "running",
  fix: [
    "Look at the template's last run in the portal: the service can hang",
    "Cancel the run there, or open a support request with the correlation ids of the timeline",
  ],
});
