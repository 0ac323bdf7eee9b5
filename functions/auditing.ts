import { createHash } from "node:crypto";
import type { DurableClient } from "durable-functions";
import { type AuditSummary, summaryDocument } from "./activities/audit.ts";
import type { Deps } from "./activities/deps.ts";
import { startOnce } from "./start.ts";

/** Readable, in the order of time, and the same for the same seed and moment. */
export function auditId(seed: string, at: string): string {
  const digest = createHash("sha256").update(seed).digest("hex").slice(0, 12);
  return `audit-${at.replace(/\D/g, "").slice(0, 14)}-${digest}`;
}

/** Starts the audit of some scopes; the same id is one audit. */
export async function startAudit(
  { settings, store }: Deps,
  client: DurableClient,
  { id, scopes }: { readonly id: string; readonly scopes: readonly string[] },
): Promise<AuditSummary> {
  const standing = await store.documents.get<AuditSummary>(summaryDocument(id));
  const summary = standing ?? { id, startedAt: new Date().toISOString(), scopes };
  if (!standing) await store.documents.put(summaryDocument(id), summary);
  await startOnce(client, "auditEstate", id, { auditId: id, scopes, policy: settings.policy });
  return summary;
}
