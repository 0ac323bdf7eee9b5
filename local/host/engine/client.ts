import type { Clock } from "../../clock.ts";
import type { Committer } from "./commit.ts";
import { createInstance, newId } from "./create.ts";
import { eventTypes, type HistoryEvent, isFinal, type NewEvent, type RuntimeStatus } from "./events.ts";
import { type InstanceFilter, type Page, pageOf, purgeable } from "./query.ts";
import type { Instance, Store } from "./store.ts";

/** An instance of this id is there and has not ended. */
export class AlreadyExists extends Error {}

/** What may be asked of the hub from outside an orchestration. */
export interface HubClient {
  /** Starts an instance and resolves with its id. Rejects with `AlreadyExists`. */
  start(name: string, id: string | undefined, input: string | null, version: string | null): Promise<string>;
  get(id: string): Instance | undefined;
  history(id: string): readonly HistoryEvent[];
  list(filter: InstanceFilter): Page;
  /** Puts a message into the inbox of an instance that has not ended; `input` is JSON text. */
  raise(id: string, name: string, input: string | null): Promise<void>;
  terminate(id: string, reason: string | null): Promise<void>;
  suspend(id: string, reason: string | null): Promise<void>;
  resume(id: string, reason: string | null): Promise<void>;
  /** Removes one instance whatever its state. */
  purge(id: string): Promise<boolean>;
  /** Removes all ended instances of a filter; resolves with how many. */
  purgeAll(filter: InstanceFilter): Promise<number>;
  /** Resolves when the instance has ended or `milliseconds` of the clock's time have gone by. */
  waitForEnd(id: string, milliseconds: number): Promise<void>;
  /** For the engine: an instance has ended. */
  ended(id: string): void;
}

export function createClient(store: Store, committer: Committer, clock: Clock, replaceRunning: boolean): HubClient {
  const waiting = new Map<string, Set<() => void>>();
  const send = (id: string, event: NewEvent) => committer.write(() => store.send(id, event));
  return {
    start: (name, given, input, version) =>
      committer.write(() => {
        const id = given || newId();
        refuseIfRunning(store.instance(id)?.status, replaceRunning);
        createInstance(store, { id, name, version, input, parent: null }, clock.now());
        return id;
      }),
    get: store.instance,
    history: store.history,
    list: (filter) => pageOf(store, filter),
    raise: (id, name, input) => send(id, { EventType: eventTypes.eventRaised, Name: name, Input: input }),
    terminate: (id, reason) => send(id, { EventType: eventTypes.executionTerminated, Input: reason }),
    suspend: (id, reason) => send(id, { EventType: eventTypes.executionSuspended, Reason: reason }),
    resume: (id, reason) => send(id, { EventType: eventTypes.executionResumed, Reason: reason }),
    purge: (id) =>
      committer.write(() => {
        const there = store.instance(id) !== undefined;
        if (there) store.clearInstance(id);
        return there;
      }),
    purgeAll: (filter) =>
      committer.write(() => {
        const ids = purgeable(store, filter);
        for (const id of ids) store.clearInstance(id);
        return ids.length;
      }),
    waitForEnd: (id, milliseconds) => waitForEnd(store, clock, waiting, id, milliseconds),
    ended(id) {
      for (const tell of waiting.get(id) ?? []) tell();
    },
  };
}

function refuseIfRunning(status: RuntimeStatus | undefined, replaceRunning: boolean): void {
  if (status === undefined || isFinal(status) || replaceRunning) return;
  throw new AlreadyExists(`An Orchestration instance with the status ${status} already exists.`);
}

async function waitForEnd(
  store: Store,
  clock: Clock,
  waiting: Map<string, Set<() => void>>,
  id: string,
  milliseconds: number,
): Promise<void> {
  const status = store.instance(id)?.status;
  if (!status || isFinal(status)) return;
  const tellers = waiting.get(id) ?? new Set();
  waiting.set(id, tellers);
  await new Promise<void>((resolve) => {
    const release = clock.schedule(clock.now() + milliseconds, done);
    tellers.add(done);
    function done(): void {
      release();
      tellers.delete(done);
      if (tellers.size === 0) waiting.delete(id);
      resolve();
    }
  });
}
