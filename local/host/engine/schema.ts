import { DatabaseSync } from "node:sqlite";

const tables = `
  CREATE TABLE IF NOT EXISTS owner(epoch INTEGER NOT NULL) STRICT;
  INSERT INTO owner SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM owner);
  CREATE TABLE IF NOT EXISTS instances(
    id TEXT PRIMARY KEY, execution TEXT NOT NULL, name TEXT NOT NULL, version TEXT, status TEXT NOT NULL,
    input TEXT, output TEXT, custom TEXT, created INTEGER NOT NULL, updated INTEGER NOT NULL,
    parent TEXT, parent_execution TEXT, parent_task INTEGER, parent_name TEXT) STRICT;
  CREATE INDEX IF NOT EXISTS instances_created ON instances(created);
  CREATE TABLE IF NOT EXISTS history(
    instance TEXT NOT NULL, seq INTEGER NOT NULL, event TEXT NOT NULL, PRIMARY KEY(instance, seq)) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS inbox(
    n INTEGER PRIMARY KEY AUTOINCREMENT, instance TEXT NOT NULL, execution TEXT, due INTEGER NOT NULL,
    event TEXT NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS inbox_due ON inbox(due, instance);
  CREATE INDEX IF NOT EXISTS inbox_instance ON inbox(instance, due, n);
  CREATE TABLE IF NOT EXISTS work(
    n INTEGER PRIMARY KEY AUTOINCREMENT, instance TEXT NOT NULL, execution TEXT NOT NULL, task INTEGER NOT NULL,
    name TEXT NOT NULL, input TEXT, attempts INTEGER NOT NULL DEFAULT 0) STRICT;
  CREATE INDEX IF NOT EXISTS work_instance ON work(instance);
  CREATE TABLE IF NOT EXISTS schedules(
    function TEXT PRIMARY KEY, last INTEGER, next INTEGER NOT NULL, updated INTEGER NOT NULL) STRICT;
`;

/** FULL: a commit has reached the disk. NORMAL survives the death of the process but not of the machine (benchmarks only). */
export type Sync = "FULL" | "NORMAL";

/** Opens the hub's database, making its tables when it is new. */
export function openHub(file: string, sync: Sync): DatabaseSync {
  const hub = new DatabaseSync(file);
  hub.exec(`PRAGMA journal_mode=WAL; PRAGMA synchronous=${sync}; PRAGMA busy_timeout=5000; PRAGMA cache_size=-16000;`);
  hub.exec(tables);
  return hub;
}
