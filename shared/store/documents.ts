import type { Account } from "./account.ts";
import { blobText } from "./blobText.ts";
import type { Store } from "./store.ts";
import { hasStatus } from "./tables.ts";

/** Documents are blobs of one container, one JSON text each. */
export function documents(account: Account): Store["documents"] {
  const container = () => account.container("goldsmith");
  return {
    async put(name, value) {
      const json = JSON.stringify(value);
      if (json === undefined) throw new TypeError(`the document ${name} would be empty`);
      const blob = (await container()).getBlockBlobClient(plain(name));
      const blobHTTPHeaders = { blobContentType: "application/json" };
      await blob.upload(json, Buffer.byteLength(json), { blobHTTPHeaders });
    },
    async get<T>(name: string): Promise<T | undefined> {
      try {
        return JSON.parse(await blobText(await container(), plain(name))) as T;
      } catch (error) {
        if (hasStatus(error, 404)) return undefined;
        throw error;
      }
    },
    async list(prefix) {
      const names: string[] = [];
      for await (const blob of (await container()).listBlobsFlat(prefix === "" ? {} : { prefix }))
        names.push(blob.name);
      return names;
    },
  };
}

const mostLetters = 1024;

/** A name that leads where it says: the way to the service resolves `.` and `..`, and takes a backslash for a slash. */
function plain(name: string): string {
  const relative = name.split("/").some((part) => part === "." || part === "..");
  if (name === "" || name.length > mostLetters || relative || name.includes("\\"))
    throw new TypeError(`no name for a document: ${JSON.stringify(name.slice(0, 80))}`);
  return name;
}
