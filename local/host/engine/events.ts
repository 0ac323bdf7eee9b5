/** Event types of the Durable Task Framework; the numbers go over the wire. */
export const eventTypes = {
  executionStarted: 0,
  executionCompleted: 1,
  executionTerminated: 3,
  taskScheduled: 4,
  taskCompleted: 5,
  taskFailed: 6,
  subOrchestrationCreated: 7,
  subOrchestrationCompleted: 8,
  subOrchestrationFailed: 9,
  timerCreated: 10,
  timerFired: 11,
  orchestratorStarted: 12,
  orchestratorCompleted: 13,
  eventSent: 14,
  eventRaised: 15,
  continueAsNew: 16,
  executionSuspended: 19,
  executionResumed: 20,
} as const;

/** The framework's own names of the types, by number. */
export const eventTypeNames = [
  "ExecutionStarted",
  "ExecutionCompleted",
  "ExecutionFailed",
  "ExecutionTerminated",
  "TaskScheduled",
  "TaskCompleted",
  "TaskFailed",
  "SubOrchestrationInstanceCreated",
  "SubOrchestrationInstanceCompleted",
  "SubOrchestrationInstanceFailed",
  "TimerCreated",
  "TimerFired",
  "OrchestratorStarted",
  "OrchestratorCompleted",
  "EventSent",
  "EventRaised",
  "ContinueAsNew",
  "GenericEvent",
  "HistoryState",
  "ExecutionSuspended",
  "ExecutionResumed",
] as const;

/** One event of an orchestration's history, in the framework's spelling. Texts under `Input`, `Result` are JSON or null. */
export interface HistoryEvent {
  readonly EventType: number;
  /** -1 except for what the orchestrator itself caused, which is numbered from 0. */
  readonly EventId: number;
  readonly IsPlayed: boolean;
  /** ISO 8601, UTC, seven digits after the second. */
  readonly Timestamp: string;
  readonly Name?: string;
  readonly Version?: string;
  readonly Input?: string | null;
  readonly Result?: string | null;
  readonly Reason?: string | null;
  readonly Details?: string | null;
  readonly FailureDetails?: object | null;
  readonly TaskScheduledId?: number;
  readonly TimerId?: number;
  readonly FireAt?: string;
  readonly InstanceId?: string;
  readonly OrchestrationStatus?: number;
  readonly OrchestrationInstance?: { readonly InstanceId: string; readonly ExecutionId: string };
  readonly ParentInstance?: object | null;
  readonly Tags?: object | null;
  readonly ScheduledStartTime?: string | null;
  readonly Generation?: number;
}

/** An event still without the fields that every event has. */
export type NewEvent = Omit<Partial<HistoryEvent>, "EventType"> & { readonly EventType: number };

/** Adds the fields every event has; `at` in ms. */
export function historyEvent(event: NewEvent, at: number): HistoryEvent {
  return { EventId: -1, IsPlayed: false, Timestamp: timestamp(at), ...event };
}

/** A moment as .NET writes it: seven digits after the second. */
export function timestamp(at: number): string {
  return new Date(Math.floor(at)).toISOString().replace("Z", "0000Z");
}

/** The numbers of the states in `ExecutionCompleted`. */
export const orchestrationStatusNumbers = { Completed: 1, ContinuedAsNew: 2, Failed: 3, Terminated: 5 } as const;

/** The states of an instance as the HTTP API names them. */
export type RuntimeStatus = "Pending" | "Running" | "Suspended" | "Completed" | "Failed" | "Terminated";

/** Whether nothing can happen to an instance in this state any more. */
export function isFinal(status: RuntimeStatus): boolean {
  return status === "Completed" || status === "Failed" || status === "Terminated";
}
