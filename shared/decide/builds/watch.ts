import type { Problem } from "../../problem.ts";
import type { RunReading, Watch } from "../../watch.ts";
import type { TemplateFacts } from "../planning/facts.ts";
import { contentHash } from "../template/contentHash.ts";
import { missingRight } from "./diagnosis.ts";
import { runOutcome } from "./outcome.ts";
import { nextRead } from "./schedule.ts";

/** What a template that was read (or is not there) says about the run somebody waits for. */
export function readingOf(
  template: TemplateFacts | undefined,
  watched: Pick<Watch, "templateId" | "contentHash" | "previousStart">,
): RunReading {
  if (!template) return { kind: "gone" };
  const outcome = runOutcome(template, watched.previousStart);
  const { startTime, endTime, message } = template.lastRun ?? {};
  const changed = contentHash(template.body) !== watched.contentHash;
  if (outcome.kind === "running") {
    const ours = startTime && startTime !== watched.previousStart ? { startedAt: startTime } : {};
    return { kind: "running", ...ours, ...(outcome.subState ? { stage: outcome.subState } : {}), changed };
  }
  const lacking = missingRight(message ?? "");
  const times = { ...(startTime ? { startedAt: startTime } : {}), ...(endTime ? { endedAt: endTime } : {}) };
  const staging = template.exactStagingResourceGroup;
  const place = staging ? { stagingGroupId: staging } : {};
  if (changed)
    return { kind: "ended", ...place, end: { kind: "failed", ...times, problem: templateChanged(watched.templateId) } };
  return {
    kind: "ended",
    ...place,
    end: {
      kind: outcome.kind,
      ...times,
      ...(outcome.problem ? { problem: outcome.problem } : {}),
      ...(lacking ? { missingRight: lacking } : {}),
    },
  };
}

/** When the run began as far as anybody knows (ms): by the service's word, else when the watch began. */
export function startOf({ since, reading }: Watch): number {
  const told = reading?.kind === "running" ? reading.startedAt : undefined;
  return Date.parse(told ?? since);
}

/** When a watch wants its next read after the moment `at` (both ms). A watch that knows its end wants none. */
export function wantedAfter(watch: Watch, at: number): number {
  if (watch.reading && watch.reading.kind !== "running") return Number.POSITIVE_INFINITY;
  const start = startOf(watch);
  return start + nextRead(watch.schedule, (at - start) / 1000) * 1000;
}

/** Watches that have wanted a read since `last` (ms), or of whose run an event has spoken since. */
export function dueWatches(watches: readonly Watch[], last: number, now: number): readonly Watch[] {
  const hinted = ({ hintedAt, reading }: Watch) =>
    hintedAt !== undefined && Date.parse(hintedAt) > last && (reading?.kind ?? "running") === "running";
  return watches.filter((watch) => hinted(watch) || wantedAfter(watch, Math.max(last, Date.parse(watch.since))) <= now);
}

/** Seconds between two passes at most: new watches and cancellations are noticed within that time. */
const longestPause = 30;
/** Seconds to wait for each request that a pass took: 37 list requests a minute, so that with those of plans and of the reconciling timer a thousand builds stay below sixty. */
const perRequest = 1.6;
/** Seconds before reads that failed are tried again. */
const afterFailure = 15;

/** Seconds until the watcher's next pass: when the first read is wanted, but not too soon after many requests, and not before ARM asks to come back. */
export function pauseBefore(
  watches: readonly Watch[],
  now: number,
  pass: { readonly requests: number; readonly failed: boolean; readonly retryAfter: number },
): number {
  const wanted = Math.min(...watches.map((watch) => wantedAfter(watch, now)), now + longestPause * 1000);
  const least = Math.max(1, pass.requests * perRequest, pass.failed ? afterFailure : 0, pass.retryAfter);
  return Math.max(least, Math.ceil((wanted - now) / 100) / 10);
}

/** Whether a reading tells more than the one before. */
export function tellsMore(before: RunReading | undefined, reading: RunReading): boolean {
  return (
    JSON.stringify({ ...before, cancelAsked: undefined }) !== JSON.stringify({ ...reading, cancelAsked: undefined })
  );
}

/** Why the result of a template that changed under way is not trusted. */
export const templateChanged = (templateId: string): Problem => ({
  code: "TemplateChanged",
  title: "The template is no longer the one that was planned",
  detail: "Somebody changed or replaced it after the plan was made, so its result is not trusted.",
  scope: templateId,
  fix: ["Ask for a build of the template as it is now"],
});
