import { createHash } from "node:crypto";
import type { Incoming } from "./front.ts";
import { buildLog, closedLogs } from "./imagebuilder/log.ts";
import { AzureError, type World } from "./world.ts";

/** A blob that can be read. */
export interface Blob {
  readonly name: string;
  readonly bytes: Buffer;
  readonly writtenAt: number;
}

/** A blob that somebody wrote, as the store keeps it. */
interface WrittenBlob {
  readonly name: string;
  /** Base64. */
  readonly content: string;
  readonly writtenAt: number;
}

const blobKind = "blob";
const containerKind = "blobContainer";

/** Image Builder's own: its logs are there, and nobody writes. */
const logContainer = "packerlogs";

/** What a path of blob storage names. */
export interface Place {
  readonly world: World;
  readonly account: string;
  readonly container: string;
  readonly blob: string;
}

const keyOf = ({ account, container }: Place) => `${account}/${container}/`;
/** Names of blobs keep their case, which keys of the store do not. */
const blobKey = (place: Place) => `${keyOf(place)}${createHash("sha256").update(place.blob).digest("hex")}`;

function mustExist(place: Place): void {
  const { world, container } = place;
  if (container === logContainer || world.store.get(containerKind, keyOf(place))) return;
  throw new AzureError(404, "ContainerNotFound", "The specified container does not exist.");
}

/** Makes a container; answers when. */
export function makeContainer(place: Place): number {
  const { world, container } = place;
  if (!/^(?!-)(?!.*--)[a-z0-9-]{3,63}(?<!-)$/.test(container))
    throw new AzureError(400, "InvalidResourceName", "The specified resource name contains invalid characters.");
  if (container === logContainer || world.store.get(containerKind, keyOf(place)))
    throw new AzureError(409, "ContainerAlreadyExists", "The specified container already exists.");
  world.store.put(containerKind, keyOf(place), { madeAt: world.clock.now() });
  return world.clock.now();
}

/** Writes a block blob as a whole, over one that stands; answers when. */
export function writeBlob(place: Place, { headers, body }: Incoming): number {
  const { world, container, blob } = place;
  mustExist(place);
  if (container === logContainer || headers["x-ms-blob-type"] !== "BlockBlob" || blob === "")
    throw new AzureError(501, "NotEmulated", "The emulator takes whole block blobs, in containers of your own.");
  const written: WrittenBlob = { name: blob, content: body.toString("base64"), writtenAt: world.clock.now() };
  world.store.put(blobKind, blobKey(place), written);
  return written.writtenAt;
}

/** The blobs of a container; throws where there is no such container. */
export function blobsOf(place: Place): readonly Blob[] {
  const { world, account, container } = place;
  mustExist(place);
  if (container === logContainer)
    return closedLogs(world, account).map((log) => ({
      name: `${log.runId}/customization.log`,
      bytes: Buffer.from(buildLog(world, log.templateId, log.runId)),
      writtenAt: log.entries.at(-1)?.at ?? 0,
    }));
  return world.store.list<WrittenBlob>(blobKind, keyOf(place)).map(([, { name, content, writtenAt }]) => ({
    name,
    bytes: Buffer.from(content, "base64"),
    writtenAt,
  }));
}
