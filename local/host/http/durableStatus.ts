import { eventTypeNames, eventTypes, type HistoryEvent } from "../engine/events.ts";
import type { Instance } from "../engine/store.ts";

/** What a status answer is to contain. */
export interface StatusOptions {
  readonly showInput: boolean;
  readonly showHistory: boolean;
  readonly showHistoryOutput: boolean;
}

/** One instance as the HTTP API shows it. Times have whole seconds, texts that are not JSON stay texts. */
export function statusOf(it: Instance, history: () => readonly HistoryEvent[], options: StatusOptions): object {
  return {
    name: it.name,
    instanceId: it.id,
    runtimeStatus: it.status,
    input: options.showInput ? jsonOrText(it.input) : null,
    customStatus: jsonOrText(it.custom),
    output: jsonOrText(it.output),
    createdTime: wholeSeconds(it.created),
    lastUpdatedTime: wholeSeconds(it.updated),
    ...(options.showHistory && { historyEvents: shownHistory(history(), options) }),
  };
}

function jsonOrText(text: string | null | undefined): unknown {
  if (text === null || text === undefined) return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const wholeSeconds = (at: number) => `${new Date(at).toISOString().slice(0, 19)}Z`;

const hidden: readonly number[] = [
  eventTypes.orchestratorStarted,
  eventTypes.orchestratorCompleted,
  eventTypes.taskScheduled,
  eventTypes.subOrchestrationCreated,
  eventTypes.timerCreated,
];

/** The extension folds what was scheduled into what came of it. */
function shownHistory(history: readonly HistoryEvent[], options: StatusOptions): object[] {
  const scheduled = new Map(
    history
      .filter((event) => hidden.includes(event.EventType) && event.EventId >= 0)
      .map((event) => [event.EventId, event]),
  );
  return history
    .filter((event) => !hidden.includes(event.EventType))
    .map((event) => shownEvent(event, scheduled.get(event.TaskScheduledId ?? event.TimerId ?? -1), options));
}

function shownEvent(event: HistoryEvent, cause: HistoryEvent | undefined, options: StatusOptions): object {
  const started = event.EventType === eventTypes.executionStarted;
  const raised = event.EventType === eventTypes.eventRaised;
  const name = cause?.Name ?? (started ? event.Name : undefined);
  return {
    EventType: eventTypeNames[event.EventType],
    Timestamp: event.Timestamp,
    ...(cause && { ScheduledTime: cause.Timestamp }),
    ...(name && { FunctionName: name }),
    ...(event.FireAt && { FireAt: event.FireAt }),
    ...(raised && { Name: event.Name }),
    ...((raised || started) && options.showInput && { Input: jsonOrText(event.Input) }),
    ...(event.Reason && { Reason: event.Reason }),
    ...(event.Details && { Details: event.Details }),
    ...(event.OrchestrationStatus !== undefined && { OrchestrationStatus: completed(event.OrchestrationStatus) }),
    ...(event.Result !== undefined && options.showHistoryOutput && { Result: jsonOrText(event.Result) }),
  };
}

const completed = (status: number) =>
  ["Running", "Completed", "ContinuedAsNew", "Failed", "Canceled", "Terminated", "Pending", "Suspended"][status];
