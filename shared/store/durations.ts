import type { Account } from "./account.ts";
import { idKey, keyOf, newestFirst } from "./keys.ts";
import type { Store } from "./store.ts";
import { insertFirst, literal, readRows } from "./tables.ts";

/** More of the past than this does not make a schedule better. */
const most = 20;

/** How long the runs of a lineage took: one row each, newest first, inserted once. */
export function durations(account: Account): Store["durations"] {
  const table = () => account.table("GoldsmithDurations");
  return {
    async add(lineage, { buildId, startedAt, seconds }) {
      const rowKey = `${newestFirst(startedAt)}_${keyOf(buildId)}`;
      await insertFirst(await table(), { partitionKey: idKey(lineage), rowKey, seconds });
    },
    async list(lineage) {
      const rows = await readRows(await table(), `PartitionKey eq ${literal(idKey(lineage))}`, most);
      return rows.map((row) => Number(row.seconds)).reverse();
    },
  };
}
