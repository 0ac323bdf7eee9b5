import type { Completion, Decision, OrchestratorAction } from "./contract.ts";
import { createInstance, newId, startEvent } from "./create.ts";
import {
  eventTypes,
  type HistoryEvent,
  historyEvent,
  isFinal,
  type NewEvent,
  orchestrationStatusNumbers,
} from "./events.ts";
import type { Journal } from "./journal.ts";
import type { Instance, Message, Store } from "./store.ts";

/** Everything one turn is made of, ready to be written. */
export interface Turn {
  readonly instance: Instance;
  readonly journal: Journal;
  readonly messages: readonly Message[];
  readonly fresh: readonly HistoryEvent[];
  readonly decision: Decision;
}

/** What writing a turn did: the events now in history, or undefined when the instance was replaced or purged meanwhile. */
export interface WrittenTurn {
  readonly events: readonly HistoryEvent[];
  readonly final: boolean;
  readonly restarted: boolean;
  /** Children that could not be started because somebody runs under their id. */
  readonly collisions: readonly string[];
}

/** Writes a turn: messages consumed, history, new work, timers and children, state, all in the caller's transaction. */
export function writeTurn(store: Store, turn: Turn, now: number): WrittenTurn | undefined {
  const { instance, journal, messages, decision } = turn;
  const next = nextState(turn, now);
  if (!store.updateInstance(next, instance.execution)) return undefined;
  for (const message of messages) store.dropMessage(message.n);
  const { completion } = decision;
  const restarted = completion?.status === "ContinuedAsNew";
  const events = restarted ? [] : historyOf(turn, now);
  if (!restarted) store.appendHistory(instance.id, journal.events.length, events);
  const collisions = decision.suspended
    ? []
    : decision.actions.flatMap((action) => carryOut(store, instance, action, now));
  if (completion) finish(store, instance, next, completion);
  return { events, final: isFinal(next.status), restarted, collisions };
}

function nextState({ instance, decision }: Turn, now: number): Instance {
  const { completion, suspended } = decision;
  const custom = decision.customStatus ?? instance.custom;
  const updated = Math.floor(now);
  if (!completion) return { ...instance, custom, updated, status: suspended ? "Suspended" : "Running" };
  if (completion.status === "ContinuedAsNew")
    return { ...instance, custom, updated, status: "Running", execution: newId(), input: completion.result };
  return { ...instance, custom, updated, status: completion.status, output: completion.result };
}

/** The layout of a turn in history is the framework's: started, messages, what was scheduled, completed. */
function historyOf({ fresh, decision }: Turn, now: number): HistoryEvent[] {
  const { completion } = decision;
  const added: NewEvent[] = decision.suspended ? [] : decision.actions.map(scheduledEvent);
  if (completion)
    added.push({
      EventType: eventTypes.executionCompleted,
      EventId: completion.id,
      OrchestrationStatus: orchestrationStatusNumbers[completion.status],
      Result: completion.result,
      FailureDetails: null,
    });
  added.push({ EventType: eventTypes.orchestratorCompleted });
  return [...fresh, ...added.map((event) => historyEvent(event, now))];
}

function scheduledEvent(action: OrchestratorAction): NewEvent {
  switch (action.kind) {
    case "scheduleTask":
      return { EventType: eventTypes.taskScheduled, EventId: action.id, Name: action.name, Version: "", Input: null };
    case "createTimer":
      return { EventType: eventTypes.timerCreated, EventId: action.id, FireAt: action.fireAt };
    case "createSubOrchestration":
      return {
        EventType: eventTypes.subOrchestrationCreated,
        EventId: action.id,
        Name: action.name,
        Version: action.version ?? "",
        InstanceId: action.instance,
        Input: null,
      };
  }
}

/** Does what an action asks for; returns the id of a child that could not be started. */
function carryOut(store: Store, instance: Instance, action: OrchestratorAction, now: number): string[] {
  const { id, execution } = instance;
  switch (action.kind) {
    case "scheduleTask":
      store.addWork({ instance: id, execution, task: action.id, name: action.name, input: action.input });
      return [];
    case "createTimer": {
      const fired = { EventType: eventTypes.timerFired, TimerId: action.id, FireAt: action.fireAt };
      store.send(id, fired, execution, Math.max(1, Date.parse(action.fireAt)));
      return [];
    }
    case "createSubOrchestration": {
      const standing = store.instance(action.instance);
      if (standing && !isFinal(standing.status)) {
        const reason = `An Orchestration instance with the status ${standing.status} already exists.`;
        store.send(id, childFailed(action.id, reason, ""), execution);
        return [action.instance];
      }
      const parent = { instance: id, execution, task: action.id, name: instance.name };
      createInstance(store, { ...action, id: action.instance, parent }, now);
      return [];
    }
  }
}

function finish(store: Store, before: Instance, after: Instance, completion: Completion): void {
  const { parent, id } = before;
  store.dropMessages(id, completion.status === "ContinuedAsNew" ? before.execution : null);
  if (completion.status === "ContinuedAsNew") {
    store.clearHistory(id);
    store.send(id, startEvent(after), after.execution);
    for (const { EventType, Name, Input } of completion.carryOver ?? [])
      store.send(id, { EventType, ...(Name !== undefined && { Name }), Input: Input ?? null });
  } else if (parent) store.send(parent.instance, childEnded(parent.task, completion), parent.execution);
}

function childEnded(task: number, { status, result, details }: Completion): NewEvent {
  if (status === "Completed")
    return { EventType: eventTypes.subOrchestrationCompleted, TaskScheduledId: task, Result: result };
  return childFailed(task, result ?? "", details ?? `Message: ${result ?? ""}`);
}

/** `Details` must be a text: the SDK takes a failure without it for a broken replay. */
function childFailed(task: number, reason: string, details: string): NewEvent {
  return {
    EventType: eventTypes.subOrchestrationFailed,
    TaskScheduledId: task,
    Reason: reason,
    Details: details,
    FailureDetails: null,
  };
}
