import type { Activities } from "../functions/activities/index.ts";
import { retryPause } from "../shared/decide/retry.ts";
import type { Problem } from "../shared/problem.ts";
import { learn, pauseUntil, stillSpreading } from "./createTemplate.ts";
import type { Play, Steps } from "./durable.ts";
import type { Ending } from "./ending.ts";
import { enter } from "./enter.ts";
import type { BuildOrder, WatchOrder } from "./order.ts";
import type { Prepared } from "./prepare.ts";
import type { WatchEnd } from "./watchRun.ts";

/** Seconds beyond the template's own time-out that a build may take: staging, replication, clean-up (image-builder.md §10.2). */
const margin = 3600;

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
  for (let run = 1; ; run++) {
    yield* enter(play, order, "running");
    const asked = { buildId, templateId, ...(previousStart ? { previousStart } : {}) };
    const askedAt = play.now();
    const seen = run === 1 && template.seenAt ? { seenAt: template.seenAt } : {};
    const { timeoutMinutes } = yield* play.act.startRun({ ...asked, run, ...seen });
    const end = yield* watch(play, order, { ...asked, contentHash: template.contentHash }, timeoutMinutes, run);
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
      yield* play.sleep(pause);
      continue;
    }
    if (refused && end.kind === "succeeded") yield* learn(play, order, prepared, askedAt, true);
    if (end.kind !== "succeeded" && end.kind !== "partiallySucceeded") return { state: end.kind, ...problemOf(end) };
    const { missing } = yield* play.act.collectArtifacts({ buildId, templateId });
    return { state: end.kind, ...problemOf(end, missing) };
  }
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

/** What is wrong with the end, and which targets got nothing of it. */
function problemOf({ problem }: WatchEnd, missing: readonly string[] = []): { readonly problem?: Problem } {
  if (!problem) return {};
  if (missing.length === 0) return { problem };
  return { problem: { ...problem, detail: `Not made: ${missing.join(", ")}. ${problem.detail ?? ""}`.trim() } };
}
