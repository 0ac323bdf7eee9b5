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
  const stage = yield* watchStage(play, order, reading, now);
  if (askedAt && now.getTime() - Date.parse(askedAt) > cancelPatience * 1000)
    return yield* giveUp(play, order, stuckCanceling(order));
  yield* play.nap(runSeen, longestNap);
  play.startOver({ ...order, ...(askedAt ? { cancelAskedAt: askedAt } : {}), ...(stage ? { stage } : {}) });
  return undefined;
}

/** Seconds after which a sub-stage that has not changed is told to be stuck: an hour is long for what the service does by itself. Customizers and validators may take as long as the template lets them. */
const longStage: Readonly<Record<string, number>> = {
  queued: 3600,
  building: 3600,
  optimizing: 7200,
  distributing: 21_600,
};

/** A run that stays where it should not stay long is told to people, with what support asks for; it is watched on all the same. */
function* watchStage(
  play: Play<Activities>,
  { buildId, templateId, stage: before }: WatchOrder,
  { stage: name }: Running,
  now: Date,
): Steps<WatchOrder["stage"]> {
  if (!name) return before;
  if (before?.name !== name) {
    if (before?.told) yield* play.act.tellStuck({ buildId });
    return { name, since: now.toISOString() };
  }
  const age = (now.getTime() - Date.parse(before.since)) / 1000;
  if (before.told || age <= (longStage[name.toLowerCase()] ?? Number.POSITIVE_INFINITY)) return before;
  yield* play.act.tellStuck({ buildId, problem: stuckIn(templateId, before) });
  return { ...before, told: true };
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

const stuckIn = (templateId: string, { name, since }: { readonly name: string; readonly since: string }): Problem => ({
  code: "NeedsSupport",
  title: `The run has been ${name} for long without a change`,
  detail: `Since ${since}. It is watched on, until its time-out at most.`,
  scope: templateId,
  stage: "running",
  fix: ["Cancel the build and ask for it again", ...support.slice(0, 2)],
});

const stuckCanceling = ({ templateId, cancelAskedAt }: WatchOrder): Problem => ({
  code: "NeedsSupport",
  title: "The service accepted the cancellation but did not end the run",
  detail: `Cancelling was asked for at ${cancelAskedAt}; half an hour later the run still goes on.`,
  scope: templateId,
  stage: "cancelling",
  fix: support,
});
