import type { Clock } from "../clock.ts";
import type { Jobs, JsonObject, Store } from "./world.ts";

/** Jobs that survive a restart: each is in the store until its handler has returned, so one cut off by a kill runs again. */
export interface PersistentJobs extends Jobs {
  /** Schedules what the store holds; call it once every handler is registered. */
  start(): void;
  /** No handler starts after this. */
  stop(): void;
}

interface Job {
  readonly due: number;
  readonly kind: string;
  readonly payload: JsonObject;
}

const storeKind = "job";

/** Makes the job list over `store`; `log` hears of handlers that threw. */
export function persistentJobs(store: Store, clock: Clock, log: (line: string) => void): PersistentJobs {
  const handlers = new Map<string, (payload: JsonObject) => void | Promise<void>>();
  const waiting = new Map<string, () => void>();
  let number = Math.max(0, ...store.list<Job>(storeKind).map(([key]) => Number(key.slice(16))));
  let running = false;

  return {
    on: (kind, handler) => void handlers.set(kind, handler),
    at(due, kind, payload) {
      const key = `${String(Math.max(0, Math.round(due))).padStart(15, "0")}-${String(++number).padStart(9, "0")}`;
      store.put(storeKind, key, { due, kind, payload } satisfies Job);
      if (running) arm(key, due);
    },
    start() {
      running = true;
      for (const [key, job] of store.list<Job>(storeKind)) arm(key, job.due);
    },
    stop() {
      running = false;
      for (const cancel of waiting.values()) cancel();
      waiting.clear();
    },
  };

  function arm(key: string, due: number): void {
    waiting.set(
      key,
      clock.schedule(due, () => void perform(key)),
    );
  }

  async function perform(key: string): Promise<void> {
    waiting.delete(key);
    const job = store.get<Job>(storeKind, key);
    if (!job || !running) return;
    const release = clock.hold();
    try {
      const handler = handlers.get(job.kind);
      if (!handler) throw new Error("nobody handles this kind of job");
      await handler(job.payload);
    } catch (error) {
      // After stop() the store is closed under a handler that was waiting; its job is done again by the next start.
      if (running)
        log(`job ${job.kind} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    } finally {
      // A job stopped half-way by stop() stays for the next start, as after a kill.
      if (running) store.delete(storeKind, key);
      release();
    }
  }
}
