import { InvocationFailure, type Invoke } from "../worker/invoke.ts";
import type { RegisteredFunction } from "../worker/registry.ts";
import { type Action, type OrchestratorState, stateMark } from "./protocol.ts";
import { retakenTasks } from "./retaken.ts";
import type { Trap } from "./warnings.ts";

/** What an orchestrator function has to say after a turn. */
export interface Answer {
  readonly state: Omit<OrchestratorState, "actions">;
  /** Its actions, as the JSON text of an array's inside. */
  readonly actions: string;
  /** The function failed without saying where it stood. */
  readonly failure?: string;
  readonly traps: readonly Trap[];
}

/** Runs the orchestrator function over a trigger text. Rejects only for errors of the host. */
export async function ask(invoke: Invoke, called: RegisteredFunction, text: string): Promise<Answer> {
  try {
    // No trigger metadata: the library would parse and copy the whole history a second time.
    const { value, returned } = await invoke({ function: called, trigger: { string: text } });
    return answerOf(value as OrchestratorState | null, returned?.json);
  } catch (error) {
    if (!(error instanceof InvocationFailure)) throw error;
    const at = error.message.indexOf(stateMark);
    if (at < 0) return failedAnswer(error.message);
    return parsedAnswer(JSON.parse(error.message.slice(at + stateMark.length)) as OrchestratorState);
  }
}

const failedAnswer = (failure: string): Answer => ({ state: { isDone: false }, actions: "", failure, traps: [] });

const parsedAnswer = ({ actions, ...state }: OrchestratorState): Answer => ({
  state,
  actions: JSON.stringify(actions[0] ?? []).slice(1, -1),
  traps: [],
});

/** The orchestrator's own objects tell a task from another one like it; what counts otherwise is their JSON. */
function answerOf(value: OrchestratorState | null, json: string | undefined): Answer {
  if (!value || json === undefined) return failedAnswer("the orchestrator returned no state");
  const own = (value.actions?.[0] ?? []) as readonly Action[];
  const traps = own.some((action) => action.compoundActions) ? retakenTasks(own) : [];
  return { ...(cutAnswer(value, json) ?? parsedAnswer(JSON.parse(json) as OrchestratorState)), traps };
}

/**
 * Cuts the actions out of the answer without parsing them: an orchestrator repeats all it ever did in each turn, and that
 * parsing would cost as much as the SDK's replay. Undefined when the layout is not the one the SDK writes.
 */
function cutAnswer(value: OrchestratorState, json: string): Omit<Answer, "traps"> | undefined {
  const { isDone, actions: _own, ...rest } = value;
  const text = JSON.stringify(rest);
  const head = `{"isDone":${isDone},"actions":[[`;
  const tail = text === "{}" ? "]]}" : `]],${text.slice(1)}`;
  if (!json.startsWith(head) || !json.endsWith(tail)) return undefined;
  const state = { isDone, ...(JSON.parse(text) as Omit<OrchestratorState, "isDone" | "actions">) };
  return { state, actions: json.slice(head.length, json.length - tail.length) };
}
