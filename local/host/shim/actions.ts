import type { EventWaits } from "./eventWaits.ts";
import type { Ledger } from "./ledger.ts";
import { type Action, actionTypes, jsonText } from "./protocol.ts";
import type { Names } from "./replay.ts";
import { withRetry } from "./retry.ts";
import { endedTask, type Task, whenAll, whenAny } from "./task.ts";
import { createTimer } from "./timer.ts";
import type { Trap } from "./warnings.ts";

/** What an action may look at and change while it is carried out. */
export interface Invoked {
  readonly instance: string;
  readonly execution: string;
  readonly parent: string | null;
  readonly names: Names;
  readonly ledger: Ledger;
  readonly events: EventWaits;
  readonly trap: (trap: Trap) => void;
  /** The orchestration's own time (ms): that of the latest OrchestratorStarted. */
  now: number;
  /** How many actions were begun; the extension stops at `maxOrchestrationActions`. */
  begun: number;
  continued: { readonly input: string | null } | undefined;
}

/** The app asks for something that this host does not have. */
export class Unsupported extends Error {}

/** The extension refuses more in one execution (`maxOrchestrationActions`). */
const mostActions = 100_000;

const names = Object.fromEntries(Object.entries(actionTypes).map(([name, type]) => [type, name]));

/** Begins one action, as the extension's `InvokeAPIFromAction` does, and returns the task to await. */
export function carryOut(state: Invoked, action: Action): Task {
  state.begun += 1;
  if (state.begun > mostActions)
    throw new Unsupported(`Maximum amount of orchestration actions (${mostActions}) has been reached.`);
  switch (action.actionType) {
    case actionTypes.callActivity:
      return callActivity(state, action);
    case actionTypes.callActivityWithRetry:
      return withRetry(state, action, () => callActivity(state, action));
    case actionTypes.callSubOrchestrator:
      return callChild(state, action);
    case actionTypes.callSubOrchestratorWithRetry:
      return withRetry(state, action, () => callChild(state, action));
    case actionTypes.createTimer:
      return createTimer(state, Date.parse(action.fireAt!), action.isCanceled ?? false);
    case actionTypes.waitForExternalEvent:
      return state.events.wait(action.externalEventName ?? "");
    case actionTypes.whenAll:
      return carryOutAll(state, action.compoundActions ?? []);
    case actionTypes.whenAny:
      return whenAny((action.compoundActions ?? []).map((child) => carryOut(state, child)));
    case actionTypes.continueAsNew:
      return continueAsNew(state, action);
    default: {
      const name = names[action.actionType] ?? `action ${action.actionType}`;
      throw new Unsupported(`${name} is not supported by this host: durable entities and callHttp work in Azure only`);
    }
  }
}

const retried: readonly number[] = [actionTypes.callActivityWithRetry, actionTypes.callSubOrchestratorWithRetry];

function carryOutAll(state: Invoked, children: readonly Action[]): Task {
  const tasks = children.map((child) => carryOut(state, child));
  for (const task of tasks)
    task.then_((failed) => {
      const retrying = tasks.findIndex((one, at) => one.state === "open" && retried.includes(children[at]!.actionType));
      if (failed && retrying >= 0) state.trap(failedAll(children[retrying]!));
    });
  return whenAll(tasks);
}

/** JavaScript goes on at the first failure, the extension when all have ended: the retries in between shift its numbers. */
function failedAll({ functionName = "" }: Action): Trap {
  const message =
    `a task of a Task.all failed while "${functionName}" is still being retried: durable-functions goes on at once, ` +
    "the extension waits, and the results of what is scheduled in between go astray";
  return { code: "failedAll", subject: functionName, message };
}

function callActivity(state: Invoked, action: Action): Task {
  const name = action.functionName ?? "";
  if (!state.names.hasActivity(name)) return neverStarted(state, "unknownActivity", "activity", name);
  const input = JSON.stringify([action.input ?? null]);
  return state.ledger.schedule({ kind: "scheduleTask", name, input }).task;
}

function callChild(state: Invoked, action: Action): Task {
  const name = action.functionName ?? "";
  if (!state.names.hasOrchestrator(name)) return neverStarted(state, "unknownOrchestrator", "orchestrator", name);
  const wanted = action.instanceId;
  if (wanted?.startsWith("@") || (wanted && (wanted === state.instance || wanted === state.parent))) {
    const message = `a sub-orchestration may not have the id "${wanted}": the extension throws, and the orchestration hangs`;
    state.trap({ code: "unknownOrchestrator", subject: wanted, message });
    return endedTask(true);
  }
  const instance = wanted || `${state.execution}:${state.ledger.nextId()}`;
  const version = action.version ?? state.names.childVersion;
  return state.ledger.schedule({
    kind: "createSubOrchestration",
    name,
    version,
    instance,
    input: jsonText(action.input),
  }).task;
}

/** The extension swallows the error for an unknown name, and the SDK waits for ever (durable-js issue 197). */
function neverStarted(state: Invoked, code: Trap["code"], what: string, name: string): Task {
  const message = `there is no ${what} "${name}": in Azure this orchestration stays Running for ever, and so it does here`;
  state.trap({ code, subject: name, message });
  return endedTask(true);
}

function continueAsNew(state: Invoked, action: Action): Task {
  state.continued = { input: jsonText(action.input) };
  if (typeof action.input === "string") {
    const message = "continueAsNew was given a text: the next execution's getInput() returns it with quotes around it";
    state.trap({ code: "quotedContinueAsNew", subject: "", message });
  }
  return endedTask();
}
