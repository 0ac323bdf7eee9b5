import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Takes a scheduled call back, or gives up a hold. Harmless when called twice. */
export type Release = () => void;

/** The time of host and emulator. All times are milliseconds since 1970-01-01T00:00Z, in emulated time. */
export interface Clock {
  now(): number;
  /** Runs `work` once `at` has come; at once (never synchronously) when it is past. */
  schedule(at: number, work: () => void): Release;
  /** Says "something is under way": a stepped clock stands still while anybody holds it, a scaled one does not care. */
  hold(): Release;
  /** Emulated seconds per real second; 0 for a clock that moves only in steps. */
  readonly speed: number;
}

/** Where a scaled clock stands: at the real moment `real` it was `virtual`, and from then on it runs `speed` times as fast. */
export interface Anchor {
  readonly real: number;
  readonly virtual: number;
  readonly speed: number;
  /** Nobody lives in this time at the moment: it stood still at `virtual` until somebody goes on. */
  readonly paused?: boolean;
}

/** The `Date` of the machine, kept before anybody replaces `globalThis.Date` (see `host/virtualTime.ts`). */
const realDate = Date;

/** A waiting timer looks this often (real ms) whether somebody moved the clock meanwhile. */
const lookAgainMs = 1_000;
const followEveryMs = 250;

/** A clock that runs with the wall, `speed` times as fast. `read` is asked each time, so that processes can share an anchor. */
export function scaledClock(read: () => Anchor): Clock {
  const now = () => {
    const { real, virtual, speed } = read();
    return virtual + (realDate.now() - real) * speed;
  };
  return {
    now,
    get speed() {
      return read().speed;
    },
    schedule(at, work) {
      let timer: NodeJS.Timeout;
      const arm = () => {
        const wait = Math.ceil(Math.max(0, at - now()) / read().speed);
        timer = setTimeout(() => (now() >= at ? work() : arm()), Math.min(wait, lookAgainMs));
      };
      arm();
      return () => clearTimeout(timer);
    },
    hold: () => () => {},
  };
}

const anchorFile = (directory: string) => join(directory, "clock.json");

/** Writes the anchor that every process working in `directory` follows. */
export function writeAnchor(directory: string, anchor: Anchor): void {
  mkdirSync(directory, { recursive: true });
  const file = anchorFile(directory);
  writeFileSync(`${file}.new`, JSON.stringify(anchor));
  renameSync(`${file}.new`, file);
}

/** The clock of everybody who works in `directory`; starts one at the present moment where there is none yet. */
export function sharedClock(directory: string, speed: number): Clock {
  if (!existsSync(anchorFile(directory)) || readAnchor(directory).paused) goOn(directory, speed);
  let anchor = readAnchor(directory);
  let checked = realDate.now();
  return scaledClock(() => {
    if (realDate.now() - checked > followEveryMs) {
      checked = realDate.now();
      anchor = readAnchor(directory);
    }
    return anchor;
  });
}

const readAnchor = (directory: string) => JSON.parse(readFileSync(anchorFile(directory), "utf8")) as Anchor;

/** Lets the time of `directory` go on (or begin, at the present moment) at `speed`. Time never goes back. */
export function goOn(directory: string, speed: number): void {
  const real = realDate.now();
  const anchor = existsSync(anchorFile(directory))
    ? readAnchor(directory)
    : { real, virtual: real, speed, paused: true };
  writeAnchor(directory, { real, virtual: anchor.paused ? anchor.virtual : scaledClock(() => anchor).now(), speed });
}

/** Stops the time of `directory`: what happens meanwhile on the wall is nobody's business there. */
export function pauseClock(directory: string): void {
  const anchor = readAnchor(directory);
  const virtual = scaledClock(() => anchor).now();
  writeAnchor(directory, { real: realDate.now(), virtual, speed: anchor.speed, paused: true });
}

/** A clock for tests and benchmarks: it jumps to the next scheduled moment, and only while nobody holds it. */
export interface SteppedClock extends Clock {
  /** Lets time pass until `done` says so. Rejects when `limit` (default: 48 h of emulated time) has gone by, or nothing is left to wait for. */
  until(done: () => boolean | Promise<boolean>, limit?: number): Promise<void>;
  /** Lets `milliseconds` of emulated time pass. */
  advance(milliseconds: number): Promise<void>;
}

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly work: () => void;
}

/** How many turns of the event loop must pass without a hold before the clock believes that everybody waits for it. */
const quietTurns = 3;

export function steppedClock(origin: number): SteppedClock {
  let now = origin;
  let order = 0;
  let holds = 0;
  const entries = new Set<Entry>();

  const clock: SteppedClock = {
    now: () => now,
    speed: 0,
    schedule(at, work) {
      const entry = { at, order: order++, work };
      entries.add(entry);
      return () => void entries.delete(entry);
    },
    hold() {
      let held = true;
      holds += 1;
      return () => {
        if (held) holds -= 1;
        held = false;
      };
    },
    async until(done, limit = 48 * 3_600_000) {
      const end = now + limit;
      for (;;) {
        await quiet(() => holds);
        if (await done()) return;
        if (holds > 0) continue;
        const next = first();
        if (!next) throw new Error("the clock stands still: nobody waits for anything, and it is not done");
        if (next.at > end) throw new Error(`not done after ${limit / 60_000} emulated minutes`);
        step(next);
      }
    },
    async advance(milliseconds) {
      const end = now + milliseconds;
      for (;;) {
        await quiet(() => holds);
        const next = first();
        if (!next || next.at > end) break;
        step(next);
      }
      now = end;
    },
  };
  return clock;

  function first(): Entry | undefined {
    let best: Entry | undefined;
    for (const entry of entries)
      if (!best || entry.at < best.at || (entry.at === best.at && entry.order < best.order)) best = entry;
    return best;
  }

  function step(entry: Entry): void {
    entries.delete(entry);
    now = Math.max(now, entry.at);
    entry.work();
  }
}

/** Resolves when nobody has held the clock for a few turns of the event loop. */
async function quiet(holds: () => number): Promise<void> {
  for (let turns = 0; turns < quietTurns; turns++) {
    await new Promise((resolve) => setImmediate(resolve));
    while (holds() > 0) {
      turns = 0;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}
