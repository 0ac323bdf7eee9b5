import { nextRead, type ReadSchedule, readSchedule } from "../../shared/decide/schedule.ts";

/** What watching costs and how late it notices the end: reads a build, seconds on average. */
export interface Watching {
  readonly reads: number;
  readonly delay: number;
}

/** Minutes of a build and what each way of watching makes of it. */
export interface WatchingTable {
  readonly minutes: number;
  readonly ours: Watching;
  /** Fewest reads that any schedule knowing the distribution needs for our delay. */
  readonly best: number;
  readonly first: Watching;
  readonly az: Watching;
  readonly action: Watching;
}

const lineages = 300;
const buildsEach = 10;
const pastBuilds = 5;
const spread = 0.1;
const evenly = 30;

/** Plays builds of `minutes` ± 10 % in many lineages with five past builds each; every draw from `random` (0..1). */
export function measureWatching(minutes: number, random: () => number): WatchingTable {
  const mean = minutes * 60;
  const draw = () => mean * (1 - spread + 2 * spread * random());
  const rounds = Array.from({ length: lineages }, () => ({
    schedule: readSchedule(Array.from({ length: pastBuilds }, draw), evenly),
    ends: Array.from({ length: buildsEach }, draw),
  }));
  const over = (scheduleOf: (schedule: ReadSchedule) => ReadSchedule) =>
    mixed(rounds.flatMap(({ schedule, ends }) => ends.map((end) => watched(scheduleOf(schedule), end))));
  const every = (seconds: number) => over(() => ({ moments: [], after: seconds }));
  const ours = over((schedule) => schedule);
  return {
    minutes,
    ours,
    best: bestReads(2 * spread * mean, ours.delay),
    first: every(evenly),
    az: every(30),
    action: every(15),
  };
}

/** One build that ends `end` seconds after its start. */
export function watched(schedule: ReadSchedule, end: number): Watching {
  let reads = 0;
  let at = 0;
  while (at < end) {
    at = nextRead(schedule, at);
    reads++;
  }
  return { reads, delay: at - end };
}

/**
 * The fewest reads with which a schedule that knows ends to be even over `width` seconds reaches a mean delay: its gaps
 * shrink by the same amount from read to read (gap i = (K - i) / L, the stationary point of reads + L · delay).
 */
export function bestReads(width: number, delay: number): number {
  let [low, high] = [1e-6, 100];
  for (let step = 0; step < 80; step++) {
    const middle = Math.sqrt(low * high);
    if (linear(width, middle).delay > delay) low = middle;
    else high = middle;
  }
  return linear(width, high).reads;
}

function linear(width: number, slope: number): Watching {
  let count = 1;
  const top = (reads: number) => (width * slope + (reads * (reads + 1)) / 2) / reads;
  while (top(count + 1) > count + 1) count++;
  let [reads, delay] = [0, 0];
  for (let i = 1; i <= count; i++) {
    const gap = (top(count) - i) / slope;
    reads += (i * gap) / width;
    delay += gap ** 2 / (2 * width);
  }
  return { reads, delay };
}

function mixed(all: readonly Watching[]): Watching {
  const mean = (value: (one: Watching) => number) => all.reduce((sum, one) => sum + value(one), 0) / all.length;
  return { reads: mean(({ reads }) => reads), delay: mean(({ delay }) => delay) };
}
