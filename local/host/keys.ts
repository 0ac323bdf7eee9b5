import { randomBytes, timingSafeEqual } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The keys of one host, as Azure has them: one for everything, one for functions, one for each webhook. */
export interface HostKeys {
  readonly master: string;
  readonly function: string;
  readonly systemKeys: { readonly durabletask_extension: string; readonly eventgrid_extension: string };
}

/** Reads `keys.json` of the data directory; makes it, readable by its owner only, when it is not there. */
export function readOrMakeKeys(directory: string): HostKeys {
  const file = join(directory, "keys.json");
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as HostKeys;
  const keys = {
    master: newKey(),
    function: newKey(),
    systemKeys: { durabletask_extension: newKey(), eventgrid_extension: newKey() },
  };
  mkdirSync(directory, { recursive: true });
  writeFileSync(file, JSON.stringify(keys, null, 2), { mode: 0o600 });
  return keys;
}

const newKey = () => randomBytes(32).toString("base64url");

/** Whether a caller's key is one of those that would do; takes equally long either way. */
export function isOneOf(given: string | undefined, accepted: readonly string[]): boolean {
  if (given === undefined) return false;
  const mine = Buffer.from(given);
  return accepted.some((key) => key.length === mine.length && timingSafeEqual(Buffer.from(key), mine));
}
