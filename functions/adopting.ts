import type { DurableClient } from "durable-functions";
import type { TemplateFacts } from "../shared/decide/planning/facts.ts";
import type { Deps } from "./activities/deps.ts";
import { startBuild } from "./building.ts";

/** How many of a template's latest builds are asked whether a run is theirs. */
const latest = 10;

/**
 * Follows a run that others started (the portal, a trigger, autoRun): it gets a build of its own, with timeline, log, image
 * versions and messages. A run of ours has a build that goes on, or one that gave it up and says so.
 */
export async function adoptRun(
  deps: Deps,
  client: DurableClient,
  template: TemplateFacts,
  kind: "event" | "timer",
): Promise<boolean> {
  const { id, body, lastRun } = template;
  if (lastRun?.runState.toLowerCase() !== "running" || !lastRun.startTime) return false;
  const { builds } = deps.store;
  if ((await builds.active(id)).length > 0) return false;
  const { items } = await builds.list({ templateId: id, limit: latest });
  if (items.some(({ runStartedAt }) => runStartedAt === lastRun.startTime)) return false;
  const origin = { kind, who: "a run that others started" };
  const wish = { templateId: id, body, create: false, origin, seed: `run ${lastRun.startTime}`, adopt: true as const };
  return !(await startBuild(deps, client, wish)).joined;
}
