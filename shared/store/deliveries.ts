import type { Account } from "./account.ts";
import { keyOf } from "./keys.ts";
import type { Delivery, Store } from "./store.ts";
import { literal, readRows } from "./tables.ts";
import type { Values } from "./values.ts";

/** How messages fared: one row each, by build. */
export function deliveries(account: Account, values: Values): Store["deliveries"] {
  const table = () => account.table("GoldsmithDeliveries");
  return {
    async put(delivery) {
      const keys = { partitionKey: keyOf(delivery.buildId), rowKey: keyOf(delivery.id) };
      await (await table()).upsertEntity({ ...keys, ...(await values.pack(delivery)) }, "Replace");
    },
    async list(buildId) {
      const rows = await readRows(await table(), `PartitionKey eq ${literal(keyOf(buildId))}`);
      return Promise.all(rows.map((row) => values.unpack<Delivery>(row)));
    },
  };
}
