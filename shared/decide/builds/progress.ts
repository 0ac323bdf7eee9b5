import type { Progress } from "../../build.ts";

/** How far a run is when the service says that it is at this stage, where no past run tells: shares of builds as users record them (image-builder.md §6.5). */
const stageShares: Readonly<Record<string, number>> = {
  queued: 2,
  building: 10,
  customizing: 30,
  optimizing: 55,
  validating: 60,
  distributing: 70,
};

/** What progress a past of `basedOn` runs allows to tell. */
export interface Expectation {
  readonly seconds: number;
  readonly basedOn: number;
}

/** The middle of what a lineage took; nothing where it never did. */
export function expectationOf(durations: readonly number[]): Expectation | undefined {
  const sorted = [...durations].sort((a, b) => a - b);
  const seconds = sorted[Math.floor(sorted.length / 2)];
  return seconds === undefined ? undefined : { seconds, basedOn: sorted.length };
}

/** How far a run is at the moment `now` (ms): by the clock where its lineage has a past, else by its stage. Never 100 before its end is known. */
export function progressOf(
  run: { readonly startedAt: string; readonly stage?: string },
  expected: Expectation | undefined,
  now: number,
): Progress {
  if (!expected) return { percent: stageShares[(run.stage ?? "").toLowerCase()] ?? 1, basedOn: 0 };
  const start = Date.parse(run.startedAt);
  const share = Math.max(0, (now - start) / 1000 / expected.seconds);
  const percent = share <= 1 ? 95 * share : 95 + 4 * (1 - Math.exp(1 - share));
  const expectedEnd = new Date(start + expected.seconds * 1000).toISOString();
  return { percent: Math.floor(percent), expectedEnd, basedOn: expected.basedOn };
}

/** The progress written down, moved on to the moment `now` (ms) in steps of five, so that answers change only so often. */
export function progressNow(
  build: { readonly runStartedAt?: string; readonly stage?: string; readonly progress?: Progress },
  now: number,
): Progress | undefined {
  const { progress, runStartedAt, stage } = build;
  if (!progress?.expectedEnd || !runStartedAt) return progress;
  const seconds = (Date.parse(progress.expectedEnd) - Date.parse(runStartedAt)) / 1000;
  const run = { startedAt: runStartedAt, ...(stage ? { stage } : {}) };
  const moved = progressOf(run, { seconds, basedOn: progress.basedOn }, now);
  return { ...moved, percent: moved.percent < 95 ? moved.percent - (moved.percent % 5) : moved.percent };
}
