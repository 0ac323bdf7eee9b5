import type { OrchestratorAction } from "../engine/contract.ts";
import { eventTypes, type HistoryEvent } from "../engine/events.ts";
import { carryOut, type Invoked } from "./actions.ts";
import { eventWaits } from "./eventWaits.ts";
import { createLedger } from "./ledger.ts";
import type { Action } from "./protocol.ts";
import type { Trap } from "./warnings.ts";

/** Which functions the app has, as far as the extension checks names, and the version it gives to children. */
export interface Names {
  readonly childVersion: string | null;
  hasActivity(name: string): boolean;
  hasOrchestrator(name: string): boolean;
}

/** Whose actions are replayed. */
export interface ReplayOf {
  readonly instance: string;
  readonly execution: string;
  readonly parent: string | null;
  readonly names: Names;
}

/** What the extension would make of an orchestrator's actions. */
export interface Replayed {
  /** Actions that history does not know yet. */
  readonly unwritten: readonly OrchestratorAction[];
  /** Actions begun and not ended: while there are any, the orchestration cannot end. */
  readonly open: readonly OrchestratorAction[];
  /** All actions have been awaited. */
  readonly finished: boolean;
  readonly suspended: boolean;
  readonly continued?: { readonly input: string | null; readonly carryOver: readonly HistoryEvent[] };
  readonly unreadEvents: readonly string[];
  readonly nextId: number;
  readonly traps: readonly Trap[];
}

/** A replay that goes on for as long as the orchestrator's later actions only add to the earlier ones. */
export interface Replay {
  add(actions: readonly Action[]): void;
  /** Takes the next event of the history. Throws `NonDeterministic` or `Unsupported`. */
  take(event: HistoryEvent): void;
  /** Everything added has been awaited: what is added later would have had its turn earlier in a replay from the start. */
  exhausted(): boolean;
  result(): Replayed;
}

/**
 * Replays actions the way the Durable extension does: one after the other, each awaited before the
 * next, over the whole history.
 */
export function beginReplay(of: ReplayOf): Replay {
  const actions: Action[] = [];
  const traps: Trap[] = [];
  const trap = (one: Trap) => void traps.push(one);
  const ledger = createLedger();
  const events = eventWaits(trap);
  const carryOver: HistoryEvent[] = [];
  const held: HistoryEvent[] = [];
  const state: Invoked = { ...of, ledger, events, trap, now: 0, begun: 0, continued: undefined };
  let suspended = false;
  let position = 0;
  let awaiting = false;

  /** Awaits action after action; a loop rather than recursion, because thousands may have ended already. */
  function advance(): void {
    if (awaiting) return;
    awaiting = true;
    while (position < actions.length) {
      const task = carryOut(state, actions[position]!);
      position += 1;
      if (task.state !== "open") continue;
      task.then_(() => {
        awaiting = false;
        advance();
      });
      return;
    }
    position += 1;
  }

  function raise(event: HistoryEvent): void {
    if (state.continued) carryOver.push(event);
    else events.raise(event.Name ?? "");
  }

  function take(event: HistoryEvent): void {
    if (suspended && event.EventType !== eventTypes.executionResumed) {
      const marks: number[] = [eventTypes.orchestratorStarted, eventTypes.executionSuspended];
      if (!marks.includes(event.EventType)) held.push(event);
      if (event.EventType === eventTypes.orchestratorStarted) state.now = Date.parse(event.Timestamp);
      return;
    }
    apply(event);
  }

  function apply(event: HistoryEvent): void {
    switch (event.EventType) {
      case eventTypes.orchestratorStarted:
        state.now = Date.parse(event.Timestamp);
        break;
      case eventTypes.executionStarted:
        advance();
        break;
      case eventTypes.taskScheduled:
        ledger.match(event, "scheduleTask");
        break;
      case eventTypes.timerCreated:
        ledger.match(event, "createTimer");
        break;
      case eventTypes.subOrchestrationCreated:
        ledger.match(event, "createSubOrchestration");
        break;
      case eventTypes.taskCompleted:
      case eventTypes.subOrchestrationCompleted:
        ledger.settle(event.TaskScheduledId, false);
        break;
      case eventTypes.taskFailed:
      case eventTypes.subOrchestrationFailed:
        ledger.settle(event.TaskScheduledId, true);
        break;
      case eventTypes.timerFired:
        ledger.settle(event.TimerId, false);
        break;
      case eventTypes.eventRaised:
        raise(event);
        break;
      case eventTypes.executionSuspended:
        suspended = true;
        break;
      case eventTypes.executionResumed:
        suspended = false;
        for (const one of held.splice(0)) take(one);
        break;
    }
  }

  const exhausted = () => position > actions.length;
  return {
    add: (more) => void actions.push(...more),
    take,
    exhausted,
    result: () => ({
      unwritten: ledger.unwritten(),
      open: ledger.open(),
      finished: exhausted(),
      suspended,
      ...(state.continued && { continued: { input: state.continued.input, carryOver } }),
      unreadEvents: events.unread(),
      nextId: ledger.nextId(),
      traps,
    }),
  };
}
