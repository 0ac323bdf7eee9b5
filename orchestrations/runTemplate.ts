import type { Activities } from "../functions/activities/index.ts";
import { retryPause } from "../shared/decide/builds/retry.ts";
import type { Problem } from "../shared/problem.ts";
import type { LateImage, LateOrder } from "./awaitLateImage.ts";
import type { Turn, TurnOrder } from "./awaitTurn.ts";
import { learn, pauseUntil, stillSpreading } from "./createTemplate.ts";
import type { Play, Steps } from "./durable.ts";
import { Ended, type Ending } from "./ending.ts";
import { enter } from "./enter.ts";
import type { BuildOrder, WatchOrder } from "./order.ts";
import type { Prepared } from "./prepare.ts";
import type { WatchEnd } from "./watchRun.ts";

/** Seconds beyond the template's own time-out that a build may take: staging, replication, clean-up (image-builder.md §10.2). */
const margin = 3600;

/** Seconds that an image version is looked for whose run gave up waiting. */
const latePatience = 3 * 3600;

interface ToRun {
  readonly previousStart?: string;
  /** ISO; when the template was seen provisioned and as planned. */
  readonly seenAt?: string;
  readonly contentHash: string;
}

/** Starts (or adopts) a run, follows it to its end, asks again where the failure is one that passes, and collects what was left. */
export function* runTemplate(
  play: Play<Activities>,
  order: BuildOrder,
  template: ToRun,
  prepared: Prepared,
): Steps<Ending> {
  const { buildId, templateId } = order;
  const { grantedAt, pace } = prepared;
  let previousStart = template.previousStart;
  let refused = false;
  let passing = 0;
  let because: string | undefined;
  for (let run = 1; ; run++) {
    yield* enter(play, order, "running");
    const asked = { buildId, templateId, ...(previousStart ? { previousStart } : {}) };
    const askedAt = play.now();
    const seen = run === 1 && template.seenAt ? { seenAt: template.seenAt } : {};
    const started = yield* play.act.startRun({ ...asked, run, ...seen, ...(because ? { because } : {}) });
    // A run that goes on already is followed although it began before.
    const before = started.previousStart ? { previousStart: started.previousStart } : {};
    const followed = { ...before, contentHash: template.contentHash };
    const end = yield* watch(play, order, followed, started.timeoutMinutes, run);
    const { refusedGrant } = end;
    if (end.kind === "failed" && refusedGrant && stillSpreading(order, refusedGrant.at ?? grantedAt, askedAt)) {
      previousStart = end.startedAt ?? previousStart;
      refused = true;
      yield* pauseUntil(play, askedAt, pace);
      continue;
    }
    const again = end.kind === "failed" && end.startedAt && !order.adopt;
    const pause = again ? retryPause(end.problem, ++passing) : undefined;
    if (pause !== undefined) {
      previousStart = end.startedAt;
      because = `${end.problem?.title} (${end.problem?.code}), try ${passing + 1}`;
      yield* pauseBefore(play, order, pause, run);
      continue;
    }
    if (refused && end.kind === "succeeded") yield* learn(play, order, prepared, askedAt, true);
    if (end.kind === "succeeded" || end.kind === "partiallySucceeded") return yield* collected(play, order, end);
    if (!mayComeLate(end)) return { state: end.kind, ...problemOf(end) };
    return yield* lateOrNever(play, order, end, askedAt);
  }
}

/** Seconds between two looks whether somebody wants the end meanwhile. */
const cancelLook = 60;

/** Waits before a run is asked for again; a pause may last half an hour, and a cancellation is not to. */
function* pauseBefore(
  play: Play<Activities>,
  { buildId, templateId }: BuildOrder,
  seconds: number,
  run: number,
): Steps<void> {
  const until = new Date(play.now().getTime() + seconds * 1000).toISOString();
  const order: TurnOrder = { buildId, templateId, at: "moment", until, pause: Math.min(cancelLook, seconds) };
  const turn = yield* play.part<Turn>("awaitTurn", `${buildId}:pause${run}`, order);
  if (turn === "cancelled") throw new Ended({ state: "cancelled" });
}

function* collected(play: Play<Activities>, { buildId, templateId }: BuildOrder, end: WatchEnd): Steps<Ending> {
  const { missing, byHand } = yield* play.act.collectArtifacts({ buildId, templateId });
  const state = missing.length > 0 || end.kind === "partiallySucceeded" ? "partiallySucceeded" : "succeeded";
  return { state, ...problemOf(end, { buildId, missing, byHand }) };
}

/** The service gave up waiting for a distribution, or did not end in time: the image may be on its way all the same. */
const mayComeLate = ({ kind, problem }: WatchEnd) =>
  (kind === "failed" && problem?.code === "DistributionTimedOut") ||
  (kind === "timedOut" && problem?.stage === "running");

/** Looks for the image version for some hours more; where it appears with all its targets, the build succeeded late. */
function* lateOrNever(play: Play<Activities>, order: BuildOrder, end: WatchEnd, askedAt: Date): Steps<Ending> {
  const { buildId, templateId } = order;
  yield* enter(play, order, "verifying");
  const since = end.startedAt ?? askedAt.toISOString();
  const until = new Date(play.now().getTime() + latePatience * 1000).toISOString();
  const late: LateOrder = { buildId, templateId, since, until };
  const image = yield* play.part<LateImage>("awaitLateImage", `${buildId}:late`, late);
  if (image === "cancelled") return { state: "cancelled" };
  if (image === "never") return { state: end.kind, ...problemOf(end) };
  const { state, problem } = yield* collected(play, order, { ...end, kind: "succeeded" });
  return state === "succeeded" ? { state, late: true } : { state, ...(problem ? { problem } : {}) };
}

function* watch(
  play: Play<Activities>,
  { buildId, templateId, pace }: BuildOrder,
  run: { readonly previousStart?: string; readonly contentHash: string },
  timeoutMinutes: number,
  nth: number,
): Steps<WatchEnd> {
  const deadline = new Date(play.now().getTime() + (timeoutMinutes * 60 + margin) * 1000).toISOString();
  const order: WatchOrder = { buildId, templateId, poll: pace.poll, deadline, ...run };
  return yield* play.part<WatchEnd>("watchRun", `${buildId}:run${nth}`, order);
}

interface LeftOut {
  readonly buildId: string;
  readonly missing: readonly string[];
  /** Commands that make them, for whoever may. */
  readonly byHand: readonly string[];
}

/** What is wrong with the end, which targets got nothing of it, and how they still get it. */
function problemOf({ problem }: WatchEnd, left?: LeftOut): { readonly problem?: Problem } {
  if (!left || left.missing.length === 0) return problem ? { problem } : {};
  const { buildId, missing, byHand } = left;
  const { code, title, detail = "", fix = [], ...rest } = problem ?? { ...notAllMade };
  const retry =
    byHand.length > 0
      ? [`POST /api/builds/${buildId}/retry makes what is missing from the image that was made`, ...byHand]
      : [`POST /api/builds/${buildId}/retry builds the whole again: nothing was made that a template can begin with`];
  return {
    problem: {
      code,
      title,
      ...rest,
      detail: `Not made: ${missing.join(", ")}. ${detail}`.trim(),
      fix: [...fix, ...retry],
    },
  };
}

const notAllMade: Problem = {
  code: "DistributionFailed",
  title: "Not every target got the image",
  stage: "distributing",
};
