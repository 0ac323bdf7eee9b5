import type { Activities } from "../functions/activities/index.ts";
import { type Problem, Refused } from "../shared/problem.ts";
import type { RunEnd, RunReading } from "../shared/watch.ts";
import type { Play, Steps } from "./durable.ts";
import type { WatchOrder } from "./order.ts";

/** How a run ended. */
export type WatchEnd = RunEnd;

/** What the watcher raises when there is something to see; `functions/activities/watch.ts` says the same. */
const runSeen = "runSeen";

/** Seconds after which a build looks for itself, should nobody wake it. */
const longestNap = 300;
/** Seconds a cancellation may take before it is called stuck: people saw it hang for days (image-builder.md §6.2). */
const cancelPatience = 1800;

/**
 * Waits for the end of a run. The subscription's watcher reads it (`watchSubscription`) and wakes us; one look and one nap an
 * execution, so that this history never grows. A read that fails says nothing about the build; cancelling is asked for
 * once and then watched like any other end.
 */
export function* watchRun(play: Play<Activities>, order: WatchOrder): Steps<WatchEnd | undefined> {
  const { buildId, templateId } = order;
  const reading = yield* tolerantRead(play, order);
  if (reading.kind === "ended") return reading.end;
  const now = play.now();
  if (now.getTime() > Date.parse(order.deadline)) return yield* giveUp(play, order, overdue(order));
  let askedAt = order.cancelAskedAt;
  if (!askedAt && (reading.cancelAsked || reading.changed)) {
    yield* play.act.cancelRun({ buildId, templateId });
    askedAt = now.toISOString();
  }
  if (askedAt && now.getTime() - Date.parse(askedAt) > cancelPatience * 1000)
    return yield* giveUp(play, order, stuckCanceling(order));
  yield* play.nap(runSeen, longestNap);
  play.startOver({ ...order, ...(askedAt ? { cancelAskedAt: askedAt } : {}) });
  return undefined;
}

type Running = Extract<RunReading, { kind: "running" }>;
type Ended = Extract<RunReading, { kind: "ended" }>;

function* tolerantRead(play: Play<Activities>, order: WatchOrder): Steps<Running | Ended> {
  try {
    const reading = yield* play.act.readRun({ ...order, instanceId: play.instanceId });
    return reading.kind === "gone" ? { kind: "running" } : reading;
  } catch (error) {
    if (error instanceof Refused && error.problem.code === "TemplateGone") throw error;
    return { kind: "running" };
  }
}

/** Ends the watching of a run that the service does not end, with what its support will ask for. */
function* giveUp(play: Play<Activities>, { buildId, templateId }: WatchOrder, problem: Problem): Steps<WatchEnd> {
  const { correlationIds } = yield* play.act.endWatch({ buildId, templateId });
  const named = correlationIds.length > 0 ? ` Correlation ids: ${correlationIds.join(", ")}.` : "";
  return { kind: "timedOut", problem: { ...problem, detail: `${problem.detail ?? ""}${named}` } };
}

const support = [
  "Look at the template's last run in the portal: the service can hang",
  "Open a support request with the correlation ids in detail",
  "The next build of this template can start once its run has ended",
];

const overdue = ({ templateId, deadline }: WatchOrder): Problem => ({
  code: "NeedsSupport",
  title: "The build did not end within its time-out",
  detail: `It should have ended by ${deadline}.`,
  scope: templateId,
  stage: "running",
  fix: support,
});

const stuckCanceling = ({ templateId, cancelAskedAt }: WatchOrder): Problem => ({
  code: "NeedsSupport",
  title: "The service accepted the cancellation but did not end the run",
  detail: `Cancelling was asked for at ${cancelAskedAt}; half an hour later the run still goes on.`,
  scope: templateId,
  stage: "cancelling",
  fix: support,
});
