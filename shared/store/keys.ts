import { createHash } from "node:crypto";

const plain = /^[A-Za-z0-9.-]{1,120}$/;

/**
 * A text as part of a table key: itself where that is harmless, else `~` and its SHA-256. Table keys are case-sensitive, short,
 * and may hold neither `/ \ # ?` nor control characters; `_` is kept free to join parts.
 */
export function keyOf(text: string): string {
  return plain.test(text)
    ? text
    : `~${createHash("sha256").update(text, "utf16le").digest("base64url").replaceAll("_", ".")}`;
}

/** The key of an ARM id, the same for every casing of it and with or without a slash at the end. */
export function idKey(id: string): string {
  return keyOf(id.trim().toLowerCase().replace(/\/+$/, ""));
}

const latest = 10 ** 15;

/** A moment (ISO) as a key that sorts the newest first; throws a `RangeError` for what is no time. */
export function newestFirst(at: string): string {
  const milliseconds = new Date(at).getTime();
  if (Number.isNaN(milliseconds)) throw new RangeError(`no time: ${JSON.stringify(at)}`);
  return String(latest - milliseconds).padStart(16, "0");
}

/** The least key behind all keys that start with `prefix` (which ends in `_`). */
export function behind(prefix: string): string {
  return `${prefix.slice(0, -1)}\``;
}
