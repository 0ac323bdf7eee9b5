import type { Watching } from "./watching.ts";

/** How likely a build is to end at a moment (s), on a grid of `step` seconds from `from` on; sums to 1. */
export interface EndDistribution {
  readonly from: number;
  readonly step: number;
  readonly shares: readonly number[];
}

/** Ends anywhere within ± `spread` (a share of the mean) alike. */
export function uniformEnds(mean: number, spread: number, step: number): EndDistribution {
  const from = mean * (1 - spread);
  const count = Math.round((2 * spread * mean) / step);
  return { from, step, shares: Array.from({ length: count }, () => 1 / count) };
}

/** Ends around the mean with a standard deviation of `spread` (a share of the mean), as far as four of them. */
export function normalEnds(mean: number, spread: number, step: number): EndDistribution {
  const deviation = spread * mean;
  const from = mean - 4 * deviation;
  const count = Math.round((8 * deviation) / step);
  const weights = Array.from({ length: count }, (_, i) =>
    Math.exp(-(((from + (i + 0.5) * step - mean) / deviation) ** 2) / 2),
  );
  const total = weights.reduce((sum, one) => sum + one, 0);
  return { from, step, shares: weights.map((one) => one / total) };
}

/** No gap between two reads of a best schedule is longer (s): it need not be looked for farther. */
const longestGap = 400;

/**
 * The fewest reads with which any schedule that knows `ends` notices them after `delay` seconds on average: found backwards, from the
 * last possible end, for a price of a second of delay that is searched for by halving.
 */
export function bestReads(ends: EndDistribution, delay: number): number {
  let [low, high] = [1e-5, 100];
  for (let round = 0; round < 30; round++) {
    const price = Math.sqrt(low * high);
    if (cheapest(ends, price).delay > delay) low = price;
    else high = price;
  }
  return cheapest(ends, high).reads;
}

/** Reads and delay of the schedule with the least `reads + price · delay`. */
function cheapest({ step, shares }: EndDistribution, price: number): Watching {
  const count = shares.length;
  const ended = cumulated(shares);
  const weighed = cumulated(shares.map((share, i) => share * (i + 0.5)));
  const reads = new Float64Array(count + 1);
  const delay = new Float64Array(count + 1);
  for (let at = count - 1; at >= 0; at--) {
    const left = 1 - ended[at]!;
    let least = Number.POSITIVE_INFINITY;
    for (let next = at + 1; next <= Math.min(count, at + longestGap / step); next++) {
      const late = step * (next * (ended[next]! - ended[at]!) - (weighed[next]! - weighed[at]!));
      const cost = left + price * late + reads[next]! + price * delay[next]!;
      if (cost >= least) continue;
      least = cost;
      reads[at] = left + reads[next]!;
      delay[at] = late + delay[next]!;
    }
  }
  return { reads: reads[0]!, delay: delay[0]! };
}

function cumulated(values: readonly number[]): Float64Array {
  const sums = new Float64Array(values.length + 1);
  for (const [i, value] of values.entries()) sums[i + 1] = sums[i]! + value;
  return sums;
}
