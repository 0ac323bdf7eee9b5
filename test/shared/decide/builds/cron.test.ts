import { cronFaults, nextTurn } from "../../../../shared/decide/builds/cron.ts";

const after = (cron: string, zone: string, from: string) => nextTurn(cron, zone, new Date(from))?.toISOString();

test.each([
  ["0 0 4 * * 1", "UTC", "2026-11-25T12:00:00Z", "2026-11-30T04:00:00.000Z"],
  ["0 0 4 * * 1", "Europe/Berlin", "2026-11-25T12:00:00Z", "2026-11-30T03:00:00.000Z"],
  ["0 0 4 * * MON-FRI", "America/New_York", "2026-11-27T12:00:00Z", "2026-11-30T09:00:00.000Z"],
  // A day by month and by week: both must be right, as NCRONTAB has it.
  ["0 0 0 13 * 5", "UTC", "2026-01-01T00:00:00Z", "2026-02-13T00:00:00.000Z"],
  ["0 0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00.000Z"],
])("%s in %s after %s comes %s", (cron, zone, from, expected) => {
  expect(after(cron, zone, from)).toBe(expected);
});

test("an hour that the clocks skip, or have twice, is one turn a day", () => {
  const turns = [new Date("2026-03-27T12:00:00Z")];
  for (let day = 0; day < 4; day++) turns.push(nextTurn("0 30 2 * * *", "Europe/Berlin", turns.at(-1) as Date) as Date);
  expect(turns.slice(1).map((turn) => turn.toISOString())).toEqual([
    "2026-03-28T01:30:00.000Z",
    "2026-03-29T01:00:00.000Z", // half past two is none: three it is
    "2026-03-30T00:30:00.000Z",
    "2026-03-31T00:30:00.000Z",
  ]);
  const first = nextTurn("0 30 2 * * *", "Europe/Berlin", new Date("2026-10-25T00:00:00Z"));
  expect(first?.toISOString()).toBe("2026-10-25T00:30:00.000Z");
  expect(after("0 30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z")).toBe("2026-10-26T01:30:00.000Z");
});

const now = new Date("2026-11-25T12:00:00Z");
test.each([
  ["every Monday", "UTC", "cron"],
  ["0 4 * * 1", "UTC", "cron"],
  ["0 0 4 31 2 *", "UTC", "cron"],
  ["0 */5 * * * *", "UTC", "cron"],
  ["0 0 4 * * 1", "Europe/Nowhere", "timeZone"],
])("%s in %s is refused for its %s", (cron, zone, field) => {
  expect(cronFaults(cron, zone, now).map((fault) => fault.field)).toEqual([field]);
});

test("a quarter of an hour apart is far enough", () => {
  expect(cronFaults("0 */15 * * * *", "UTC", now)).toEqual([]);
  expect(cronFaults("0 0 4 * * 1", "Europe/Berlin", now)).toEqual([]);
});
