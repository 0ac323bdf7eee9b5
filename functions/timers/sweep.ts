import { createHash } from "node:crypto";
import type { DurableClient } from "durable-functions";
import type { Deps } from "../activities/deps.ts";
import { startOnce } from "../start.ts";

/** Starts one sweep of the ledger per scheduled moment: what outlived its build, and grants of templates that are gone. Nothing where there is nothing to look at. */
export async function sweep({ store }: Deps, client: DurableClient, moment: string): Promise<string | undefined> {
  const entries = await store.ledger.list();
  if (!entries.some(({ state }) => state === "made" || state === "intended")) return undefined;
  const sweepId = `sweep-${createHash("sha256").update(moment).digest("hex").slice(0, 12)}`;
  await startOnce(client, "sweepLedger", sweepId, { sweepId });
  return sweepId;
}
