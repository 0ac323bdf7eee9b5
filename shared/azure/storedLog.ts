import type { ContainerClient } from "@azure/storage-blob";
import { fieldsOf, textOf } from "../decide/template/templateBody.ts";
import { storageApi } from "./apiVersions.ts";
import type { Connection } from "./connection.ts";
import { listAll, orMissing, plain } from "./rest.ts";

/** Image Builder keeps its logs there, in a folder for each run (image-builder.md §6.3). */
const container = "packerlogs";
const logs = /(?:customization|validation)\.log$/i;
/** Of a longer log (bytes) only the end is read: that is where it tells. */
const longest = 8 * 1024 * 1024;
/** Clocks of two services differ by so much (ms) at most. */
const skew = 5 * 60_000;

/** What the last run since `since` (ISO) left in the staging account: its customization log, and behind it its validation log. Undefined where there is none, or none may be read. */
export async function readStoredLog(
  arm: Connection,
  stagingGroupId: string,
  since: string,
): Promise<string | undefined> {
  const path = `${plain(stagingGroupId)}/providers/Microsoft.Storage/storageAccounts`;
  const accounts = ((await orMissing(listAll(arm, path, storageApi))) ?? []).map(fieldsOf);
  for (const account of accounts) {
    const text = await lastRun(await arm.container(blobEndpoint(account), container), Date.parse(since) - skew);
    if (text !== undefined) return text;
  }
  return undefined;
}

const blobEndpoint = ({ properties }: Readonly<Record<string, unknown>>) =>
  textOf(fieldsOf(fieldsOf(properties).primaryEndpoints).blob);

async function lastRun(client: ContainerClient, since: number): Promise<string | undefined> {
  const found: { readonly name: string; readonly at: number; readonly size: number }[] = [];
  for await (const { name, properties } of client.listBlobsFlat()) {
    const at = properties.lastModified.getTime();
    if (logs.test(name) && at >= since) found.push({ name, at, size: properties.contentLength ?? 0 });
  }
  const newest = found.sort((a, b) => b.at - a.at)[0];
  if (!newest) return undefined;
  const folder = newest.name.split("/").slice(0, -1).join("/");
  const ofRun = found.filter(({ name }) => name.startsWith(`${folder}/`)).sort((a, b) => a.name.localeCompare(b.name));
  const texts = await Promise.all(ofRun.map(({ name, size }) => endOf(client, name, size)));
  return texts.join("\n");
}

async function endOf(client: ContainerClient, name: string, size: number): Promise<string> {
  const bytes = await client.getBlobClient(name).downloadToBuffer(Math.max(0, size - longest));
  return bytes.toString("utf8");
}
