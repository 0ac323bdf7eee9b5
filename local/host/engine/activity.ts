import type { Dice } from "../unkind.ts";
import type { ActivityOutcome } from "./contract.ts";
import type { EpisodeNeeds } from "./episode.ts";
import { eventTypes, type NewEvent } from "./events.ts";
import type { WorkItem } from "./store.ts";

/** Runs one activity and hands its result to the instance: once in the normal case, at least once in any. */
export async function runWork(needs: EpisodeNeeds, dice: Dice, item: WorkItem): Promise<void> {
  const { store, committer, adapter, crash, now } = needs;
  const twice = dice.duplicateActivity();
  const outcomes = await Promise.all(
    (twice ? [item, item] : [item]).map(({ instance, task, name, input }) =>
      adapter.runActivity({ instance, task, name, input }),
    ),
  );
  crash("activityRan");
  const late = dice.duplicateResult();
  await committer.write(() => {
    if (!store.finishWork(item.n)) return;
    for (const outcome of outcomes) store.send(item.instance, resultEvent(item.task, outcome), item.execution);
    if (late !== undefined)
      store.send(item.instance, resultEvent(item.task, outcomes[0]!), item.execution, Math.floor(now()) + late);
  });
}

function resultEvent(task: number, outcome: ActivityOutcome): NewEvent {
  if (outcome.kind === "completed")
    return { EventType: eventTypes.taskCompleted, TaskScheduledId: task, Result: outcome.result };
  return {
    EventType: eventTypes.taskFailed,
    TaskScheduledId: task,
    Reason: outcome.reason,
    Details: outcome.details,
    FailureDetails: null,
  };
}
