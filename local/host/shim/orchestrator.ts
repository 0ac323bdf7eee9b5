import type { Completion, Decision, Episode } from "../engine/contract.ts";
import { eventTypes } from "../engine/events.ts";
import type { Invoke } from "../worker/invoke.ts";
import type { RegisteredFunction } from "../worker/registry.ts";
import { Unsupported } from "./actions.ts";
import { type Answer, ask } from "./answer.ts";
import { episodeReplay } from "./continued.ts";
import { NonDeterministic } from "./ledger.ts";
import { jsonText } from "./protocol.ts";
import type { Names, Replayed } from "./replay.ts";
import { triggerTexts } from "./trigger.ts";
import type { Trap, Warnings } from "./warnings.ts";

/** Runs an orchestrator function over an episode and decides as the extension's out-of-process shim does. */
export function orchestratorRunner(invoke: Invoke, names: Names, warnings: Warnings) {
  const triggerText = triggerTexts();
  const replayOn = episodeReplay(names);
  return async (called: RegisteredFunction, episode: Episode): Promise<Decision> => {
    const terminated = episode.fresh.findLast((event) => event.EventType === eventTypes.executionTerminated);
    // Termination overrides everything; replaying actions in that turn would look like a change of the code.
    if (terminated) return ended({ status: "Terminated", id: 0, result: terminated.Input ?? null });
    const answer = await ask(invoke, called, triggerText(episode));
    if (answer.failure !== undefined) return ended(failed(called.name, answer.failure, 0));
    try {
      const replayed = replayOn(episode, answer.actions);
      const decision = decisionOf(called.name, answer, replayed);
      const traps = [...answer.traps, ...replayed.traps, ...endTraps(answer, replayed)];
      warnings.report(episode.instance, episode.execution, traps);
      return decision;
    } catch (error) {
      return refused(episode, warnings, called.name, error);
    }
  };
}

const ended = (completion: Completion): Decision => ({ actions: [], completion, suspended: false });

/** The episode cannot be replayed: the orchestration fails and says why. Anything else is an error of this host. */
function refused(episode: Episode, warnings: Warnings, name: string, error: unknown): Decision {
  const changed = error instanceof NonDeterministic;
  if (!changed && !(error instanceof Unsupported)) throw error;
  const code = changed ? "nonDeterministic" : "unsupported";
  warnings.report(episode.instance, episode.execution, [{ code, subject: "", message: error.message }]);
  const result = `Orchestrator function '${name}' failed: ${error.message}`;
  return ended({ status: "Failed", id: 0, result, details: error.message });
}

const largestCustomStatus = 16_384;

function decisionOf(name: string, { state }: Answer, replayed: Replayed): Decision {
  const customStatus = state.customStatus === null ? null : jsonText(state.customStatus);
  const tooLarge = customStatus !== null && customStatus.length * 2 > largestCustomStatus;
  const completion = tooLarge
    ? failed(name, "The size of the custom status exceeds 16 KB", replayed.nextId)
    : completionOf(name, state, replayed);
  return {
    actions: replayed.unwritten,
    suspended: replayed.suspended,
    ...(completion && { completion }),
    ...(customStatus !== null && !tooLarge && { customStatus }),
  };
}

function failed(name: string, message: string, id: number): Completion {
  const result = `Orchestrator function '${name}' failed: ${message}`;
  return { status: "Failed", id, result, details: `Message: ${message}, StackTrace: ` };
}

function completionOf(name: string, state: Answer["state"], replayed: Replayed): Completion | undefined {
  if (!replayed.finished || replayed.open.length > 0 || replayed.suspended) return undefined;
  if (state.error) return failed(name, state.error, replayed.nextId);
  if (replayed.continued) {
    const { input, carryOver } = replayed.continued;
    return { status: "ContinuedAsNew", id: replayed.nextId, result: input, carryOver };
  }
  if (state.isDone) return { status: "Completed", id: replayed.nextId, result: jsonText(state.output) };
  return undefined;
}

/** Traps that show only when the orchestrator has come to its end. */
function endTraps({ state }: Answer, replayed: Replayed): Trap[] {
  if (!state.isDone && !state.error) return [];
  const traps: Trap[] = replayed.finished && !replayed.suspended ? replayed.open.map(stillOpen) : [];
  if (replayed.continued && replayed.finished && replayed.open.length === 0)
    for (const event of replayed.unreadEvents) {
      const message = `the event "${event}" was raised but not read, and continueAsNew drops it`;
      traps.push({ code: "eventsDropped", subject: event, message });
    }
  return traps;
}

function stillOpen(action: Replayed["open"][number]): Trap {
  if (action.kind === "createTimer") {
    const message =
      `it has ended, but its timer due ${action.fireAt} is neither fired nor cancelled: ` +
      "it stays Running, without output, until then";
    return { code: "openTimer", subject: String(action.id), message };
  }
  const message = `it has ended, but "${action.name}" has not: it stays Running, without output, until then`;
  return { code: "openTask", subject: String(action.id), message };
}

/** An instance that cannot be run at all: it fails with the reason. */
export function refusedInstance(reason: string): Decision {
  return ended({ status: "Failed", id: 0, result: reason });
}
