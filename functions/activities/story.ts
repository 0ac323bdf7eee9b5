import { AsyncLocalStorage } from "node:async_hooks";
import type { DurableClient } from "durable-functions";
import type { RequestNote } from "../../shared/build.ts";

/** What one invocation of an activity knows besides its input. */
interface Invocation {
  readonly client: () => DurableClient;
  readonly said: string[];
  readonly requests: RequestNote[];
  readonly log: (line: string) => void;
}

const current = new AsyncLocalStorage<Invocation>();

/** Runs an activity so that `tell` and `durableClient` work inside it. */
export function invocation<T>(
  client: () => DurableClient,
  log: (line: string) => void,
  work: (story: Invocation) => Promise<T>,
): Promise<T> {
  const story: Invocation = { client, said: [], requests: [], log };
  return current.run(story, () => work(story));
}

/** Adds a sentence to the line that this activity leaves in the build's timeline. Never a secret. */
export function tell(sentence: string): void {
  current.getStore()?.said.push(sentence);
}

/** What operators count on in the log: docs/operations.md, alerts and workbook read these. */
export const logEvents = ["activity", "buildEnded", "auditEnded", "delivery"] as const;
type LogEvent = (typeof logEvents)[number];

/** A line of the log that machines read too: one JSON object. Ids, codes and numbers only, never a text that somebody else wrote. */
export const logLine = (event: LogEvent, fields: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({ event, ...fields });

/** Writes such a line from inside an activity. */
export function log(event: LogEvent, fields: Readonly<Record<string, unknown>>): void {
  current.getStore()?.log(logLine(event, fields));
}

/** The durable client of the activity that runs. Throws outside one. */
export function durableClient(): DurableClient {
  const store = current.getStore();
  if (!store) throw new Error("durableClient() is for activities only");
  return store.client();
}
