import type { Action } from "./protocol.ts";
import type { Trap } from "./warnings.ts";

/**
 * Finds actions that were sent twice: a task put into a second Task.any or Task.all is scheduled again by the extension
 * but not by the SDK, and all later numbers are off by one (durable-js issue 574). Needs the orchestrator's own action
 * objects, because only they tell the same task from another one like it.
 */
export function retakenTasks(actions: readonly Action[]): Trap[] {
  const seen = new Set<Action>();
  const traps: Trap[] = [];
  const visit = (action: Action): void => {
    if (seen.has(action)) traps.push(retaken(action));
    seen.add(action);
    for (const child of action.compoundActions ?? []) visit(child);
  };
  for (const action of actions) visit(action);
  return traps;
}

function retaken(action: Action): Trap {
  const name = action.functionName ?? action.externalEventName ?? (action.fireAt ? "timer" : "task");
  const message =
    action.externalEventName === undefined
      ? `the task "${name}" was yielded again inside another Task.any or Task.all: the extension schedules it twice, ` +
        "durable-functions counts it once, and later results reach the wrong tasks"
      : `the wait for event "${name}" was yielded again inside another Task.any or Task.all: the older wait swallows ` +
        "one event of that name";
  return { code: "retaken", subject: name, message };
}
