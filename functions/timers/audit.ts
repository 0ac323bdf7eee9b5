import { createHash } from "node:crypto";
import type { DurableClient } from "durable-functions";
import type { Deps } from "../activities/deps.ts";
import { startOnce } from "../start.ts";

/** Starts the audit of everything watched; one per scheduled moment, however often the timer fires for it. */
export async function startAudit({ settings }: Deps, client: DurableClient, moment: string): Promise<string> {
  const auditId = `audit-${createHash("sha256").update(moment).digest("hex").slice(0, 12)}`;
  await startOnce(client, "auditEstate", auditId, { auditId, scopes: settings.watch, policy: settings.policy });
  return auditId;
}
