import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { scopeContains } from "./ids.ts";
import type { Resource, Store } from "./world.ts";

/** The store with what only the emulator itself does with it. */
export interface StoreFile extends Store {
  /** Forgets everything except the kinds named. */
  clear(keep: readonly string[]): void;
  /** Every kind that holds something, for `/emulator/state`. */
  kinds(): readonly string[];
  close(): void;
}

interface Entry {
  readonly key: string;
  readonly value: unknown;
}

const resourceKind = "resource";

/** Opens `azure.db` in the directory. Reads come from memory; each write is committed before it returns, so a killed process loses nothing. */
export function openStore(directory: string): StoreFile {
  mkdirSync(directory, { recursive: true });
  const database = openDatabase(join(directory, "azure.db"));
  const kinds = readAll(database);
  const insert = database.prepare("INSERT OR REPLACE INTO entries (kind, key, shown, value) VALUES (?, ?, ?, ?)");
  const remove = database.prepare("DELETE FROM entries WHERE kind = ? AND key = ?");
  const of = (kind: string) => kinds.get(kind) ?? kinds.set(kind, new Map()).get(kind)!;

  const store: StoreFile = {
    get: <T>(kind: string, key: string) => of(kind).get(key.toLowerCase())?.value as T | undefined,
    put(kind, key, value) {
      const text = JSON.stringify(value);
      insert.run(kind, key.toLowerCase(), key, text);
      // Parsed anew, so that nobody shares an object with the store and changes it unseen.
      of(kind).set(key.toLowerCase(), { key, value: JSON.parse(text) });
    },
    delete(kind, key) {
      remove.run(kind, key.toLowerCase());
      return of(kind).delete(key.toLowerCase());
    },
    list<T>(kind: string, prefix = "") {
      const start = prefix.toLowerCase();
      return [...of(kind)]
        .filter(([key]) => key.startsWith(start))
        .sort(([left], [right]) => (left < right ? -1 : 1))
        .map(([, entry]) => [entry.key, entry.value as T] as const);
    },
    resource: (id) => store.get<Resource>(resourceKind, trimmed(id)),
    putResource: (resource) => store.put(resourceKind, trimmed(resource.id), resource),
    deleteResource: (id) => store.delete(resourceKind, trimmed(id)),
    resources(type, scope = "/") {
      const wanted = type.toLowerCase();
      return store
        .list<Resource>(resourceKind, scope === "/" ? "" : trimmed(scope))
        .map(([, resource]) => resource)
        .filter((resource) => resource.type.toLowerCase() === wanted && scopeContains(scope, resource.id));
    },
    clear(keep) {
      const drop = database.prepare("DELETE FROM entries WHERE kind = ?");
      for (const kind of [...kinds.keys()].filter((one) => !keep.includes(one))) {
        drop.run(kind);
        kinds.delete(kind);
      }
    },
    kinds: () => [...kinds].filter(([, entries]) => entries.size > 0).map(([kind]) => kind),
    close: () => database.close(),
  };
  return store;
}

function trimmed(id: string): string {
  return id.replace(/\/+$/, "");
}

function openDatabase(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS entries (kind TEXT, key TEXT, shown TEXT, value TEXT, PRIMARY KEY (kind, key)) WITHOUT ROWID;
  `);
  return database;
}

function readAll(database: DatabaseSync): Map<string, Map<string, Entry>> {
  const kinds = new Map<string, Map<string, Entry>>();
  for (const row of database.prepare("SELECT kind, key, shown, value FROM entries").all()) {
    const kind = String(row.kind);
    const entries = kinds.get(kind) ?? kinds.set(kind, new Map()).get(kind)!;
    entries.set(String(row.key), { key: String(row.shown), value: JSON.parse(String(row.value)) });
  }
  return kinds;
}
