import { Cron } from "croner";

/** Rebuilds closer together than this (s) would meet themselves: a build takes a quarter of an hour at least. */
const closest = 900;

// NCRONTAB takes a day that is right by month and by week; other crons take either (docs of Azure Functions' timer trigger).
const reading = (cron: string, timeZone: string) =>
  new Cron(cron, { timezone: timeZone, domAndDow: true, mode: "6-part" });

/** The first moment after `from` that a pattern names in a zone; undefined where none comes any more. Throws for what is no pattern or zone. */
export function nextTurn(cron: string, timeZone: string, from: Date): Date | undefined {
  return reading(cron, timeZone).nextRun(from) ?? undefined;
}

/** What is wrong with a pattern or its zone, by field; nothing where all is well. */
export function cronFaults(cron: string, timeZone: string, from: Date): readonly { field: string; detail: string }[] {
  if (!isZone(timeZone, from)) return [{ field: "timeZone", detail: "not a time zone such as Europe/Berlin or UTC" }];
  try {
    const turns = reading(cron, timeZone).nextRuns(8, from);
    if (turns.length === 0) return [{ field: "cron", detail: "names no moment that is still to come" }];
    const gaps = turns.slice(1).map((turn, index) => (turn.getTime() - (turns[index]?.getTime() ?? 0)) / 1000);
    if (gaps.every((gap) => gap >= closest)) return [];
    return [{ field: "cron", detail: "names moments less than 15 minutes apart" }];
  } catch {
    const detail = 'not in NCRONTAB form, such as "0 0 4 * * 1" (second minute hour day month weekday)';
    return [{ field: "cron", detail }];
  }
}

function isZone(timeZone: string, from: Date): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone }).format(from);
    return true;
  } catch {
    return false;
  }
}
