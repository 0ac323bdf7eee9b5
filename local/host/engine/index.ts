import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../clock.ts";
import type { Log } from "../log.ts";
import { type Dice, dice, type Unkindness } from "../unkind.ts";
import { createClient, type HubClient } from "./client.ts";
import { type CrashPoint, groupCommit } from "./commit.ts";
import type { Adapter } from "./contract.ts";
import { type Concurrency, createDispatcher } from "./dispatcher.ts";
import { eventTypes } from "./events.ts";
import { journalCache } from "./journal.ts";
import { lockDirectory, takeOwnership } from "./owner.ts";
import { openHub, type Sync } from "./schema.ts";
import { type Delay, type Outbox, openStore, type Store } from "./store.ts";
import type { WrittenTurn } from "./turn.ts";

export interface EngineOptions {
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly concurrency: Concurrency;
  readonly sync?: Sync;
  readonly unkind?: Unkindness;
  /** Whether an instance that still runs may be replaced by a new one of its id. */
  readonly replaceRunning?: boolean;
  readonly crash?: (point: CrashPoint) => void;
  readonly dethroned: (error: unknown) => void;
}

/** The task hub of one data directory: durable orchestrations, run through an adapter. */
export interface Engine {
  readonly client: HubClient;
  /** For what else has to survive a restart (timer schedules). */
  readonly store: Store;
  write<T>(work: () => T): Promise<T>;
  /** Begins to run what waits, through `adapter`. */
  start(adapter: Adapter): void;
  /** Waits up to `grace` real ms for what runs. */
  stop(grace: number): Promise<void>;
}

/** Opens the hub in `directory` for this process alone; throws `OwnedElsewhere` when somebody has it. */
export function openEngine(options: EngineOptions): Engine {
  mkdirSync(options.directory, { recursive: true });
  const lock = lockDirectory(options.directory);
  try {
    return engineOver(options, lock.release);
  } catch (error) {
    lock.release();
    throw error;
  }
}

function engineOver(options: EngineOptions, release: () => void): Engine {
  const { clock, log, concurrency } = options;
  const crash = options.crash ?? (() => {});
  const rolls = dice(options.unkind);
  const hub = openHub(join(options.directory, "hub.db"), options.sync ?? "FULL");
  const outbox: Outbox = { wake: [], work: [], timersDropped: false };
  const store = openStore(hub, clock.now, outbox, delayOf(clock, rolls));
  let take = (_outbox: Outbox): void => {};
  let stopDispatcher = async (_grace: number): Promise<void> => {};
  const committer = groupCommit(hub, outbox, {
    check: takeOwnership(hub),
    crash,
    committed() {
      take(outbox);
      outbox.wake.length = outbox.work.length = 0;
      outbox.timersDropped = false;
    },
  });
  const client = createClient(store, committer, clock, options.replaceRunning ?? false);
  return {
    client,
    store,
    write: committer.write,
    start(adapter) {
      const journals = journalCache();
      const needs = { store, committer, journals, adapter, now: clock.now, crash };
      const turned = (instance: string, turn: WrittenTurn) => {
        for (const child of turn.collisions) warnOfCollision(log, instance, child);
        if (turn.final) client.ended(instance);
      };
      const dispatcher = createDispatcher({
        needs,
        clock,
        log,
        concurrency,
        turned,
        dice: rolls,
        dethroned: options.dethroned,
      });
      take = dispatcher.take;
      stopDispatcher = dispatcher.stop;
      dispatcher.start();
    },
    async stop(grace) {
      await stopDispatcher(grace);
      await committer.write(() => {}).catch(() => {});
      hub.close();
      release();
    },
  };
}

/** Timers come when they are due; anything else may be late in an unkind hub. */
function delayOf(clock: Clock, rolls: Dice): Delay {
  return (due, eventType) => {
    const late = eventType === eventTypes.timerFired ? 0 : rolls.delay();
    return late === 0 ? due : Math.max(due, Math.floor(clock.now()) + late);
  };
}

function warnOfCollision(log: Log, instance: string, child: string): void {
  const message =
    `orchestration "${instance}" starts a sub-orchestration under the id "${child}", which is running already: ` +
    "the child was not started, and the parent sees a failure";
  log({ level: "warning", category: "host.durable", code: "childIdTaken", instance, message });
}
