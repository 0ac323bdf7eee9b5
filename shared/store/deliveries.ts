import type { Delivery } from "../delivery.ts";
import type { Account } from "./account.ts";
import { behind, keyOf, newestFirst } from "./keys.ts";
import { cursorOf, limitOf, positionOf } from "./paging.ts";
import type { DeliveryFilter, Store } from "./store.ts";
import { literal, readRow, readRows } from "./tables.ts";
import type { Values } from "./values.ts";

/** The partition that lists all deliveries; those of a build are in a partition of their own, where they are kept. */
const log = "log_";

/** How messages fared: one row each by build, and one in the log that points to it. */
export function deliveries(account: Account, values: Values): Store["deliveries"] {
  const table = () => account.table("GoldsmithDeliveries");
  return {
    async put(delivery) {
      const { at, id, buildId, target, state } = delivery;
      const keys = { partitionKey: keyOf(buildId), rowKey: keyOf(id) };
      await (await table()).upsertEntity({ ...keys, ...(await values.pack(delivery)) }, "Replace");
      const place = { partitionKey: log, rowKey: `${newestFirst(at)}_${keyOf(id)}` };
      await (await table()).upsertEntity({ ...place, build: keys.partitionKey, delivery: keys.rowKey, target, state });
    },
    async list(buildId) {
      const rows = await readRows(await table(), `PartitionKey eq ${literal(keyOf(buildId))}`);
      return Promise.all(rows.map((row) => values.unpack<Delivery>(row)));
    },
    async page(filter) {
      const limit = limitOf(filter.limit);
      const rows = await readRows(await table(), query(filter), limit + 1);
      const shown = rows.slice(0, limit);
      const kept = await Promise.all(
        shown.map(async (row) =>
          readRow(await table(), { partitionKey: String(row.build), rowKey: String(row.delivery) }),
        ),
      );
      const found = kept.filter((row) => row !== undefined);
      const items = await Promise.all(found.map((row) => values.unpack<Delivery>(row)));
      const last = rows.length > limit ? shown.at(-1) : undefined;
      return { items, ...(last ? { cursor: cursorOf(last.rowKey) } : {}) };
    },
  };
}

function query({ target, state, cursor }: DeliveryFilter): string {
  const parts = [`PartitionKey eq ${literal(log)}`, `RowKey lt ${literal(behind("~_"))}`];
  if (cursor !== undefined) parts.push(`RowKey gt ${literal(positionOf(cursor))}`);
  if (target !== undefined) parts.push(`target eq ${literal(target)}`);
  if (state !== undefined) parts.push(`state eq ${literal(state)}`);
  return parts.join(" and ");
}
