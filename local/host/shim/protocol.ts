/** Kinds of action that durable-functions 3 returns. */
export const actionTypes = {
  callActivity: 0,
  callActivityWithRetry: 1,
  callSubOrchestrator: 2,
  callSubOrchestratorWithRetry: 3,
  continueAsNew: 4,
  createTimer: 5,
  waitForExternalEvent: 6,
  callEntity: 7,
  callHttp: 8,
  signalEntity: 9,
  scheduledSignalEntity: 10,
  whenAny: 11,
  whenAll: 12,
  lockEntities: 13,
  releaseEntities: 14,
} as const;

/** One action as it stands in the orchestrator's answer. Which fields it has depends on `actionType`. */
export interface Action {
  readonly actionType: number;
  readonly functionName?: string;
  readonly input?: unknown;
  readonly instanceId?: string;
  readonly version?: string;
  readonly retryOptions?: RetryOptions;
  readonly fireAt?: string;
  readonly isCanceled?: boolean;
  readonly externalEventName?: string;
  readonly compoundActions?: readonly Action[];
}

/** Milliseconds throughout. */
export interface RetryOptions {
  readonly firstRetryIntervalInMilliseconds: number;
  readonly maxNumberOfAttempts: number;
  readonly backoffCoefficient?: number;
  readonly maxRetryIntervalInMilliseconds?: number;
  readonly retryTimeoutInMilliseconds?: number;
}

/** What an orchestrator function returns after each turn. */
export interface OrchestratorState {
  readonly isDone: boolean;
  readonly actions: readonly (readonly Action[])[];
  readonly output?: unknown;
  readonly error?: string;
  readonly customStatus?: unknown;
  readonly schemaVersion?: number;
}

/** A failing orchestrator throws its state behind this mark. */
export const stateMark = "\n\n$OutOfProcData$:";

/** Timers longer than `longest` are cut into pieces of `piece` (ms); the values of the Azure Storage provider. */
export const timerLimits = { longest: 6 * 86_400_000, piece: 3 * 86_400_000 } as const;

/** The JSON text of a value; null for nothing. */
export function jsonText(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}

/** Milliseconds as .NET writes a TimeSpan: `[d.]hh:mm:ss`. */
export function timeSpan(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1_000);
  const two = (value: number) => String(value).padStart(2, "0");
  const days = Math.floor(seconds / 86_400);
  const clock = [Math.floor(seconds / 3_600) % 24, Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(":");
  return days > 0 ? `${days}.${clock}` : clock;
}
