import type { Account } from "./account.ts";
import { idKey, keyOf } from "./keys.ts";
import type { LedgerEntry, Store } from "./store.ts";
import { literal, readRow, readRows, replaceRow } from "./tables.ts";
import type { Values } from "./values.ts";

const partition = "ledger";

/** Every effect made on somebody's Azure. */
export function ledger(account: Account, values: Values): Store["ledger"] {
  const table = () => account.table("GoldsmithLedger");
  const keys = (id: string) => ({ partitionKey: partition, rowKey: keyOf(id) });
  return {
    async put(entry) {
      const columns = {
        state: entry.state,
        template: idKey(entry.templateId),
        build: keyOf(entry.buildId),
        lasts: entry.lasts ?? "",
      };
      const row = { ...keys(entry.id), ...columns, ...(await values.pack(entry)) };
      const rows = await table();
      for (;;) {
        const standing = await readRow(rows, row);
        if (!mayFollow(standing?.state, entry.state)) return;
        if (await replaceRow(rows, standing, row)) return;
      }
    },
    async get(id) {
      const row = await readRow(await table(), keys(id));
      return row && values.unpack<LedgerEntry>(row);
    },
    async list(filter = {}) {
      const parts = [`PartitionKey eq ${literal(partition)}`];
      if (filter.templateId !== undefined) parts.push(`template eq ${literal(idKey(filter.templateId))}`);
      if (filter.buildId !== undefined) parts.push(`build eq ${literal(keyOf(filter.buildId))}`);
      if (filter.lasts !== undefined) parts.push(`lasts eq ${literal(filter.lasts)}`);
      const rows = await readRows(await table(), parts.join(" and "));
      const entries = await Promise.all(rows.map((row) => values.unpack<LedgerEntry>(row)));
      return entries.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
    },
  };
}

/** What was made stays ours until it is undone: neither a late `intended` nor finding it there again (`stood`) may hide that. */
function mayFollow(standing: unknown, next: LedgerEntry["state"]): boolean {
  return standing !== "made" || next === "made" || next === "undone";
}
