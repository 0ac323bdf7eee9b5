import type { Decision } from "../approval.ts";
import type { Account } from "./account.ts";
import { keyOf } from "./keys.ts";
import type { Keyed, Store } from "./store.ts";
import { insertFirst, type Row, readRow } from "./tables.ts";

/** Marks that one process remembers to have found. */
const mostKnown = 20_000;

/** Who said something first: rows that are inserted once, and stay. */
export function claims(account: Account): Pick<Store, "idempotency" | "seen" | "decisions"> {
  const table = () => account.table("GoldsmithClaims");
  const keys = (kind: string, id: string) => ({ partitionKey: `${keyOf(kind)}_${keyOf(id)}`, rowKey: "claim" });
  const at = () => new Date().toISOString();
  // What was seen stays seen, so that it need not be asked for again: reconciling looks at every template every time.
  const known = new Set<string>();
  const seenNow = (key: string) => {
    if (known.size >= mostKnown) known.clear();
    known.add(key);
  };
  return {
    idempotency: {
      async find(key) {
        const row = await readRow(await table(), keys("idempotency", key));
        return row && keyedOf(row);
      },
      async claim(key, wanted) {
        const row = { ...wanted, at: at() };
        return keyedOf((await insertFirst(await table(), { ...keys("idempotency", key), ...row })) ?? row);
      },
    },
    decisions: {
      async decide(id, decision) {
        const row = { ...keys("decision", id), decision: JSON.stringify(decision), at: at() };
        const first = await insertFirst(await table(), row);
        return first ? decisionIn(first) : decision;
      },
      async get(id) {
        const row = await readRow(await table(), keys("decision", id));
        return row && decisionIn(row);
      },
    },
    seen: {
      async first(kind, id) {
        return (await insertFirst(await table(), { ...keys(`seen-${kind}`, id), at: at() })) === undefined;
      },
      async has(kind, id) {
        const { partitionKey, rowKey } = keys(`seen-${kind}`, id);
        if (known.has(partitionKey)) return true;
        const seen = (await readRow(await table(), { partitionKey, rowKey })) !== undefined;
        if (seen) seenNow(partitionKey);
        return seen;
      },
    },
  };
}

const keyedOf = ({ bodyHash, id, at }: Readonly<Record<string, unknown>>): Keyed => ({
  bodyHash: String(bodyHash),
  id: String(id),
  at: String(at),
});

const decisionIn = ({ decision }: Row) => JSON.parse(String(decision)) as Decision;
