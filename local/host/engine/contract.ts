import type { HistoryEvent } from "./events.ts";
import type { Journal } from "./journal.ts";

/**
 * What the engine asks of a language adapter. It speaks only of Durable Task events and actions, so that the adapter for
 * durable-functions 3 (`shim/`) can be replaced by one for another protocol.
 */
export interface Adapter {
  /** Runs an orchestrator over its history. Must not fail because of the app; a rejection is retried with back-off. */
  decide(episode: Episode): Promise<Decision>;
  /** Runs an activity once; never rejects because of the app. */
  runActivity(task: ActivityTask): Promise<ActivityOutcome>;
  /** Whether an orchestrator of this name exists, and how it is really spelled. */
  orchestratorName(name: string): string | undefined;
}

/** One turn of an orchestrator: everything that happened, and what is new since the last turn. */
export interface Episode {
  readonly instance: string;
  readonly execution: string;
  readonly name: string;
  readonly version: string | null;
  /** JSON text, or null. */
  readonly input: string | null;
  readonly parent: string | null;
  /** The same object for as long as the execution lives in memory: an adapter may hang a memory of its own on it. */
  readonly journal: Journal;
  readonly fresh: readonly HistoryEvent[];
}

/** What an orchestrator wants done. Ids are those under which the events go into history. */
export type OrchestratorAction =
  | { readonly kind: "scheduleTask"; readonly id: number; readonly name: string; readonly input: string | null }
  | { readonly kind: "createTimer"; readonly id: number; readonly fireAt: string }
  | {
      readonly kind: "createSubOrchestration";
      readonly id: number;
      readonly name: string;
      readonly version: string | null;
      readonly instance: string;
      readonly input: string | null;
    };

/** How an execution ended; `carryOver` are events that the next execution is to see. */
export interface Completion {
  readonly status: "Completed" | "Failed" | "Terminated" | "ContinuedAsNew";
  readonly id: number;
  /** JSON text, or a plain text for failures and termination. */
  readonly result: string | null;
  readonly details?: string;
  readonly carryOver?: readonly HistoryEvent[];
}

/** The outcome of one turn. */
export interface Decision {
  readonly actions: readonly OrchestratorAction[];
  readonly completion?: Completion;
  /** JSON text; absent = as it was. */
  readonly customStatus?: string;
  readonly suspended: boolean;
}

/** An activity that is due. `input` is the stored text (a JSON array of one, as the Durable extension keeps it). */
export interface ActivityTask {
  readonly instance: string;
  readonly task: number;
  readonly name: string;
  readonly input: string | null;
}

export type ActivityOutcome =
  | { readonly kind: "completed"; readonly result: string | null }
  | { readonly kind: "failed"; readonly reason: string; readonly details: string };
