import type { DurableClient } from "durable-functions";
import type { Deps } from "../activities/deps.ts";
import { auditId, startAudit } from "../auditing.ts";

/** Starts the audit of everything watched; one per scheduled moment, however often the timer fires for it. */
export async function auditWatched(deps: Deps, client: DurableClient, moment: string): Promise<string> {
  const at = Number.isNaN(Date.parse(moment)) ? new Date().toISOString() : new Date(moment).toISOString();
  return (await startAudit(deps, client, { id: auditId(moment, at), scopes: deps.settings.watch })).id;
}
