import type { FinalState } from "../../build.ts";
import type { Problem } from "../../problem.ts";
import type { Schedule, Turn } from "../../schedule.ts";
import { nextTurn } from "./cron.ts";

/** So many turns are kept to look at. */
const kept = 20;

/** A schedule whose turn was taken: the next one lies after `now`, however many were missed meanwhile. */
export function takenTurn(schedule: Schedule, turn: Turn, now: Date): Schedule {
  const { nextAt: _, ...rest } = schedule;
  return { ...rest, ...next(schedule, now), turns: [turn, ...schedule.turns].slice(0, kept) };
}

/** A schedule after the end of the build it waited for: what it was made from is known now, or one failure more, which may be one too many. */
export function settled(schedule: Schedule, state: FinalState, problem: Problem | undefined, now: Date): Schedule {
  const { pending, ...rest } = schedule;
  const turns = schedule.turns.map((turn) => (turn.buildId === pending?.buildId ? { ...turn, state } : turn));
  if (state === "succeeded") return { ...rest, turns, failures: 0, ...(pending ? { basis: pending.basis } : {}) };
  if (state === "cancelled") return { ...rest, turns };
  return afterFailure({ ...rest, turns }, problem, now);
}

/** One failure more; the last one allowed pauses the schedule, with the reason. */
export function afterFailure(schedule: Schedule, problem: Problem | undefined, now: Date): Schedule {
  const failures = schedule.failures + 1;
  if (schedule.pauseAfter === 0 || failures < schedule.pauseAfter) return { ...schedule, failures };
  const { nextAt: _, ...rest } = schedule;
  return { ...rest, failures, paused: { at: now.toISOString(), problem: pausedFor(failures, problem) } };
}

/** A paused schedule that goes on, with a clean slate. */
export function resumed(schedule: Schedule, now: Date): Schedule {
  const { paused: _, ...rest } = schedule;
  return { ...rest, failures: 0, ...next(schedule, now) };
}

/** When a schedule is due next. */
export function next({ cron, timeZone }: Pick<Schedule, "cron" | "timeZone">, now: Date): { nextAt?: string } {
  const turn = nextTurn(cron, timeZone, now);
  return turn ? { nextAt: turn.toISOString() } : {};
}

const pausedFor = (failures: number, problem: Problem | undefined): Problem => ({
  code: "SchedulePaused",
  title: `${failures === 1 ? "A scheduled rebuild" : `${failures} scheduled rebuilds in a row`} did not succeed, so no more are started`,
  ...(problem ? { detail: `The last one: ${problem.title} (${problem.code}).` } : {}),
  fix: [...(problem?.fix ?? []), "Once that is mended: POST /api/schedules/{id}/resume"],
});
