import fc from "fast-check";
import type { OrchestratorAction } from "../../../../local/host/engine/contract.ts";
import {
  eventTypes,
  type HistoryEvent,
  historyEvent,
  type NewEvent,
  timestamp,
} from "../../../../local/host/engine/events.ts";
import { journalOf } from "../../../../local/host/engine/journal.ts";
import { episodeReplay } from "../../../../local/host/shim/continued.ts";
import { type Action, actionTypes } from "../../../../local/host/shim/protocol.ts";

const origin = Date.UTC(2026, 0, 1);
const minute = 60_000;
const names = { hasActivity: (name: string) => name !== "unknown", hasOrchestrator: () => true, childVersion: null };
const retryOptions = { firstRetryIntervalInMilliseconds: minute, maxNumberOfAttempts: 3, backoffCoefficient: 2 };

const leaf: fc.Arbitrary<Action> = fc.oneof(
  fc.constantFrom("a", "b", "unknown").map((functionName) => ({ actionType: actionTypes.callActivity, functionName })),
  fc.constant({ actionType: actionTypes.callActivityWithRetry, functionName: "a", retryOptions }),
  fc.constant({ actionType: actionTypes.callSubOrchestrator, functionName: "child" }),
  fc.integer({ min: 1, max: 20_000 }).map((minutes) => ({
    actionType: actionTypes.createTimer,
    fireAt: timestamp(origin + minutes * minute),
  })),
  fc
    .constantFrom("go", "Go")
    .map((externalEventName) => ({ actionType: actionTypes.waitForExternalEvent, externalEventName })),
);
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 3, arbitrary: leaf },
  fc
    .tuple(fc.constantFrom(actionTypes.whenAll, actionTypes.whenAny), fc.array(leaf, { minLength: 1, maxLength: 3 }))
    .map(([actionType, compoundActions]) => ({ actionType, compoundActions })),
);

/** What happens in one turn: how many more actions the orchestrator shows, which open task ends how, what is raised. */
const turn = fc.record({
  more: fc.integer({ min: 0, max: 2 }),
  ends: fc.array(fc.record({ pick: fc.nat(5), failed: fc.boolean() }), { maxLength: 2 }),
  raised: fc.option(fc.constantFrom("go", "Go"), { nil: undefined }),
  cancels: fc.boolean(),
  suspension: fc.option(fc.constantFrom(eventTypes.executionSuspended, eventTypes.executionResumed), {
    nil: undefined,
    freq: 8,
  }),
});

const scheduled = {
  scheduleTask: eventTypes.taskScheduled,
  createTimer: eventTypes.timerCreated,
  createSubOrchestration: eventTypes.subOrchestrationCreated,
} as const;

function ending(task: OrchestratorAction, failed: boolean): NewEvent {
  if (task.kind === "createTimer") return { EventType: eventTypes.timerFired, TimerId: task.id };
  if (task.kind === "scheduleTask")
    return { EventType: failed ? eventTypes.taskFailed : eventTypes.taskCompleted, TaskScheduledId: task.id };
  return {
    EventType: failed ? eventTypes.subOrchestrationFailed : eventTypes.subOrchestrationCompleted,
    TaskScheduledId: task.id,
  };
}

/** Cancelling a timer changes an action that was sent long ago. */
const cancelFirst = (actions: readonly Action[]): Action[] => {
  const at = actions.findIndex((one) => one.fireAt !== undefined && !one.isCanceled);
  return actions.map((one, index) => (index === at ? { ...one, isCanceled: true } : one));
};

test("going on from the last turn gives what starting over gives", () => {
  let turns = 0;
  fc.assert(
    fc.property(
      fc.array(action, { minLength: 3, maxLength: 12 }),
      fc.array(turn, { minLength: 3, maxLength: 12 }),
      (all, story) => {
        const journal = journalOf("execution", []);
        const goingOn = episodeReplay(names);
        let [actions, shown, open] = [all, 1, [] as readonly OrchestratorAction[]];
        let suspended = false;
        for (const [at, { more, ends, raised, cancels, suspension }] of story.entries()) {
          const now = origin + at * 7 * minute;
          const news: NewEvent[] = [{ EventType: eventTypes.orchestratorStarted }];
          if (at === 0) news.push({ EventType: eventTypes.executionStarted });
          if (suspension !== undefined) news.push({ EventType: suspension });
          for (const { pick, failed } of open.length > 0 ? ends : [])
            news.push(ending(open[pick % open.length]!, failed));
          if (raised) news.push({ EventType: eventTypes.eventRaised, Name: raised });
          const fresh: HistoryEvent[] = news.map((event) => historyEvent(event, now));
          if (cancels && shown > 3) actions = cancelFirst(actions);
          const text = JSON.stringify(actions.slice(0, shown)).slice(1, -1);
          const episode = {
            instance: "i",
            execution: "e",
            name: "o",
            version: null,
            input: null,
            parent: null,
            journal,
            fresh,
          };
          const attempt = (replay: typeof goingOn) => {
            try {
              return replay(episode, text);
            } catch (error) {
              return String(error);
            }
          };
          const [went, anew] = [attempt(goingOn), attempt(episodeReplay(names))];
          expect(went).toEqual(anew);
          turns += 1;
          if (typeof anew === "string") return;
          ({ open, suspended } = anew);
          const written = suspended ? [] : anew.unwritten;
          journal.events.push(
            ...fresh,
            ...written.map((one) =>
              historyEvent(
                { EventType: scheduled[one.kind], EventId: one.id, ...("name" in one && { Name: one.name }) },
                now,
              ),
            ),
          );
          if (!suspended) shown += more;
        }
      },
    ),
    { numRuns: 400 },
  );
  expect(turns).toBeGreaterThan(1_000);
});
