import type { TableClient } from "@azure/data-tables";
import { behind, idKey, newestFirst } from "./keys.ts";
import { cursorOf, limitOf, positionOf, wrongFilter } from "./paging.ts";
import type { BuildFilter } from "./store.ts";
import { literal, readRows } from "./tables.ts";

/** The one partition of the table of builds. */
export const partition = "builds";

/**
 * One page of builds (row keys of their documents), newest first. The cursor is the key of the last row shown: builds that come meanwhile sort before
 * it, so no later page repeats or skips one.
 */
export async function buildPage(
  table: TableClient,
  filter: BuildFilter,
): Promise<{ readonly documents: readonly string[]; readonly cursor?: string }> {
  const limit = limitOf(filter.limit);
  const prefix = filter.templateId === undefined ? "at_" : `template_${idKey(filter.templateId)}_`;
  const rows = await readRows(table, query(filter, prefix), limit + 1);
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  const documents = shown.map((row) => String(row.document));
  return last ? { documents, cursor: cursorOf(last.rowKey.slice(prefix.length)) } : { documents };
}

function query(filter: BuildFilter, prefix: string): string {
  const from = filter.cursor === undefined ? prefix : prefix + positionOf(filter.cursor);
  // Newest first, so the oldest wanted moment is the greatest key; whatever carries that very moment is in.
  const end = filter.since === undefined ? behind(prefix) : behind(`${prefix}${moment(filter.since)}_`);
  const parts = [`PartitionKey eq ${literal(partition)}`, `RowKey gt ${literal(from)}`, `RowKey lt ${literal(end)}`];
  if (filter.state !== undefined) parts.push(`state eq ${literal(filter.state)}`);
  return parts.join(" and ");
}

function moment(since: string): string {
  try {
    return newestFirst(since);
  } catch {
    throw wrongFilter("since", "not an ISO time");
  }
}
