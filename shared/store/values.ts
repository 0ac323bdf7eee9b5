import { createHash } from "node:crypto";
import type { Account } from "./account.ts";
import type { Row } from "./tables.ts";

/** Columns that hold one JSON value. */
export type Columns = { readonly [column: string]: string | number };

/** JSON values in table rows, however long. */
export interface Values {
  pack(value: unknown): Promise<Columns>;
  unpack<T>(row: Row): Promise<T>;
}

// A text property holds 32 Ki UTF-16 units and an entity 1 MiB in all, two bytes a unit.
const partLength = 30_000;
const mostParts = 8;

/** Keeps a value in as many columns as it needs, and a very long one in a blob named by its content (so that it never changes under a row). */
export function rowValues(account: Account): Values {
  const blobs = () => account.container("goldsmith-values");
  return {
    async pack(value) {
      const json = JSON.stringify(value);
      const parts = cut(json);
      if (parts.length <= mostParts) return Object.fromEntries(parts.map((part, index) => [`json${index}`, part]));
      const name = createHash("sha256").update(json).digest("hex");
      const blob = (await blobs()).getBlockBlobClient(name);
      await blob.upload(json, Buffer.byteLength(json));
      return { blob: name };
    },
    async unpack<T>(row: Row): Promise<T> {
      if (typeof row.blob === "string") {
        const content = await (await blobs()).getBlockBlobClient(row.blob).downloadToBuffer();
        return JSON.parse(content.toString("utf8")) as T;
      }
      let json = "";
      for (let index = 0; row[`json${index}`] !== undefined; index++) json += row[`json${index}`];
      return JSON.parse(json) as T;
    },
  };
}

/** Cuts a text into parts that fit a property, never through a surrogate pair: half a character is no valid text. */
function cut(text: string): string[] {
  const parts: string[] = [];
  for (let start = 0; start < text.length; ) {
    let end = Math.min(start + partLength, text.length);
    if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end -= 1;
    parts.push(text.slice(start, end));
    start = end;
  }
  return parts;
}

const isHighSurrogate = (unit: number) => unit >= 0xd800 && unit <= 0xdbff;
