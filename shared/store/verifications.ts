import { Refused } from "../problem.ts";
import { isVerified, type Verification } from "../verification.ts";
import type { Account } from "./account.ts";
import { keyOf, newestFirst } from "./keys.ts";
import type { Store } from "./store.ts";
import { insertFirst, literal, readRow, readRows, replaceRow } from "./tables.ts";
import type { Values } from "./values.ts";

const partition = "verifications";
const index = "newest";
/** Listed at most. */
const mostListed = 200;

/** Verifications: a row each, and one that lists them newest first. */
export function verifications(account: Account, values: Values): Store["verifications"] {
  const table = () => account.table("GoldsmithVerifications");
  const keys = (id: string) => ({ partitionKey: partition, rowKey: keyOf(id) });
  const read = async (id: string) => readRow(await table(), keys(id));
  const rowOf = async (one: Verification) => ({
    ...keys(one.id),
    open: one.open ? "yes" : "no",
    ...(await values.pack(one)),
  });
  return {
    async create(one) {
      const rows = await table();
      const listed = { partitionKey: index, rowKey: `${newestFirst(one.createdAt)}_${keyOf(one.id)}`, id: one.id };
      await insertFirst(rows, listed);
      return (await insertFirst(rows, await rowOf(one))) === undefined;
    },
    async get(id) {
      const row = await read(id);
      return row && values.unpack<Verification>(row);
    },
    async update(id, change) {
      for (;;) {
        const row = await read(id);
        if (!row)
          throw new Refused({ code: "VerificationNotFound", title: `There is no verification ${id}`, status: 404 });
        const before = await values.unpack<Verification>(row);
        const after = settled(before, change(before));
        if (await replaceRow(await table(), row, await rowOf(after))) return after;
      }
    },
    async list() {
      const rows = await readRows(await table(), `PartitionKey eq ${literal(index)}`, mostListed);
      const found = await Promise.all(rows.map(({ id }) => this.get(String(id))));
      return found.filter((one) => one !== undefined);
    },
    async open() {
      const rows = await readRows(await table(), `PartitionKey eq ${literal(partition)} and open eq 'yes'`);
      return Promise.all(rows.map((row) => values.unpack<Verification>(row)));
    },
  };
}

/** The first end is the end; only what is still open may close after it. */
function settled(before: Verification, after: Verification): Verification {
  const updatedAt = new Date().toISOString();
  return isVerified(before.state) ? { ...before, open: after.open, updatedAt } : { ...after, updatedAt };
}
