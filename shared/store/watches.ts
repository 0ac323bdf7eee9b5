import type { TableClient } from "@azure/data-tables";
import type { RunReading, Watch } from "../watch.ts";
import type { Account } from "./account.ts";
import { behind, keyOf } from "./keys.ts";
import type { Store } from "./store.ts";
import { hasStatus, insertFirst, literal, type NewRow, type Row, readRow, readRows, replaceRow } from "./tables.ts";
import type { Values } from "./values.ts";

/**
 * Runs that are watched, a partition per subscription, and beside them (`head`) which generation of its watcher is at work. A watcher that found
 * nothing to watch closes its generation first and looks once more: whoever registers reads the head after writing the row, so
 * one of the two sees the other, and no run is left alone.
 */
export function watches(account: Account, values: Values): Store["watches"] {
  const table = () => account.table("GoldsmithWatches");
  const part = (subscriptionId: string) => keyOf(subscriptionId.toLowerCase());
  const rowKeys = (subscriptionId: string, buildId: string) => ({
    partitionKey: part(subscriptionId),
    rowKey: `run_${keyOf(buildId)}`,
  });
  const headKeys = (subscriptionId: string) => ({ partitionKey: part(subscriptionId), rowKey: "head" });
  const unpack = async (row: Row): Promise<Watch> => {
    const watch = await values.unpack<Watch>(row);
    const reading = row.reading ? { reading: JSON.parse(String(row.reading)) as RunReading } : {};
    const hint = row.hintedAt ? { hintedAt: String(row.hintedAt) } : {};
    return { ...watch, ...reading, ...hint, ...(row.cancelAsked === true ? { cancelAsked: true } : {}) };
  };
  return {
    async add(subscriptionId, watch) {
      const row = { ...rowKeys(subscriptionId, watch.buildId), ...(await values.pack(watch)) };
      const standing = await insertFirst(await table(), row);
      return standing ? unpack(standing) : watch;
    },
    async get(subscriptionId, buildId) {
      const row = await readRow(await table(), rowKeys(subscriptionId, buildId));
      return row && unpack(row);
    },
    async note(subscriptionId, buildId, reading) {
      // One column: a reading is far shorter than the 32 Ki characters it holds, as texts of the service are cut when diagnosed.
      const { json0 } = await values.pack(reading);
      const row = { ...rowKeys(subscriptionId, buildId), reading: String(json0) };
      await unlessGone((await table()).updateEntity(row, "Merge"));
    },
    async cancel(subscriptionId, buildId) {
      const row = { ...rowKeys(subscriptionId, buildId), cancelAsked: true };
      await unlessGone((await table()).updateEntity(row, "Merge"));
    },
    async hint(subscriptionId, buildId, hintedAt) {
      await unlessGone((await table()).updateEntity({ ...rowKeys(subscriptionId, buildId), hintedAt }, "Merge"));
    },
    async remove(subscriptionId, buildId) {
      const { partitionKey, rowKey } = rowKeys(subscriptionId, buildId);
      await unlessGone((await table()).deleteEntity(partitionKey, rowKey));
    },
    async list(subscriptionId) {
      const rows = await readRows(await table(), runsOf(part(subscriptionId)));
      return Promise.all(rows.map(unpack));
    },
    async head(subscriptionId) {
      const row = await readRow(await table(), headKeys(subscriptionId));
      return row && { generation: Number(row.generation), open: row.open === true, passedAt: String(row.passedAt) };
    },
    open: (subscriptionId, unlike) => openHead(table, headKeys(subscriptionId), unlike),
    async passed(subscriptionId, generation, passedAt) {
      return changeHead(await table(), headKeys(subscriptionId), generation, { open: true, passedAt });
    },
    async close(subscriptionId, generation) {
      const passedAt = new Date().toISOString();
      return changeHead(await table(), headKeys(subscriptionId), generation, { open: false, passedAt });
    },
  };
}

type Keys = { readonly partitionKey: string; readonly rowKey: string };

/** The generation that is at work: the one that stands unless it is closed or is `unlike` (given up as dead), else a new one. */
async function openHead(table: () => Promise<TableClient>, keys: Keys, unlike?: number): Promise<number> {
  const rows = await table();
  for (;;) {
    const standing = await readRow(rows, keys);
    const generation = Number(standing?.generation ?? 0);
    if (standing?.open === true && generation !== unlike) return generation;
    const row: NewRow = { ...keys, generation: generation + 1, open: true, passedAt: new Date().toISOString() };
    if (await replaceRow(rows, standing, row)) return generation + 1;
  }
}

/** Changes the head under its ETag; false where another generation is at work by now. */
async function changeHead(
  rows: TableClient,
  keys: Keys,
  generation: number,
  change: { readonly open: boolean; readonly passedAt: string },
): Promise<boolean> {
  for (;;) {
    const standing = await readRow(rows, keys);
    if (!standing || Number(standing.generation) !== generation || standing.open !== true) return false;
    if (await replaceRow(rows, standing, { ...keys, generation, ...change })) return true;
  }
}

const runsOf = (partition: string) =>
  `PartitionKey eq ${literal(partition)} and RowKey ge 'run_' and RowKey lt ${literal(behind("run_"))}`;

/** A row that is gone needs neither a reading nor a removal. */
async function unlessGone(write: Promise<unknown>): Promise<void> {
  await write.catch((error: unknown) => {
    if (!hasStatus(error, 404)) throw error;
  });
}
