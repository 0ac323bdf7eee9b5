import { nextRead, type ReadSchedule, readSchedule } from "../../shared/decide/builds/schedule.ts";
import { bestReads, normalEnds, uniformEnds } from "./bestSchedule.ts";

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
  /** And for a delay of 8 s. */
  readonly bestForEight: number;
  readonly first: Watching;
  readonly az: Watching;
  readonly action: Watching;
}

/** `even`: ends anywhere within ± 10 % alike. `normal`: a standard deviation of 10 %, so that one end in three lies outside of that. */
export type Spread = "even" | "normal";

const lineages = 300;
const buildsEach = 10;
const pastBuilds = 5;
const spread = 0.1;
const evenly = 30;

/** Plays builds of `minutes` spread by 10 % in many lineages with five past builds each; every draw from `random` (0..1). */
export function measureWatching(minutes: number, random: () => number, kind: Spread = "even"): WatchingTable {
  const mean = minutes * 60;
  const draw = () => mean * (1 + (kind === "even" ? spread * (2 * random() - 1) : spread * standardNormal(random)));
  const rounds = Array.from({ length: lineages }, () => ({
    schedule: readSchedule(Array.from({ length: pastBuilds }, draw), evenly),
    ends: Array.from({ length: buildsEach }, draw),
  }));
  const over = (scheduleOf: (schedule: ReadSchedule) => ReadSchedule) =>
    mixed(rounds.flatMap(({ schedule, ends }) => ends.map((end) => watched(scheduleOf(schedule), end))));
  const every = (seconds: number) => over(() => ({ moments: [], after: seconds }));
  const ours = over((schedule) => schedule);
  const ends = (kind === "even" ? uniformEnds : normalEnds)(mean, spread, mean / 1800);
  return {
    minutes,
    ours,
    best: bestReads(ends, ours.delay),
    bestForEight: bestReads(ends, 8),
    first: every(evenly),
    az: every(30),
    action: every(15),
  };
}

/** Box and Muller's. */
const standardNormal = (random: () => number) =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

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

/** The mean of several. */
export function mixed(all: readonly Watching[]): Watching {
  const mean = (value: (one: Watching) => number) => all.reduce((sum, one) => sum + value(one), 0) / all.length;
  return { reads: mean(({ reads }) => reads), delay: mean(({ delay }) => delay) };
}
