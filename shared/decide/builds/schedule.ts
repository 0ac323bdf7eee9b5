/** When a run is read: moments in seconds after its start, then every `after` seconds. */
export interface ReadSchedule {
  readonly moments: readonly number[];
  readonly after: number;
}

/** Past runs below this number tell too little; the run is then read evenly. */
const fewest = 2;
/** Of many past runs the latest count: templates and services change. */
const most = 20;
/** Seconds between a run's end and our reading of it, on average, that the schedule aims at. */
const aim = 5.2;
/** What a lineage's spread (standard deviation, as a share of the mean) is taken to be before it has shown its own, and how many past runs that opinion weighs. */
const usualSpread = 0.058;
const opinionWeight = 20;
/** A spread is never believed to be smaller than this. */
const leastSpread = 0.02;
/**
 * How much is given to the thought that ends do not keep to a span but scatter (Student's t, few degrees of freedom, because a handful
 * of runs says little about their spread), and how much of that to early ends. Late ends cost no read where a run ends before.
 */
const scatterShare = 0.2;
const scatterEarly = 0.2;
const scatterFreedom = 5;
const scatterOpinion = 2;
/** Shares of the mean: how early and how late outside the expected span ends are still looked for. */
const early = 0.03;
const late = 0.03;
/** The first read, as a share of the mean: failures often come soon, and it shows that the run really runs. */
const firstLook = 0.12;
/** The longest time without a read, as a share of the mean and in seconds: what others did to a run is noticed within that time. */
const longestGap = 0.7;
const longestWait = 1800;
/** Two reads are at least this far apart (s). */
const leastGap = 2;
/** Reads are planned up to this multiple of the mean. */
const horizon = 1.5;
const cells = 1500;

/**
 * When to read a run whose lineage took `durations` (seconds, oldest first). Reading with density √(f/S) (f: how likely the end
 * is now, S: how likely it is still to come) gives the fewest reads for a given mean delay; so reads are rare until an end becomes likely,
 * and densest where it is overdue. Without a past: every `evenly` seconds.
 */
export function readSchedule(durations: readonly number[], evenly: number): ReadSchedule {
  const past = durations.filter((seconds) => seconds > 0).slice(-most);
  if (past.length < fewest) return { moments: [], after: evenly };
  const mean = average(past);
  const density = readDensity(past, mean);
  const moments: number[] = [];
  for (let at = 0; at < horizon * mean; ) {
    const longest = moments.length === 0 ? firstLook * mean : Math.min(longestGap * mean, longestWait);
    at += gapFrom(at, density, mean, longest);
    moments.push(Math.round(at * 10) / 10);
  }
  return { moments, after: evenly };
}

/** Seconds after the start at which a run that is `elapsed` seconds old is read next; always later than `elapsed`. */
export function nextRead({ moments, after }: ReadSchedule, elapsed: number): number {
  const planned = moments.find((moment) => moment > elapsed);
  if (planned !== undefined) return planned;
  const last = moments.at(-1) ?? 0;
  // A moment that falls on a read but for its last digits counts as that read: the next one must lie ahead.
  return last + (Math.floor(Math.max(0, elapsed - last) / after + 1e-6) + 1) * after;
}

/** Reads per second at each cell of the time from 0 to twice the mean. */
function readDensity(past: readonly number[], mean: number): readonly number[] {
  const width = (2 * mean) / cells;
  const inCells = (likely: (at: number) => number) => {
    const f = Array.from({ length: cells }, (_, cell) => likely((cell + 0.5) * width));
    const total = f.reduce((sum, one) => sum + one, 0) * width;
    return f.map((one) => one / total);
  };
  const [span, scatter] = [inCells(endDensity(past, mean)), inCells(scatterDensity(past, mean))];
  let left = 1;
  const roots = span.map((one, cell) => {
    const share = (1 - scatterShare) * one + scatterShare * (scatter[cell] ?? 0);
    const root = Math.sqrt(share / Math.max(left, 1e-4));
    const weight = Math.sqrt(share * Math.max(left, 0));
    left -= share * width;
    return { root, weight };
  });
  const whole = roots.reduce((sum, { weight }) => sum + weight, 0) * width;
  return roots.map(({ root }) => (root * whole) / (2 * aim));
}

/** How likely an end is at a moment, not normalized: even over the expected span, thin before it, fading behind it. */
function endDensity(past: readonly number[], mean: number): (at: number) => number {
  const spread = Math.max(leastSpread * mean, pooledSpread(past, mean));
  const half = spread * Math.sqrt(3) * (1 + 0.5 / past.length);
  const from = Math.min(mean - half, ...past);
  const to = Math.max(mean + half, ...past);
  return (at) => {
    if (at < from - early * mean) return 0;
    if (at < from) return 0.15 * (1 - (from - at) / (early * mean));
    return at > to ? 0.4 * Math.exp(-(at - to) / (late * mean)) : 1;
  };
}

/** How likely an end is at a moment where ends scatter around the mean, not normalized. */
function scatterDensity(past: readonly number[], mean: number): (at: number) => number {
  const spread =
    Math.max(leastSpread * mean, pooledSpread(past, mean, scatterOpinion)) * Math.sqrt(1 + 1 / past.length);
  return (at) => {
    if (at < mean - 4 * spread) return 0;
    const tail = (1 + ((at - mean) / spread) ** 2 / scatterFreedom) ** (-(scatterFreedom + 1) / 2);
    return at < mean ? scatterEarly * tail : tail;
  };
}

/** The spread seen, tempered by the usual one: a handful of runs says little about it. */
function pooledSpread(past: readonly number[], mean: number, weight = opinionWeight): number {
  const squares = past.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  return Math.sqrt((squares + weight * (usualSpread * mean) ** 2) / (past.length - 1 + weight));
}

/** How long after `from` one whole read has come together, at most `longest`. */
function gapFrom(from: number, density: readonly number[], mean: number, longest: number): number {
  const width = (2 * mean) / cells;
  const stride = width / 4;
  let gathered = 0;
  let gap = 0;
  while (gathered < 1 && gap < longest) {
    gathered += stride * (density[Math.floor((from + gap) / width)] ?? 0);
    gap += stride;
  }
  return Math.max(leastGap, Math.min(gap, longest));
}

const average = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;
