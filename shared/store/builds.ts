import { randomUUID } from "node:crypto";
import type { TransactionAction } from "@azure/data-tables";
import { type Build, isAtWork, isFinal } from "../build.ts";
import { Refused } from "../problem.ts";
import type { Account } from "./account.ts";
import { buildPage, partition } from "./buildPage.ts";
import { behind, idKey, keyOf, newestFirst } from "./keys.ts";
import type { Store } from "./store.ts";
import { hasStatus, literal, type NewRow, readRow, readRows } from "./tables.ts";
import type { Values } from "./values.ts";

/**
 * Builds and their indexes share a partition of one table, because rows of a partition change together or not at all:
 * `id_…` holds the build, `at_…` and `template_…` list builds newest first, `active_…` those that work on a template.
 */
export function builds(account: Account, values: Values): Store["builds"] {
  const table = () => account.table("GoldsmithBuilds");
  const read = async (id: string) => readRow(await table(), documentKeys(id));

  const readAll = async (rowKeys: readonly string[]) => {
    const rows = await Promise.all(
      rowKeys.map(async (rowKey) => readRow(await table(), { partitionKey: partition, rowKey })),
    );
    return Promise.all(rows.filter((row) => row !== undefined).map((row) => values.unpack<Build>(row)));
  };

  return {
    async get(id) {
      return (await readAll([documentKeys(id).rowKey]))[0];
    },
    async create(build) {
      const mark = randomUUID();
      const document = { ...documentKeys(build.id), mark, ...(await values.pack(build)) };
      const rows = [document, ...indexRows(build)];
      try {
        await (await table()).submitTransaction(rows.map((row): TransactionAction => ["create", row]));
        return true;
      } catch (error) {
        if (!hasStatus(error, 409)) throw error;
        return (await read(build.id))?.mark === mark; // ours, if only the answer got lost
      }
    },
    async update(id, patch) {
      for (;;) {
        const row = await read(id);
        if (!row) throw new Refused({ code: "BuildNotFound", title: `There is no build ${id}`, status: 404 });
        const before = await values.unpack<Build>(row);
        if (isFinal(before.state)) return before;
        const after: Build = { ...before, updatedAt: new Date().toISOString(), ...patch, id };
        const document = { ...documentKeys(id), mark: String(row.mark), ...(await values.pack(after)) };
        const replaced: TransactionAction = ["update", document, "Replace", { etag: row.etag }];
        try {
          await (await table()).submitTransaction([replaced, ...indexChanges(before, after)]);
          return after;
        } catch (error) {
          if (!hasStatus(error, 412)) throw error;
        }
      }
    },
    async list(filter) {
      const { documents, cursor } = await buildPage(await table(), filter);
      const items = await readAll(documents);
      const wanted = items.filter((build) => filter.state === undefined || build.state === filter.state);
      return { items: wanted, ...(cursor === undefined ? {} : { cursor }) };
    },
    async active(templateId) {
      const prefix = `active_${idKey(templateId)}_`;
      const range = `RowKey ge ${literal(prefix)} and RowKey lt ${literal(behind(prefix))}`;
      const rows = await readRows(await table(), `PartitionKey eq ${literal(partition)} and ${range}`);
      return (await readAll(rows.map((row) => String(row.document)))).filter((build) => isAtWork(build.state));
    },
  };
}

const documentKeys = (id: string) => ({ partitionKey: partition, rowKey: `id_${keyOf(id)}` });

/** The rows by which a build is found. */
function indexRows(build: Build): NewRow[] {
  const order = `${newestFirst(build.createdAt)}_${keyOf(build.id)}`;
  const template = idKey(build.templateId);
  const row = (rowKey: string, state: string) => ({
    partitionKey: partition,
    rowKey,
    document: documentKeys(build.id).rowKey,
    state,
  });
  return [
    row(`at_${order}`, build.state),
    row(`template_${template}_${order}`, build.state),
    ...(isAtWork(build.state) ? [row(`active_${template}_${keyOf(build.id)}`, "active")] : []),
  ];
}

/** What to write so that a build that changed is found as it is now. */
function indexChanges(before: Build, after: Build): TransactionAction[] {
  const [old, wanted] = [indexRows(before), indexRows(after)];
  const gone = old.filter((row) => !wanted.some(({ rowKey }) => rowKey === row.rowKey));
  const changed = wanted.filter(
    (row) => !old.some(({ rowKey, state }) => rowKey === row.rowKey && state === row.state),
  );
  return [
    ...gone.map((row): TransactionAction => ["delete", { partitionKey: row.partitionKey, rowKey: row.rowKey }]),
    ...changed.map((row): TransactionAction => ["upsert", { ...row }, "Replace"]),
  ];
}
