import { text } from "node:stream/consumers";
import type { ContainerClient } from "@azure/storage-blob";

/** A blob's text as it was at one moment, in one request; throws (status 404) where there is none. */
export async function blobText(container: ContainerClient, name: string): Promise<string> {
  // Not `downloadToBuffer`: that asks for the length first, and cuts what was written anew since.
  const { readableStreamBody } = await container.getBlockBlobClient(name).download();
  return readableStreamBody ? text(readableStreamBody) : "";
}
