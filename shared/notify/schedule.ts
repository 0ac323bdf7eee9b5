const minute = 60;
const hour = 60 * minute;

/** Waits of the Standard Webhooks retry schedule, in seconds (https://www.standardwebhooks.com, "Deliverability and reliability"). */
const waits = [0, 5, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour];

/** How many attempts the schedule has. */
export const mostAttempts = waits.length;

/** Seconds to wait once `attempt` attempts were made: nothing before the first, a day before the tenth and any later one. */
export function schedule(attempt: number): number {
  return waits[Math.min(Math.max(Math.trunc(attempt), 0), waits.length - 1)]!;
}
