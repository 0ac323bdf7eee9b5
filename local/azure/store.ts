import { chmodSync, mkdirSync } from "node:fs";
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
  key: string;
  value: unknown;
}

/** The entries of one kind by lower-case key, and in key order once somebody has listed them. */
interface Kind {
  readonly entries: Map<string, Entry>;
  ordered: readonly (readonly [lower: string, entry: Entry])[] | undefined;
}

/** Resources of one type, in the order of their ids. A resource never changes its type. */
type OfType = Map<string, readonly Entry[]>;

const resourceKind = "resource";

/** Opens `azure.db` in the directory. Reads come from memory; each write is committed before it returns, so a killed process loses nothing. */
export function openStore(directory: string): StoreFile {
  mkdirSync(directory, { recursive: true });
  const database = openDatabase(join(directory, "azure.db"));
  const kinds = readAll(database);
  const insert = database.prepare("INSERT OR REPLACE INTO entries (kind, key, shown, value) VALUES (?, ?, ?, ?)");
  const remove = database.prepare("DELETE FROM entries WHERE kind = ? AND key = ?");
  const of = (kind: string) =>
    kinds.get(kind) ?? kinds.set(kind, { entries: new Map(), ordered: undefined }).get(kind)!;

  const ofType = new WeakMap<readonly (readonly [string, Entry])[], OfType>();
  /** Looked for once, until a resource comes or goes. */
  const resourcesOf = (type: string): readonly Entry[] => {
    const one = of(resourceKind);
    one.ordered ??= [...one.entries].sort(([left], [right]) => (left < right ? -1 : 1));
    const types = ofType.get(one.ordered) ?? new Map<string, readonly Entry[]>();
    ofType.set(one.ordered, types);
    const known =
      types.get(type) ??
      one.ordered.map(([, entry]) => entry).filter(({ value }) => (value as Resource).type.toLowerCase() === type);
    types.set(type, known);
    return known;
  };

  const store: StoreFile = {
    get: <T>(kind: string, key: string) => of(kind).entries.get(key.toLowerCase())?.value as T | undefined,
    put(kind, key, value) {
      const lower = key.toLowerCase();
      const text = JSON.stringify(value);
      insert.run(kind, lower, key, text);
      // Parsed anew, so that nobody shares an object with the store and changes it unseen.
      const fresh = { key, value: JSON.parse(text) as unknown };
      const { entries } = of(kind);
      const standing = entries.get(lower);
      if (standing) Object.assign(standing, fresh);
      else {
        entries.set(lower, fresh);
        of(kind).ordered = undefined;
      }
    },
    delete(kind, key) {
      remove.run(kind, key.toLowerCase());
      of(kind).ordered = undefined;
      return of(kind).entries.delete(key.toLowerCase());
    },
    list<T>(kind: string, prefix = "") {
      const start = prefix.toLowerCase();
      const one = of(kind);
      one.ordered ??= [...one.entries].sort(([left], [right]) => (left < right ? -1 : 1));
      return one.ordered
        .filter(([key]) => key.startsWith(start))
        .map(([, entry]) => [entry.key, entry.value as T] as const);
    },
    resource: (id) => store.get<Resource>(resourceKind, trimmed(id)),
    putResource: (resource) => store.put(resourceKind, trimmed(resource.id), resource),
    deleteResource: (id) => store.delete(resourceKind, trimmed(id)),
    resources(type, scope = "/") {
      const all = resourcesOf(type.toLowerCase()).map(({ value }) => value as Resource);
      return scope === "/" ? all : all.filter(({ id }) => scopeContains(scope, id));
    },
    clear(keep) {
      const drop = database.prepare("DELETE FROM entries WHERE kind = ?");
      for (const kind of [...kinds.keys()].filter((one) => !keep.includes(one))) {
        drop.run(kind);
        kinds.delete(kind);
      }
    },
    kinds: () => [...kinds].filter(([, { entries }]) => entries.size > 0).map(([kind]) => kind),
    close: () => database.close(),
  };
  return store;
}

function trimmed(id: string): string {
  return id.replace(/\/+$/, "");
}

function openDatabase(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  // The signing key of tokens is in it.
  chmodSync(file, 0o600);
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS entries (kind TEXT, key TEXT, shown TEXT, value TEXT, PRIMARY KEY (kind, key)) WITHOUT ROWID;
  `);
  return database;
}

function readAll(database: DatabaseSync): Map<string, Kind> {
  const kinds = new Map<string, Kind>();
  for (const row of database.prepare("SELECT kind, key, shown, value FROM entries").all()) {
    const name = String(row.kind);
    const kind = kinds.get(name) ?? kinds.set(name, { entries: new Map(), ordered: undefined }).get(name)!;
    kind.entries.set(String(row.key), { key: String(row.shown), value: JSON.parse(String(row.value)) });
  }
  return kinds;
}
