import { createHash } from "node:crypto";
import type { Account } from "./account.ts";
import { blobText } from "./blobText.ts";
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
      const json = asciiJson(value);
      const parts = cut(json);
      if (parts.length <= mostParts) return Object.fromEntries(parts.map((part, index) => [`json${index}`, part]));
      const name = createHash("sha256").update(json).digest("hex");
      const blob = (await blobs()).getBlockBlobClient(name);
      await blob.upload(json, json.length);
      return { blob: name };
    },
    async unpack<T>(row: Row): Promise<T> {
      if (typeof row.blob === "string") return JSON.parse(await blobText(await blobs(), row.blob)) as T;
      let json = "";
      for (let index = 0; row[`json${index}`] !== undefined; index++) json += row[`json${index}`];
      return JSON.parse(json) as T;
    },
  };
}

/**
 * JSON in ASCII only. Any cut through it is harmless then (no character has two halves), and so are servers that read a
 * long request piece by piece and lose the characters between two pieces.
 */
function asciiJson(value: unknown): string {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value).replace(/[^\x20-\x7e]/g, escaped);
}

function cut(text: string): string[] {
  const count = Math.ceil(text.length / partLength);
  return Array.from({ length: count }, (_, index) => text.slice(index * partLength, (index + 1) * partLength));
}
