/** A recurring moment. `next` gives the first one after `at` (ms), or undefined when there is none within eight years. */
export interface Schedule {
  next(at: number): number | undefined;
}

interface Field {
  readonly low: number;
  readonly high: number;
  readonly names?: readonly string[];
}

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const fields: readonly Field[] = [
  { low: 0, high: 59 },
  { low: 0, high: 59 },
  { low: 0, high: 23 },
  { low: 1, high: 31 },
  { low: 1, high: 12, names: months },
  { low: 0, high: 6, names: weekdays },
];
const dayMs = 86_400_000;
const searchedDays = 366 * 8;

/**
 * An NCRONTAB schedule of six fields (second first) or five, in the time of a zone. Unlike cron, day of month and day of
 * week must both fit. Throws where it is not well formed.
 */
export function cronSchedule(text: string, zone: string): Schedule {
  const parts = text.trim().split(/\s+/);
  if (parts.length === 5) parts.unshift("0");
  if (parts.length !== 6) throw new Error(`the schedule "${text}" has ${parts.length} fields, not five or six`);
  const sets = parts.map((part, at) => valuesOf(part, fields[at]!, text));
  const [seconds, minutes, hours, days, monthSet, weekdaySet] = sets as [
    number[],
    number[],
    number[],
    number[],
    number[],
    number[],
  ];
  const wall = wallClock(zone);
  const fits = (day: Date) =>
    days.includes(day.getUTCDate()) && monthSet.includes(day.getUTCMonth() + 1) && weekdaySet.includes(day.getUTCDay());

  return {
    next(at) {
      const from = wall.toLocal(at);
      const firstDay = Math.floor(from / dayMs) * dayMs;
      for (let day = firstDay; day < firstDay + searchedDays * dayMs; day += dayMs) {
        if (!fits(new Date(day))) continue;
        for (const local of timesOf(day, hours, minutes, seconds, from)) {
          const moment = wall.toInstant(local);
          if (moment > at) return moment;
        }
      }
      return undefined;
    },
  };
}

/** The moments of one day that are not before `from`, in order. */
function* timesOf(day: number, hours: number[], minutes: number[], seconds: number[], from: number): Generator<number> {
  for (const hour of hours) {
    const atHour = day + hour * 3_600_000;
    // An hour back: after the clocks go back, a local time may come a second time.
    if (atHour + 2 * 3_600_000 < from) continue;
    for (const minute of minutes) {
      const atMinute = atHour + minute * 60_000;
      if (atMinute + 3_660_000 < from) continue;
      for (const second of seconds) yield atMinute + second * 1_000;
    }
  }
}

function valuesOf(part: string, field: Field, whole: string): number[] {
  const values = new Set<number>();
  for (const item of part.split(",")) for (const value of rangeOf(item, field, whole)) values.add(value);
  return [...values].sort((a, b) => a - b);
}

function rangeOf(item: string, field: Field, whole: string): number[] {
  const found = /^(\*|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(item);
  const bad = () => new Error(`"${item}" in the schedule "${whole}" is not well formed`);
  if (!found) throw bad();
  const [, first, last, step] = found;
  const number = (text: string) => {
    const named = field.names?.indexOf(text.slice(0, 3).toLowerCase()) ?? -1;
    const value = named >= 0 ? named + field.low : Number(text);
    if (!Number.isInteger(value) || value < field.low || value > field.high) throw bad();
    return value;
  };
  const low = first === "*" ? field.low : number(first!);
  const high = last !== undefined ? number(last) : first === "*" || step !== undefined ? field.high : low;
  const by = Number(step ?? 1);
  if (by < 1 || high < low) throw bad();
  return Array.from({ length: Math.floor((high - low) / by) + 1 }, (_unused, at) => low + at * by);
}

/** Moments and the wall clock of a zone; wall-clock time is given as if it were UTC. */
function wallClock(zone: string) {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  const toLocal = (at: number) => {
    if (zone === "UTC") return at;
    const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    return Date.UTC(part.year!, part.month! - 1, part.day!, part.hour!, part.minute!, part.second!) + (at % 1_000);
  };
  const offset = (at: number) => toLocal(at) - at;
  return {
    toLocal,
    /** The first moment that shows this local time; where the clocks jump over it, as much later as they jump. */
    toInstant(local: number): number {
      if (zone === "UTC") return local;
      const candidates = [offset(local - dayMs), offset(local + dayMs)].map((gap) => local - gap);
      const exact = candidates.filter((at) => toLocal(at) === local);
      return exact.length > 0 ? Math.min(...exact) : Math.max(...candidates);
    },
  };
}
