import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { eventTypes, type HistoryEvent } from "../../local/host/engine/events.ts";
import { functions, type Runs, sdkAdapter } from "./play.ts";

/** The history of one execution, as the task hub of a release kept it. */
export interface History {
  readonly instance: string;
  readonly execution: string;
  readonly name: string;
  /** Of the runtime: `Completed`, `Running` …; a replay must come to the same. */
  readonly status: string;
  readonly input: string | null;
  readonly parent: string | null;
  readonly events: readonly HistoryEvent[];
}

/** Where recorded histories are, one file for each release: `<version>.jsonl`. */
export const historiesFolder = "test/orchestrations/histories";

/** The releases whose histories are kept. */
export const releases = (): readonly string[] =>
  readdirSync(historiesFolder)
    .filter((name) => name.endsWith(".jsonl"))
    .map((name) => name.replace(/\.jsonl$/, ""))
    .sort();

/** What was recorded with a release. */
export const historiesOf = (release: string): readonly History[] =>
  readFileSync(join(historiesFolder, `${release}.jsonl`), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as History);

/** Everything that a task hub holds at this moment. */
export function historiesIn(hubFile: string): readonly History[] {
  const hub = new DatabaseSync(hubFile, { readOnly: true });
  const rows = hub
    .prepare("SELECT id, execution, name, status, input, parent FROM instances ORDER BY created, id")
    .all();
  const events = hub.prepare("SELECT event FROM history WHERE instance = ? ORDER BY seq");
  const found = rows.map(({ id, execution, name, status, input, parent }) => ({
    instance: String(id),
    execution: String(execution),
    name: String(name),
    status: String(status),
    input: input === null ? null : String(input),
    parent: parent === null ? null : String(parent),
    events: events.all(id as string).map(({ event }) => JSON.parse(String(event)) as HistoryEvent),
  }));
  hub.close();
  return found;
}

/** Few that show much: of executions that did the same things in the same order, the first. */
export function representative(histories: readonly History[]): readonly History[] {
  const seen = new Set<string>();
  return histories.filter(({ name, status, events }) => {
    const end = /"state":"\w+"/.exec(String(events.findLast(({ Result }) => Result)?.Result))?.[0];
    const shape = JSON.stringify([name, status, end, events.map((one) => [one.EventType, one.Name])]);
    return events.length > 0 && !seen.has(shape) && seen.add(shape);
  });
}

const madeByOrchestrator: readonly number[] = [
  eventTypes.taskScheduled,
  eventTypes.timerCreated,
  eventTypes.subOrchestrationCreated,
  eventTypes.orchestratorCompleted,
  eventTypes.executionCompleted,
];

/**
 * Replays a history on orchestrators, through the SDK and the extension's own checks. Undefined where they go the same way to the
 * same end; else what does not fit.
 */
export async function misfit(history: History, runs: Runs): Promise<string | undefined> {
  const { instance, execution, name, status, input, parent } = history;
  const adapter = sdkAdapter(functions(runs, { activities: {} }), [], () => undefined);
  const { past, fresh } = lastTurn(history);
  const journal = { execution, events: [...past], started: true };
  const decision = await adapter.decide({ instance, execution, name, version: null, input, parent, journal, fresh });
  const reached = decision.completion?.status ?? "Running";
  if (reached === status || (reached === "ContinuedAsNew" && status === "Running")) return undefined;
  return `it was ${status} and would now be ${reached}: ${decision.completion?.result ?? "still at work"}`;
}

/** What happened before the last turn, and what came in for it. An execution that goes on is woken once more by nothing. */
function lastTurn({ status, events }: History) {
  const last = events.findLastIndex(({ EventType }) => EventType === eventTypes.orchestratorStarted);
  if (status === "Running") return { past: events, fresh: events.slice(last, last + 1) };
  const fresh = events.slice(last).filter(({ EventType }) => !madeByOrchestrator.includes(EventType));
  return { past: events.slice(0, last), fresh };
}
