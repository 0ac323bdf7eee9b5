import type { DatabaseSync } from "node:sqlite";
import type { Outbox } from "./store.ts";

/** Writes to the hub. Each `work` is all or nothing; what several ask for at once goes to disk together. */
export interface Committer {
  /** Runs `work` in a transaction; resolves with its value once that is on disk, rejects with what it throws. */
  write<T>(work: () => T): Promise<T>;
  /** How many writes are not on disk yet. */
  pending(): number;
}

interface Waiting {
  readonly work: () => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Group commit: writes asked for in one turn of the event loop share one transaction and one fsync. `check` runs first in
 * each (the owner's number).
 */
export function groupCommit(hub: DatabaseSync, outbox: Outbox, around: AroundCommit): Committer {
  const { check, crash, committed } = around;
  let queue: Waiting[] = [];
  const run = (sql: string) => {
    const statement = hub.prepare(sql);
    return () => void statement.run();
  };
  const begin = run("BEGIN IMMEDIATE");
  const commit = run("COMMIT");
  const rollback = run("ROLLBACK");
  const save = run("SAVEPOINT one");
  const keep = run("RELEASE one");
  const undo = run("ROLLBACK TO one");

  function attempt(waiting: Waiting): () => void {
    save();
    const { wake, work } = outbox;
    const before = [wake.length, work.length] as const;
    try {
      const value = waiting.work();
      keep();
      return () => waiting.resolve(value as never);
    } catch (error) {
      undo();
      keep();
      [wake.length, work.length] = before;
      return () => waiting.reject(error);
    }
  }

  function flush(): void {
    const batch = queue;
    queue = [];
    try {
      begin();
      check();
      const outcomes = batch.map(attempt);
      crash("beforeCommit");
      commit();
      crash("afterCommit");
      committed();
      for (const settle of outcomes) settle();
    } catch (error) {
      if (hub.isOpen && hub.isTransaction) rollback();
      outbox.wake.length = outbox.work.length = 0;
      for (const waiting of batch) waiting.reject(error);
    }
  }

  return {
    pending: () => queue.length,
    write: (work) =>
      new Promise((resolve, reject) => {
        if (queue.push({ work, resolve, reject }) === 1) setImmediate(flush);
      }),
  };
}

/** What happens before, inside and after each transaction. */
export interface AroundCommit {
  /** Throws when this process may no longer write. */
  check(): void;
  /** Where tests kill the process. */
  crash(point: CrashPoint): void;
  /** The outbox holds what has just become true. */
  committed(): void;
}

/** Moments at which a crash test kills the host. */
export type CrashPoint = "orchestratorRan" | "activityRan" | "beforeCommit" | "afterCommit";
