import type { Schedule } from "../schedule.ts";
import type { Account } from "./account.ts";
import { keyOf } from "./keys.ts";
import type { Store } from "./store.ts";
import { hasStatus, literal, readRow, readRows, replaceRow } from "./tables.ts";
import type { Values } from "./values.ts";

const partition = "schedules";

/** Rebuilds that come again by themselves: one row each, changed under its ETag. */
export function schedules(account: Account, values: Values): Store["schedules"] {
  const table = () => account.table("GoldsmithSchedules");
  const keys = (id: string) => ({ partitionKey: partition, rowKey: keyOf(id) });
  return {
    async get(id) {
      const row = await readRow(await table(), keys(id));
      return row && values.unpack<Schedule>(row);
    },
    async list() {
      const rows = await readRows(await table(), `PartitionKey eq ${literal(partition)}`);
      return Promise.all(rows.map((row) => values.unpack<Schedule>(row)));
    },
    async change(id, step) {
      const rows = await table();
      for (;;) {
        const row = await readRow(rows, keys(id));
        const before = row && (await values.unpack<Schedule>(row));
        const after = step(before);
        if (!after || after === before) return before;
        if (await replaceRow(rows, row, { ...keys(id), ...(await values.pack(after)) })) return after;
      }
    },
    async remove(id) {
      const { partitionKey, rowKey } = keys(id);
      await (await table()).deleteEntity(partitionKey, rowKey).catch((error: unknown) => {
        if (!hasStatus(error, 404)) throw error;
      });
    },
  };
}
