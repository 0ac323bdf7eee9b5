import { openTask, type Task } from "./task.ts";
import type { Trap } from "./warnings.ts";

/** External events on the extension's side: names match without regard to case, the latest wait is served first. */
export interface EventWaits {
  wait(name: string): Task;
  raise(name: string): void;
  /** Names of events that came and that nobody has waited for. */
  unread(): string[];
}

export function eventWaits(trap: (trap: Trap) => void): EventWaits {
  const waits = new Map<string, { readonly name: string; readonly task: Task }[]>();
  const buffered = new Map<string, string[]>();

  function meet(waited: string, raised: string): void {
    if (waited === raised) return;
    const message =
      `the event "${raised}" was raised, "${waited}" is waited for: the extension takes them for the same, ` +
      "durable-functions does not, so the wait never ends";
    trap({ code: "eventCase", subject: `${waited}/${raised}`, message });
  }

  return {
    wait(name) {
      const key = name.toLowerCase();
      const task = openTask();
      const early = buffered.get(key)?.shift();
      if (early !== undefined) {
        meet(name, early);
        task.settle(false);
      } else waits.set(key, [...(waits.get(key) ?? []), { name, task }]);
      return task;
    },
    raise(name) {
      const key = name.toLowerCase();
      const wait = waits.get(key)?.pop();
      if (wait) {
        meet(wait.name, name);
        wait.task.settle(false);
      } else buffered.set(key, [...(buffered.get(key) ?? []), name]);
    },
    unread: () => [...buffered.values()].flat(),
  };
}
