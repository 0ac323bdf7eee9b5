/** Cores of container instances that a build takes (image-builder.md §6.5). */
const coresOfBuild = 4;

/** A build that wants to run in a region, or does. Times are ISO. */
export interface Slot {
  readonly buildId: string;
  /** When it asked. */
  readonly at: string;
  /** When it was let in; it waits where absent. */
  readonly granted?: string;
  /** Its container counts among the cores in use by now. */
  readonly seen?: true;
}

/** Container instance cores of a region: in use by anybody, and allowed. */
export interface Capacity {
  readonly used: number;
  readonly limit: number;
}

/** How many more builds fit; those that were let in and have no container yet are counted in. */
export function freeSlots(slots: readonly Slot[], { used, limit }: Capacity): number {
  const coming = slots.filter(({ granted, seen }) => granted && !seen).length;
  return Math.max(0, Math.floor((limit - used) / coresOfBuild) - coming);
}

/** The queue after a build asked: it is let in where there is room for it and for all that asked before, else it has a place. */
export function ask(
  slots: readonly Slot[],
  buildId: string,
  capacity: Capacity | undefined,
  now: string,
): readonly Slot[] {
  const mine = slots.find((slot) => slot.buildId === buildId) ?? { buildId, at: now };
  if (mine.granted) return slots;
  const others = slots.filter((slot) => slot.buildId !== buildId);
  const ahead = waiting(others).filter((slot) => before(slot, mine)).length;
  const fits = capacity === undefined || freeSlots(others, capacity) > ahead;
  return [...others, fits ? { ...mine, granted: now } : mine];
}

/** Those that wait, in their order. */
export function waiting(slots: readonly Slot[]): readonly Slot[] {
  return slots.filter(({ granted }) => !granted).sort((a, b) => (before(a, b) ? -1 : 1));
}

/** Who asked first; of two at the same moment, the same one for everybody. */
const before = (a: Slot, b: Slot) => a.at < b.at || (a.at === b.at && a.buildId < b.buildId);

/** From 1; 0 for one that does not wait. */
export function positionOf(slots: readonly Slot[], buildId: string): number {
  return waiting(slots).findIndex((slot) => slot.buildId === buildId) + 1;
}

/**
 * When whoever is at `position` may start, if those that run now end as expected (ISO times) and each that follows takes
 * `seconds`; undefined where nobody's end is known.
 */
export function expectedStart(ends: readonly string[], position: number, seconds: number): string | undefined {
  const sorted = [...ends].sort();
  const first = sorted[(position - 1) % sorted.length];
  if (first === undefined) return undefined;
  const rounds = Math.floor((position - 1) / sorted.length);
  return new Date(Date.parse(first) + rounds * seconds * 1000).toISOString();
}

/** Seconds before a waiting build looks again: soon where its turn is near. */
export function pauseAt(position: number): number {
  return Math.min(300, 15 + 3 * Math.max(0, position - 1));
}
