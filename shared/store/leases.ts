import type { Account } from "./account.ts";
import { keyOf } from "./keys.ts";
import type { Store } from "./store.ts";
import { type NewRow, type Row, readRow, replaceRow } from "./tables.ts";

/**
 * Locks across instances: one row per name, changed under its ETag and never deleted, so that the fence only ever grows.
 * A holder that lets its lease run out and comes back before anybody else has it under the old fence.
 */
export function leases(account: Account): Store["leases"] {
  const table = () => account.table("GoldsmithLeases");
  const keys = (name: string) => ({ partitionKey: keyOf(name), rowKey: "lease" });
  return {
    async acquire(name, holder, milliseconds) {
      const rows = await table();
      for (;;) {
        const standing = await readRow(rows, keys(name));
        const held = standing && holderOf(standing);
        if (held !== undefined && held !== holder) return undefined;
        const fence = Number(standing?.fence ?? 0) + (standing?.holder === holder ? 0 : 1);
        const until = new Date(Date.now() + milliseconds).toISOString();
        const row: NewRow = { ...keys(name), holder, until, fence };
        if (await replaceRow(rows, standing, row)) return { fence };
      }
    },
    async release(name, holder) {
      const rows = await table();
      for (;;) {
        const standing = await readRow(rows, keys(name));
        if (standing?.holder !== holder) return;
        const free = { ...keys(name), holder: "", until: new Date(0).toISOString(), fence: Number(standing.fence) };
        if (await replaceRow(rows, standing, free)) return;
      }
    },
    async holder(name) {
      const standing = await readRow(await table(), keys(name));
      return standing && holderOf(standing);
    },
  };
}

/** Who holds the lease now; nobody once it has run out. */
function holderOf(row: Row): string | undefined {
  const runs = Date.parse(String(row.until)) > Date.now();
  return runs && row.holder !== "" ? String(row.holder) : undefined;
}
