import { readTimeSpan, resolveSettings } from "../config.ts";
import { cronSchedule, type Schedule } from "./cron.ts";

/** Windows names that `WEBSITE_TIME_ZONE` may hold on Windows plans; everything else is an IANA name already. */
const windowsZones: Readonly<Record<string, string>> = {
  UTC: "UTC",
  "GMT Standard Time": "Europe/London",
  "W. Europe Standard Time": "Europe/Berlin",
  "Romance Standard Time": "Europe/Paris",
  "Central Europe Standard Time": "Europe/Budapest",
  "E. Europe Standard Time": "Europe/Chisinau",
  "Eastern Standard Time": "America/New_York",
  "Central Standard Time": "America/Chicago",
  "Mountain Standard Time": "America/Denver",
  "Pacific Standard Time": "America/Los_Angeles",
  "India Standard Time": "Asia/Kolkata",
  "China Standard Time": "Asia/Shanghai",
  "Tokyo Standard Time": "Asia/Tokyo",
  "AUS Eastern Standard Time": "Australia/Sydney",
};

/** The schedule of a timer trigger: NCRONTAB or a TimeSpan, either of which may be a `%SETTING%`. Throws for anything else. */
export function timerSchedule(text: string, environment: NodeJS.ProcessEnv): Schedule {
  const resolved = resolveSettings(text, environment);
  const interval = readTimeSpan(resolved);
  if (interval !== undefined) return { next: (at) => at + interval };
  const zone = environment.WEBSITE_TIME_ZONE || "UTC";
  return cronSchedule(resolved, windowsZones[zone] ?? zone);
}
