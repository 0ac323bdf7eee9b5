import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Somebody else works on the same data directory. */
export class OwnedElsewhere extends Error {}

/**
 * Takes the data directory for this process, until `release` or the process's death. The lock is the operating system's
 * (held by SQLite on a file of its own), so that `kill -9` frees it and two hosts in one process exclude each other too.
 */
export function lockDirectory(directory: string): { release(): void } {
  const lock = new DatabaseSync(join(directory, "hub.lock"));
  try {
    lock.exec("PRAGMA busy_timeout=0; PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE;");
  } catch {
    lock.close();
    throw new OwnedElsewhere(
      `another host is working on "${directory}": stop it, or give this one a folder of its own`,
    );
  }
  return { release: () => lock.close() };
}

/**
 * Becomes the owner of the hub's database and returns a check to make in each write. Should the lock fail to exclude
 * somebody (network file systems), the newer owner's number makes every write of the older one fail.
 */
export function takeOwnership(hub: DatabaseSync): () => void {
  hub.exec("UPDATE owner SET epoch = epoch + 1");
  const read = hub.prepare("SELECT epoch FROM owner");
  const mine = read.get()!.epoch;
  return () => {
    if (read.get()!.epoch !== mine) throw new OwnedElsewhere("another host has taken over this hub");
  };
}
