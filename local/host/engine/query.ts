import { type Instance, instanceOf, type Store } from "./store.ts";

/** Which instances are meant. Times in ms; `after` continues a list behind this id. */
export interface InstanceFilter {
  readonly statuses?: readonly string[];
  readonly createdFrom?: number;
  readonly createdTo?: number;
  readonly prefix?: string;
  readonly after?: string;
  readonly top?: number;
}

/** A part of a list; `next` is what to give as `after` for the following part. */
export interface Page {
  readonly instances: readonly Instance[];
  readonly next?: string;
}

const defaultPage = 100;

/** A page of instances, ordered by id so that a continued list neither skips nor repeats. */
export function pageOf(store: Store, filter: InstanceFilter): Page {
  const { where, values } = conditions(filter);
  const top = filter.top && filter.top > 0 ? filter.top : defaultPage;
  const rows = store.select(`SELECT * FROM instances WHERE ${where} ORDER BY id LIMIT ?`, ...values, top + 1);
  const instances = rows.slice(0, top).map(instanceOf);
  const last = instances.at(-1);
  return rows.length > top && last ? { instances, next: last.id } : { instances };
}

/** The ids of ended instances of a filter. */
export function purgeable(store: Store, filter: InstanceFilter): string[] {
  const { where, values } = conditions(filter);
  const ended = "status IN ('Completed','Failed','Terminated')";
  return store.select(`SELECT id FROM instances WHERE ${ended} AND ${where}`, ...values).map((row) => row.id as string);
}

function conditions(filter: InstanceFilter): { where: string; values: (string | number)[] } {
  const parts: [sql: string, values: readonly (string | number)[]][] = [["1=1", []]];
  const { statuses, createdFrom, createdTo, prefix, after } = filter;
  if (statuses?.length) parts.push([`status IN (${statuses.map(() => "?").join()})`, statuses]);
  if (createdFrom !== undefined) parts.push(["created >= ?", [createdFrom]]);
  if (createdTo !== undefined) parts.push(["created <= ?", [createdTo]]);
  if (prefix) parts.push(["substr(id, 1, ?) = ?", [prefix.length, prefix]]);
  if (after !== undefined) parts.push(["id > ?", [after]]);
  return { where: parts.map(([sql]) => sql).join(" AND "), values: parts.flatMap(([, values]) => values) };
}
