/** A thing that happens with probability `chance` (0–1) and then takes up to `milliseconds` of the clock's time. */
interface Chance {
  readonly chance: number;
  readonly milliseconds: number;
}

/**
 * Switches that make the hub as unkind as Azure Storage may be. All off by default; an app that is right in Azure is right
 * with all of them on.
 */
export interface Unkindness {
  /** Seed of the dice, so that a run can be had again. */
  readonly seed?: number;
  /** Chance that an activity is run twice, with both results delivered. */
  readonly duplicateActivities?: number;
  /** Chance that a result is delivered a second time, later. */
  readonly duplicateResults?: Chance;
  /** Chance that a message (start, result, event) arrives late, so that others overtake it. */
  readonly delayedMessages?: Chance;
  /** Chance that a worker takes an activity and then does nothing for a while. */
  readonly stalledWorker?: Chance;
}

/** The dice of one host. */
export interface Dice {
  duplicateActivity(): boolean;
  /** Milliseconds after which a result comes again, or undefined. */
  duplicateResult(): number | undefined;
  /** Milliseconds by which a message is late; 0 mostly. */
  delay(): number;
  /** Milliseconds for which the worker stands still; 0 mostly. */
  stall(): number;
}

/** Dice for the switches given; a hub without any is kind. */
export function dice(unkind: Unkindness = {}): Dice {
  const random = mulberry(unkind.seed ?? 1);
  const roll = (one: Chance | undefined) =>
    one && random() < one.chance ? 1 + Math.floor(random() * one.milliseconds) : undefined;
  return {
    duplicateActivity: () => random() < (unkind.duplicateActivities ?? 0),
    duplicateResult: () => roll(unkind.duplicateResults),
    delay: () => roll(unkind.delayedMessages) ?? 0,
    stall: () => roll(unkind.stalledWorker) ?? 0,
  };
}

/** A small seeded generator (mulberry32); reproducible runs need one, and `Math.random` cannot be seeded. */
function mulberry(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
