import type { AppNeeds } from "../app.ts";
import type { Store } from "../engine/store.ts";
import { machineRealm } from "../realm.ts";
import type { Invoke } from "../worker/invoke.ts";
import type { RegisteredFunction, Registry } from "../worker/registry.ts";
import { timerSchedule } from "./schedule.ts";
import { type RunningTimer, startTimer, type TimerMonitor } from "./trigger.ts";

/** All timer functions of an app. */
export interface Timers {
  begin(): void;
  /** What a timer function is given when it is run by hand. */
  trigger(called: RegisteredFunction): { string: string } | null;
  stop(): Promise<void>;
}

/** Reads the schedules of the app's timer functions (throws for one that is not well formed); `begin` starts them. */
export function startTimers(
  { engine, options, log }: AppNeeds,
  registry: Registry,
  invoke: Invoke,
  isDisabled: (name: string) => boolean,
): Timers {
  const { environment } = machineRealm();
  const scheduled = registry.functions
    .filter((one) => /^timerTrigger$/i.test(one.trigger.type) && !isDisabled(one.name))
    .map((called) => ({ called, schedule: timerSchedule(String(called.trigger.schedule), environment) }));
  const monitor = storedMonitor(engine.store, engine.write);
  const running = new Map<string, RunningTimer>();
  return {
    begin() {
      for (const { called, schedule } of scheduled)
        running.set(called.name, startTimer(called, schedule, { clock: options.clock, invoke, monitor, log }));
    },
    trigger: (called) => running.get(called.name)?.trigger() ?? null,
    async stop() {
      await Promise.all([...running.values()].map((timer) => timer.stop()));
    },
  };
}

function storedMonitor(store: Store, write: <T>(work: () => T) => Promise<T>): TimerMonitor {
  return {
    read(name) {
      const [row] = store.select("SELECT last, next, updated FROM schedules WHERE function=?", name);
      return row && { last: row.last as number | null, next: row.next as number, updated: row.updated as number };
    },
    write: (name, { last, next, updated }) =>
      write(() =>
        store.run(
          "INSERT OR REPLACE INTO schedules(function,last,next,updated) VALUES(?,?,?,?)",
          name,
          last === null ? null : Math.floor(last),
          Math.floor(next),
          Math.floor(updated),
        ),
      ),
  };
}
