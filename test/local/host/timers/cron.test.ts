import fc from "fast-check";
import { cronSchedule } from "../../../../local/host/timers/cron.ts";
import { timerSchedule } from "../../../../local/host/timers/schedule.ts";

const at = (text: string) => Date.parse(text);
const next = (expression: string, from: string, zone = "UTC") => {
  const found = cronSchedule(expression, zone).next(at(from));
  return found === undefined ? undefined : new Date(found).toISOString();
};

describe("NCRONTAB", () => {
  test.each([
    ["0 */5 * * * *", "2026-01-01T00:00:00Z", "2026-01-01T00:05:00.000Z"],
    ["*/5 * * * *", "2026-01-01T00:01:30Z", "2026-01-01T00:05:00.000Z"],
    ["30 15 10 * * *", "2026-01-01T10:15:30Z", "2026-01-02T10:15:30.000Z"],
    ["0 0 9-17/4 * * MON-FRI", "2026-01-02T17:30:00Z", "2026-01-05T09:00:00.000Z"],
    ["0 0 0 31 * *", "2026-02-01T00:00:00Z", "2026-03-31T00:00:00.000Z"],
    ["0 0 0 29 Feb *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00.000Z"],
    ["0 0 0 13 * 5", "2026-03-14T00:00:00Z", "2026-11-13T00:00:00.000Z"],
    ["0 0,30 8 * JAN,DEC *", "2026-01-31T08:30:00Z", "2026-12-01T08:00:00.000Z"],
    ["15/20 * * * * *", "2026-01-01T00:00:16Z", "2026-01-01T00:00:35.000Z"],
  ])("%s after %s is %s", (expression, from, expected) => {
    expect(next(expression, from)).toBe(expected);
  });

  test("never comes where no day fits", () => {
    expect(next("0 0 0 30 2 *", "2026-01-01T00:00:00Z")).toBeUndefined();
  });

  test.each([
    "* * * *",
    "60 * * * * *",
    "0 0 24 * * *",
    "0 0 0 * * 8",
    "0 0 0 L * *",
    "a * * * * *",
    "0 5-1 * * * *",
    "*/0 * * * * *",
  ])("%s is not well formed", (expression) => {
    expect(() => cronSchedule(expression, "UTC")).toThrow();
  });

  test("is in the time of a zone, summer and winter", () => {
    expect(next("0 0 3 * * *", "2026-01-10T12:00:00Z", "Europe/Berlin")).toBe("2026-01-11T02:00:00.000Z");
    expect(next("0 0 3 * * *", "2026-07-10T12:00:00Z", "Europe/Berlin")).toBe("2026-07-11T01:00:00.000Z");
  });

  test("a time that the clocks jump over comes as much later as they jump", () => {
    expect(next("0 30 2 * * *", "2026-03-28T12:00:00Z", "Europe/Berlin")).toBe("2026-03-29T01:30:00.000Z");
  });

  test("a daily time that comes twice is met once", () => {
    const first = next("0 30 2 * * *", "2026-10-24T12:00:00Z", "Europe/Berlin");
    expect(first).toBe("2026-10-25T00:30:00.000Z");
    expect(next("0 30 2 * * *", first!, "Europe/Berlin")).toBe("2026-10-26T01:30:00.000Z");
  });

  test("the next occurrence lies ahead and fits, whatever the moment", () => {
    const moment = fc.integer({ min: at("2020-01-01T00:00:00Z"), max: at("2035-01-01T00:00:00Z") });
    const minute = fc.integer({ min: 0, max: 59 });
    fc.assert(
      fc.property(moment, minute, minute, (from, second, wanted) => {
        const found = cronSchedule(`${second} ${wanted} * * * *`, "UTC").next(from)!;
        expect(found).toBeGreaterThan(from);
        expect(found - from).toBeLessThanOrEqual(3_600_000);
        expect([new Date(found).getUTCSeconds(), new Date(found).getUTCMinutes()]).toEqual([second, wanted]);
      }),
    );
  });
});

describe("the schedule of a timer trigger", () => {
  test("may be a setting, a time span, and in the zone of WEBSITE_TIME_ZONE under either name", () => {
    const from = at("2026-01-01T00:00:00Z");
    expect(timerSchedule("%WHEN%", { WHEN: "0 0 1 * * *" }).next(from)).toBe(from + 3_600_000);
    expect(timerSchedule("00:10:00", {}).next(from)).toBe(from + 600_000);
    const zones = ["Europe/Berlin", "W. Europe Standard Time"];
    for (const zone of zones)
      expect(timerSchedule("0 0 3 * * *", { WEBSITE_TIME_ZONE: zone }).next(from)).toBe(from + 2 * 3_600_000);
  });

  test("is refused when its setting is missing, naming it", () => {
    expect(() => timerSchedule("%WHEN%", {})).toThrow("WHEN");
  });
});
