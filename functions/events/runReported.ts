import type { DurableClient } from "durable-functions";
import { within } from "../../shared/decide/armId.ts";
import type { Deps } from "../activities/deps.ts";
import { subscriptionOf } from "../activities/support.ts";
import { adoptRun } from "../adopting.ts";

/** What became of the news of a run. */
export type RunVerdict = "readSoon" | "adopted" | "notWatched" | "knownRun" | "nothingRuns";

/** How long (ms) after the end of a build an event about its template is taken for that build's own. */
const lateFor = 10 * 60_000;

/**
 * A run was asked for or has ended, says an event (which of the two is not established, image-builder.md §7). It is a hint:
 * the run of a build in view is read by its watcher's next pass, and one that others started is adopted while it goes on.
 */
export async function runReported(deps: Deps, client: DurableClient, templateId: string): Promise<RunVerdict> {
  const { builds, watches } = deps.store;
  const active = await builds.active(templateId);
  const now = new Date();
  for (const { id } of active) await watches.hint(subscriptionOf(templateId), id, now.toISOString());
  if (active.length > 0) return "readSoon";
  const { items } = await builds.list({ templateId, limit: 1 });
  if (items.some(({ updatedAt }) => now.getTime() - Date.parse(updatedAt) < lateFor)) return "knownRun";
  if (!deps.settings.watch.some((scope) => within(scope, templateId))) return "notWatched";
  const template = await deps.azure.readTemplate(templateId);
  return template && (await adoptRun(deps, client, template, "event")) ? "adopted" : "nothingRuns";
}
