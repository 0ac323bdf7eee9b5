import type { DurableClient } from "durable-functions";
import type { Deps } from "../activities/deps.ts";
import { adoptRun } from "../adopting.ts";
import { contentKey, startWritten } from "../building.ts";
import { considerTemplate } from "../events/templateTold.ts";
import { buryLost } from "./lostBuilds.ts";

/** What one reconciliation found. */
export interface Reconciled {
  readonly templates: number;
  readonly started: number;
  readonly setAside: number;
}

/**
 * Finds what a lost event missed, and starts what was written down but never started. The first time ever, everything
 * that stands is set aside: deploying Goldsmith into a full subscription must not build it all.
 */
export async function reconcile(deps: Deps, client: DurableClient): Promise<Reconciled> {
  await startForgotten(deps, client);
  await buryLost(deps, client);
  const templates = (await Promise.all(deps.settings.watch.map((scope) => deps.azure.listTemplates(scope)))).flat();
  if (!(await baselineTaken(deps))) {
    for (const { id, body } of templates) await deps.store.seen.first("content", contentKey(id, body));
    await deps.store.seen.first("baseline", baselineKey(deps));
    return { templates: templates.length, started: 0, setAside: templates.length };
  }
  for (const template of templates) await adoptRun(deps, client, template, "timer");
  let started = 0;
  for (const { id, body } of templates)
    if (!(await deps.store.seen.has("content", contentKey(id, body))))
      started += (await considerTemplate(deps, client, id, "timer")) === "started" ? 1 : 0;
  return { templates: templates.length, started, setAside: 0 };
}

/** Whether the first look at the watched scopes has been taken; another set of scopes is another look. */
export const baselineTaken = ({ store, settings }: Pick<Deps, "store" | "settings">): Promise<boolean> =>
  store.seen.has("baseline", baselineKey({ settings }));

const baselineKey = ({ settings }: Pick<Deps, "settings">) =>
  [...settings.watch]
    .map((scope) => scope.toLowerCase())
    .sort()
    .join(",");

async function startForgotten(deps: Deps, client: DurableClient): Promise<void> {
  const { items } = await deps.store.builds.list({ state: "queued", limit: 200 });
  for (const build of items) await startWritten(deps, client, build);
}
