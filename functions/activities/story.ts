import { AsyncLocalStorage } from "node:async_hooks";
import type { DurableClient } from "durable-functions";
import type { RequestNote } from "../../shared/build.ts";

/** What one invocation of an activity knows besides its input. */
interface Invocation {
  readonly client: () => DurableClient;
  readonly said: string[];
  readonly requests: RequestNote[];
}

const current = new AsyncLocalStorage<Invocation>();

/** Runs an activity so that `tell` and `durableClient` work inside it. */
export function invocation<T>(client: () => DurableClient, work: (story: Invocation) => Promise<T>): Promise<T> {
  const story: Invocation = { client, said: [], requests: [] };
  return current.run(story, () => work(story));
}

/** Adds a sentence to the line that this activity leaves in the build's timeline. Never a secret. */
export function tell(sentence: string): void {
  current.getStore()?.said.push(sentence);
}

/** The durable client of the activity that runs. Throws outside one. */
export function durableClient(): DurableClient {
  const store = current.getStore();
  if (!store) throw new Error("durableClient() is for activities only");
  return store.client();
}
