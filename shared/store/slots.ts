import type { Slot } from "../decide/builds/queue.ts";
import type { Account } from "./account.ts";
import { keyOf } from "./keys.ts";
import type { Store } from "./store.ts";
import { readRow, replaceRow } from "./tables.ts";
import type { Values } from "./values.ts";

/** Who runs in a region and who waits there: one row for each region of a subscription, changed under its ETag. */
export function slots(account: Account, values: Values): Store["slots"] {
  const table = () => account.table("GoldsmithSlots");
  const keys = (place: string) => ({ partitionKey: keyOf(place.toLowerCase()), rowKey: "slots" });
  return {
    async change(place, step) {
      const rows = await table();
      for (;;) {
        const row = await readRow(rows, keys(place));
        const before = row ? await values.unpack<readonly Slot[]>(row) : [];
        const after = step(before);
        if (after === before) return before;
        if (await replaceRow(rows, row, { ...keys(place), ...(await values.pack(after)) })) return after;
      }
    },
  };
}
