import type { Account } from "./account.ts";
import { keyOf } from "./keys.ts";
import type { Store } from "./store.ts";
import { insertFirst, readRow } from "./tables.ts";

/** Who said something first: rows that are inserted once, and stay. */
export function claims(account: Account): Pick<Store, "idempotency" | "seen"> {
  const table = () => account.table("GoldsmithClaims");
  const keys = (kind: string, id: string) => ({ partitionKey: `${keyOf(kind)}_${keyOf(id)}`, rowKey: "claim" });
  const at = () => new Date().toISOString();
  return {
    idempotency: {
      async claim(key, bodyHash, buildId) {
        const row = { ...keys("idempotency", key), bodyHash, buildId, at: at() };
        const first = await insertFirst(await table(), row);
        if (!first) return { kind: "claimed" };
        return first.bodyHash === bodyHash ? { kind: "same", buildId: String(first.buildId) } : { kind: "other" };
      },
    },
    seen: {
      async first(kind, id) {
        return (await insertFirst(await table(), { ...keys(`seen-${kind}`, id), at: at() })) === undefined;
      },
      async has(kind, id) {
        return (await readRow(await table(), keys(`seen-${kind}`, id))) !== undefined;
      },
    },
  };
}
