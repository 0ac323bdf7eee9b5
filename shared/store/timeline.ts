import type { TimelineEntry } from "../build.ts";
import type { Account } from "./account.ts";
import { keyOf } from "./keys.ts";
import type { Store } from "./store.ts";
import { insertFirst, literal, type Row, readRows } from "./tables.ts";
import type { Values } from "./values.ts";

/** What happened to a build: rows that are inserted once and never change. */
export function timeline(account: Account, values: Values): Store["timeline"] {
  const table = () => account.table("GoldsmithTimeline");
  return {
    async add(buildId, key, entry) {
      const keys = { partitionKey: keyOf(buildId), rowKey: keyOf(key) };
      await insertFirst(await table(), { ...keys, at: entry.at, ...(await values.pack(entry)) });
    },
    async list(buildId) {
      const rows = await readRows(await table(), `PartitionKey eq ${literal(keyOf(buildId))}`);
      return Promise.all(rows.sort(asItHappened).map((row) => values.unpack<TimelineEntry>(row)));
    },
  };
}

/** By the time the entry tells, and where two tell the same, in the order they were written. */
function asItHappened(a: Row, b: Row): number {
  return (
    Date.parse(String(a.at)) - Date.parse(String(b.at)) || order(a.timestamp, b.timestamp) || order(a.rowKey, b.rowKey)
  );
}

const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
