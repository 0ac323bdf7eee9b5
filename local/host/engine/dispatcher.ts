import type { Clock, Release } from "../../clock.ts";
import { withinGrace } from "../grace.ts";
import { type Log, messageOf } from "../log.ts";
import type { Dice } from "../unkind.ts";
import { runWork } from "./activity.ts";
import { type EpisodeNeeds, runEpisode } from "./episode.ts";
import { OwnedElsewhere } from "./owner.ts";
import type { Outbox, WorkItem } from "./store.ts";
import type { WrittenTurn } from "./turn.ts";

/** How much may run at once (host.json `extensions.durableTask`). */
export interface Concurrency {
  readonly orchestrators: number;
  readonly activities: number;
}

export interface DispatcherOptions {
  readonly needs: EpisodeNeeds;
  readonly clock: Clock;
  readonly log: Log;
  readonly dice: Dice;
  readonly concurrency: Concurrency;
  /** An instance has reached the end of a turn. */
  readonly turned: (instance: string, turn: WrittenTurn) => void;
  /** This process may no longer write; it must stop. */
  readonly dethroned: (error: unknown) => void;
}

/** Gives ready instances and waiting activities their turn. */
export interface Dispatcher {
  /** Takes over what a transaction left to do. */
  take(outbox: Outbox): void;
  /** Loads what waits in the database and begins. */
  start(): void;
  /** Begins nothing new; resolves when what runs has ended, or after `grace` real ms: what was not committed runs again. */
  stop(grace: number): Promise<void>;
}

const longestBackOff = 600_000;

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { needs, clock, log, dice, concurrency } = options;
  const ready = new Set<string>();
  const busy = new Set<string>();
  const resting = new Set<string>();
  const failures = new Map<string, number>();
  const work: WorkItem[] = [];
  let activities = 0;
  let started = false;
  let stopped = false;
  let kicked = false;
  let hold: Release | undefined;
  let alarm: { readonly at: number; readonly release: Release } | undefined;
  let idle: (() => void) | undefined;

  /** A stepped clock must stand still while anything is under way that does not wait for time. */
  function settle(): void {
    const active = !stopped && (ready.size > 0 || work.length > 0);
    const underWay = busy.size > 0 || activities > 0 || (started && active);
    if (underWay && !hold) hold = clock.hold();
    if (!underWay && hold) {
      hold();
      hold = undefined;
      idle?.();
    }
  }

  function kick(): void {
    settle();
    if (kicked || stopped || !started) return;
    kicked = true;
    setImmediate(() => {
      kicked = false;
      if (!stopped) pump();
      settle();
    });
  }

  function pump(): void {
    for (const instance of ready) {
      if (busy.size >= concurrency.orchestrators) break;
      if (busy.has(instance)) continue;
      ready.delete(instance);
      busy.add(instance);
      void turn(instance);
    }
    while (activities < concurrency.activities && work.length > 0) {
      activities += 1;
      void perform(work.shift()!);
    }
  }

  async function turn(instance: string): Promise<void> {
    try {
      const written = await runEpisode(needs, instance);
      failures.delete(instance);
      if (written) options.turned(instance, written);
    } catch (error) {
      resting.add(instance);
      backOff(instance, `orchestration "${instance}"`, error, () => {
        resting.delete(instance);
        wake(instance);
      });
    } finally {
      busy.delete(instance);
      kick();
    }
  }

  async function perform(item: WorkItem): Promise<void> {
    try {
      const stall = dice.stall();
      if (stall > 0) await pause(stall);
      if (stopped) return;
      await runWork(needs, dice, item);
      failures.delete(`#${item.n}`);
    } catch (error) {
      backOff(`#${item.n}`, `activity "${item.name}" of "${item.instance}"`, error, () => {
        work.push(item);
        kick();
      });
    } finally {
      activities -= 1;
      kick();
    }
  }

  /** A stalled worker waits for time like everybody else, so the clock may move meanwhile. */
  async function pause(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      activities -= 1;
      clock.schedule(clock.now() + milliseconds, () => {
        activities += 1;
        settle();
        resolve();
      });
      settle();
    });
  }

  /** An internal error must neither lose a message nor spin: 2, 4, 8 … s, up to 10 min, as Azure Storage queues do. */
  function backOff(key: string, what: string, error: unknown, again: () => void): void {
    if (error instanceof OwnedElsewhere) {
      options.dethroned(error);
      return;
    }
    const count = (failures.get(key) ?? 0) + 1;
    failures.set(key, count);
    const delay = Math.min(2 ** count * 1_000, longestBackOff);
    const message = `${what} was abandoned ${count} time(s), trying again in ${delay / 1_000} s: ${messageOf(error)}`;
    log({ level: "error", category: "host.durable", code: "poison", message });
    if (!stopped) clock.schedule(clock.now() + delay, () => !stopped && again());
  }

  function wake(instance: string): void {
    if (!resting.has(instance)) ready.add(instance);
    kick();
  }

  function setAlarm(at: number | null): void {
    alarm?.release();
    alarm = undefined;
    if (at === null || stopped) return;
    alarm = { at, release: clock.schedule(at, ring) };
  }

  function ring(): void {
    alarm = undefined;
    if (stopped) return;
    for (const instance of needs.store.ready(clock.now())) wake(instance);
    setAlarm(needs.store.nextDue(clock.now()));
  }

  return {
    take(outbox) {
      if (!started) return;
      const now = clock.now();
      for (const { instance, due } of outbox.wake) {
        if (due <= now) wake(instance);
        else if (!alarm || due < alarm.at) setAlarm(due);
      }
      work.push(...outbox.work);
      // An alarm whose moment has come is left alone: it is about to ring, and looking for a later one would silence it.
      if (outbox.timersDropped && alarm && alarm.at > now) setAlarm(needs.store.nextDue(now));
      kick();
    },
    start() {
      started = true;
      work.push(...needs.store.work());
      ring();
      kick();
    },
    async stop(grace) {
      stopped = true;
      alarm?.release();
      settle();
      if (!hold) return;
      const ended = new Promise<void>((resolve) => {
        idle = resolve;
      });
      await withinGrace(ended, grace);
      hold?.();
    },
  };
}
