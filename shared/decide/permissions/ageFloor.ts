/** One grant that was seen to work: how old it was then (seconds), and whether a refusal before showed that it had not worked yet. */
export interface PropagationSample {
  readonly at: string;
  /** Who measured it. */
  readonly buildId: string;
  readonly seconds: number;
  readonly afterRefusal: boolean;
}

/** Seconds: a grant younger than this is not trusted even where small ages worked, because replicas differ. */
const least = 30;

/**
 * How old a grant must be before it is trusted, from what was measured here: the longest time that a refused one took; where
 * nothing was ever refused, half of the shortest age that worked, so that each build without a refusal feels its way down.
 */
export function grantAgeFloor(samples: readonly PropagationSample[], fallback: number, most: number): number {
  if (samples.length === 0) return fallback;
  const refused = samples.filter((one) => one.afterRefusal).map((one) => one.seconds);
  const floor =
    refused.length > 0 ? Math.max(...refused) : Math.min(fallback, ...samples.map((one) => Math.ceil(one.seconds / 2)));
  return Math.min(Math.max(floor, Math.min(least, fallback)), most);
}
