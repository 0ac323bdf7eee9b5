import { createHash } from "node:crypto";

// The namespace of ARM's and Bicep's guid(): facts from several independent implementations, checked against one known value.
const namespace = Buffer.from("11fb06fb712d4ddd98c7e71bbd588830", "hex");

/** ARM's `guid()`: UUID version 5 of the parts joined with `-`. The exact casing of the parts counts, so lower-case ids first. */
export function guid(...parts: readonly string[]): string {
  const hash = createHash("sha1").update(namespace).update(parts.join("-"), "utf8").digest().subarray(0, 16);
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
