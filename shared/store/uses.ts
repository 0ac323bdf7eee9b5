import type { Account } from "./account.ts";
import { idKey, keyOf } from "./keys.ts";
import type { Store, Use } from "./store.ts";
import { hasStatus, literal, readRows } from "./tables.ts";

/** Who rests on which effect: one row each, so that two who come and go at once never meet. */
export function uses(account: Account): Store["uses"] {
  const table = () => account.table("GoldsmithUses");
  return {
    async add(entryId, use) {
      await (await table()).upsertEntity({ ...keys(entryId, use), kind: use.kind, id: use.id }, "Replace");
    },
    async remove(entryId, use) {
      const { partitionKey, rowKey } = keys(entryId, use);
      try {
        await (await table()).deleteEntity(partitionKey, rowKey);
      } catch (error) {
        if (!hasStatus(error, 404)) throw error;
      }
    },
    async list(entryId) {
      const rows = await readRows(await table(), `PartitionKey eq ${literal(keyOf(entryId))}`);
      return rows.map((row): Use => ({ kind: row.kind === "build" ? "build" : "template", id: String(row.id) }));
    },
  };
}

function keys(entryId: string, { kind, id }: Use) {
  return { partitionKey: keyOf(entryId), rowKey: `${kind}_${kind === "template" ? idKey(id) : keyOf(id)}` };
}
