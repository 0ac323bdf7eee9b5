import type { Clock, Release } from "../../clock.ts";
import { type Log, messageOf } from "../log.ts";
import type { Invoke } from "../worker/invoke.ts";
import type { RegisteredFunction } from "../worker/registry.ts";
import type { Schedule } from "./cron.ts";
import { invokeWithRetry } from "./retry.ts";

/** When a timer ran last and is to run next (ms). */
interface TimerStatus {
  readonly last: number | null;
  readonly next: number;
  readonly updated: number;
}

/** Keeps timer statuses across restarts. */
export interface TimerMonitor {
  read(name: string): TimerStatus | undefined;
  write(name: string, status: TimerStatus): Promise<void>;
}

export interface TimerNeeds {
  readonly clock: Clock;
  readonly invoke: Invoke;
  readonly monitor: TimerMonitor;
  readonly log: Log;
}

/** A running timer; `stop` begins no further run and resolves when the present one has ended. */
export interface RunningTimer {
  readonly trigger: () => { string: string };
  stop(): Promise<void>;
}

const monitoredFrom = 60_000;

/** Runs a timer function on its schedule: never overlapping itself, once and past due after downtime. */
export function startTimer(called: RegisteredFunction, schedule: Schedule, needs: TimerNeeds): RunningTimer {
  const { clock, log } = needs;
  const monitored = isMonitored(called, schedule, clock.now());
  let status = firstStatus(needs, called.name, schedule, monitored);
  let armed: Release = () => {};
  let stopped = false;
  let running: Promise<void> = Promise.resolve();

  function arm(): void {
    if (!stopped && Number.isFinite(status.next)) armed = clock.schedule(status.next, () => begin(false));
  }

  function begin(pastDue: boolean): void {
    if (stopped) return;
    running = run(pastDue);
  }

  async function run(pastDue: boolean): Promise<void> {
    const due = Math.min(status.next, clock.now());
    try {
      await invokeWithRetry(called, triggerOf(status, pastDue), needs);
    } catch (error) {
      log({
        level: "error",
        category: "host.timer",
        function: called.name,
        message: `Executed 'Functions.${called.name}' (Failed): ${messageOf(error)}`,
      });
    }
    // From here the clock must stand still until the timer is armed again; the invocation held it before.
    const release = clock.hold();
    // The next occurrence counts from the end of the run, so a long run skips occurrences instead of piling them up.
    const now = clock.now();
    status = { last: due, next: schedule.next(now) ?? Number.POSITIVE_INFINITY, updated: now };
    if (monitored && Number.isFinite(status.next)) await needs.monitor.write(called.name, status);
    arm();
    release();
  }

  const overdue = monitored && status.next < clock.now();
  if (overdue || called.trigger.runOnStartup === true) begin(overdue);
  else {
    if (monitored && Number.isFinite(status.next)) running = needs.monitor.write(called.name, status);
    arm();
  }
  return {
    trigger: () => triggerOf(status, false),
    async stop() {
      stopped = true;
      armed();
      await running;
    },
  };
}

/** The host keeps the status of schedules of a minute or more only, unless told otherwise. */
function isMonitored(called: RegisteredFunction, schedule: Schedule, now: number): boolean {
  if (called.trigger.useMonitor === false) return false;
  const first = schedule.next(now);
  const second = first === undefined ? undefined : schedule.next(first);
  return first === undefined || second === undefined || second - first >= monitoredFrom;
}

/** What was stored, unless the schedule has changed since. */
function firstStatus(
  { clock, monitor }: TimerNeeds,
  name: string,
  schedule: Schedule,
  monitored: boolean,
): TimerStatus {
  const now = clock.now();
  const stored = monitored ? monitor.read(name) : undefined;
  const expected = stored && schedule.next(stored.updated);
  if (stored && expected !== undefined && Math.abs(expected - stored.next) < 1_000) return stored;
  return { last: stored?.last ?? null, next: schedule.next(now) ?? Number.POSITIVE_INFINITY, updated: now };
}

function triggerOf({ last, next, updated }: TimerStatus, pastDue: boolean): { string: string } {
  const moment = (at: number) => new Date(Number.isFinite(at) ? Math.floor(at) : 0).toISOString();
  const status = {
    Last: last === null ? "0001-01-01T00:00:00" : moment(last),
    LastUpdated: moment(updated),
    Next: moment(next),
  };
  return { string: JSON.stringify({ Schedule: { AdjustForDST: true }, ScheduleStatus: status, IsPastDue: pastDue }) };
}
