import type { OrchestratorAction } from "../engine/contract.ts";
import type { HistoryEvent } from "../engine/events.ts";
import { openTask, type Task } from "./task.ts";

/** The history and this run of the orchestrator do not fit together: the code has changed, or is not deterministic. */
export class NonDeterministic extends Error {}

type WithoutId<A> = A extends unknown ? Omit<A, "id"> : never;

/** The extension's one counter, and what was done under each number. */
export interface Ledger {
  /** Takes the next number for an action, which is new until history says otherwise. */
  schedule(action: WithoutId<OrchestratorAction>): { readonly id: number; readonly task: Task };
  /** History has an action under this number; throws `NonDeterministic` when it is another one. */
  match(event: HistoryEvent, kind: OrchestratorAction["kind"]): void;
  /** An action has ended. A second result, or one of a cancelled timer, finds nothing. */
  settle(id: number | undefined, failed: boolean): void;
  /** A cancelled timer is over for the orchestrator, though it will still fire. */
  close(id: number): void;
  nextId(): number;
  /** Actions that are not in history yet, by number. */
  unwritten(): OrchestratorAction[];
  /** Actions that have not ended. */
  open(): OrchestratorAction[];
}

export function createLedger(): Ledger {
  const unwritten = new Map<number, OrchestratorAction>();
  const open = new Map<number, { readonly action: OrchestratorAction; readonly task: Task }>();
  let next = 0;
  return {
    schedule(action) {
      const id = next++;
      const numbered = { ...action, id } as OrchestratorAction;
      const task = openTask();
      unwritten.set(id, numbered);
      open.set(id, { action: numbered, task });
      return { id, task };
    },
    match(event, kind) {
      const action = unwritten.get(event.EventId);
      const name = action && "name" in action ? action.name : undefined;
      if (action?.kind !== kind || name?.toLowerCase() !== event.Name?.toLowerCase())
        throw new NonDeterministic(mismatch(event, kind, action));
      unwritten.delete(event.EventId);
    },
    settle(id, failed) {
      const entry = id === undefined ? undefined : open.get(id);
      if (id === undefined || !entry) return;
      open.delete(id);
      entry.task.settle(failed);
    },
    close: (id) => void open.delete(id),
    nextId: () => next,
    unwritten: () => [...unwritten.values()],
    open: () => [...open.values()].map((entry) => entry.action),
  };
}

function mismatch(event: HistoryEvent, kind: string, action: OrchestratorAction | undefined): string {
  const wanted = `${kind} "${event.Name ?? ""}" under number ${event.EventId}`;
  const found = action ? `${action.kind} "${"name" in action ? action.name : ""}"` : "nothing";
  return `Non-Deterministic workflow detected: the history holds ${wanted}, this run of the orchestrator ${found} there`;
}
