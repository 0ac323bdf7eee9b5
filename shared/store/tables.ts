import { randomUUID } from "node:crypto";
import type { TableClient } from "@azure/data-tables";

/** What a row is found by. */
export interface RowKeys {
  readonly partitionKey: string;
  readonly rowKey: string;
}

/** A row about to be written. */
export type NewRow = RowKeys & { readonly [column: string]: string | number | boolean };

/** A row as read. */
export interface Row {
  readonly partitionKey: string;
  readonly rowKey: string;
  readonly etag: string;
  readonly timestamp: string;
  readonly [column: string]: unknown;
}

/** Whether the service answered with one of these HTTP statuses. */
export function hasStatus(error: unknown, ...statuses: readonly number[]): boolean {
  const status = (error as { statusCode?: unknown }).statusCode;
  return typeof status === "number" && statuses.includes(status);
}

/** The row, or undefined where there is none. */
export async function readRow(table: TableClient, { partitionKey, rowKey }: RowKeys): Promise<Row | undefined> {
  try {
    return (await table.getEntity(partitionKey, rowKey)) as unknown as Row;
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}

/**
 * Inserts the row unless there is one: undefined if it is now there by us, else the row that was first. The SDK repeats a
 * request whose answer got lost and then meets its own row, so every row carries a mark by which we know ours.
 */
export async function insertFirst(table: TableClient, row: NewRow): Promise<Row | undefined> {
  const mark = randomUUID();
  try {
    await table.createEntity({ ...row, mark });
    return undefined;
  } catch (error) {
    if (!hasStatus(error, 409)) throw error;
    const standing = await readRow(table, row);
    if (!standing) throw error;
    return standing.mark === mark ? undefined : standing;
  }
}

/** Writes `row` where `standing` was read (nothing, or a row of that ETag); false when somebody was faster. */
export async function replaceRow(table: TableClient, standing: Row | undefined, row: NewRow): Promise<boolean> {
  if (!standing) return (await insertFirst(table, row)) === undefined;
  try {
    await table.updateEntity({ ...row }, "Replace", { etag: standing.etag });
    return true;
  } catch (error) {
    if (hasStatus(error, 404, 412)) return false;
    throw error;
  }
}

/** Rows that match an OData filter, in key order; at most `limit` of them. */
export async function readRows(table: TableClient, filter: string, limit = Number.POSITIVE_INFINITY): Promise<Row[]> {
  const rows: Row[] = [];
  const pages = table.listEntities({ queryOptions: { filter } }).byPage({ maxPageSize: Math.min(limit, 1000) });
  for await (const page of pages) {
    rows.push(...(page as unknown as Row[]));
    if (rows.length >= limit) break;
  }
  return rows.slice(0, Math.min(limit, rows.length));
}

/** A text as OData literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
