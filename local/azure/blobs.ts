import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { Emulation } from "./emulation.ts";
import type { Incoming } from "./front.ts";
import { nameOf } from "./ids.ts";
import { buildLog, closedLogs } from "./imagebuilder/log.ts";
import { AzureError, type Resource, type World } from "./world.ts";

/** A blob that can be read. */
interface Blob {
  readonly name: string;
  readonly text: string;
  readonly writtenAt: number;
}

const accountType = "Microsoft.Storage/storageAccounts";
const container = "packerlogs";
const readAction = `${accountType}/blobServices/containers/blobs/read`;

/** The storage account that a path's first segment names, as `primaryEndpoints.blob` of the emulator's accounts does. */
export function accountIn(world: World, path: string): Resource | undefined {
  const name = path.split("/")[1]?.toLowerCase();
  if (!name || !/^[a-z0-9]{3,24}$/.test(name)) return undefined;
  return world.store.resources(accountType).find(({ id }) => nameOf(id).toLowerCase() === name);
}

/**
 * Answers reads of build logs, as blob storage does: nobody without a token, a token for storage, and the data action
 * on the container. There is only the container `packerlogs`, and no writing.
 */
export function serveBlob(emulation: Emulation, account: Resource, incoming: Incoming, response: ServerResponse): void {
  const { world } = emulation;
  try {
    const [, accountName = "", containerName = "", ...rest] = incoming.path.split("/");
    authorize(emulation, account, containerName, incoming);
    if (incoming.method !== "GET" && incoming.method !== "HEAD")
      throw new AzureError(501, "NotEmulated", "The emulator's blob storage can be read only.");
    if (containerName !== container)
      throw new AzureError(404, "ContainerNotFound", "The specified container does not exist.");
    const blobs = blobsOf(world, accountName);
    if (incoming.query.get("comp") === "list") {
      sendList(response, blobs, incoming);
      return;
    }
    const blob = blobs.find(({ name }) => name === rest.join("/"));
    if (!blob) throw new AzureError(404, "BlobNotFound", "The specified blob does not exist.");
    sendBlob(response, blob, incoming);
  } catch (error) {
    if (!(error instanceof AzureError)) throw error;
    sendError(response, error);
  }
}

function authorize(
  { world, tokens }: Emulation,
  account: Resource,
  containerName: string,
  { headers }: Incoming,
): void {
  if (!headers.authorization)
    throw new AzureError(409, "PublicAccessNotPermitted", "Public access is not permitted on this storage account.");
  const name = nameOf(account.id);
  const audiences = ["https://storage.azure.com", `https://${name}.blob.core.windows.net`, `${world.endpoint}/${name}`];
  let principalId: string;
  try {
    ({ principalId } = tokens.check(headers.authorization, audiences));
  } catch {
    throw new AzureError(
      401,
      "InvalidAuthenticationInfo",
      "Server failed to authenticate the request. Please refer to the information in the www-authenticate header.",
      {
        headers: {
          "www-authenticate": `Bearer authorization_uri=${world.endpoint}/${world.tenantId}/oauth2/authorize resource_id=https://storage.azure.com`,
        },
      },
    );
  }
  const scope = `${account.id}/blobServices/default/containers/${containerName}`;
  if (world.rights.decide(principalId, readAction, scope, { dataAction: true }).kind === "allowed") return;
  throw new AzureError(
    403,
    "AuthorizationPermissionMismatch",
    "This request is not authorized to perform this operation using this permission.",
  );
}

function blobsOf(world: World, accountName: string): readonly Blob[] {
  return closedLogs(world, accountName).map((log) => ({
    name: `${log.runId}/customization.log`,
    text: buildLog(world, log.templateId, log.runId),
    writtenAt: log.entries.at(-1)?.at ?? 0,
  }));
}

function headersOf({ text, writtenAt }: Blob): Record<string, string> {
  return {
    "last-modified": new Date(writtenAt).toUTCString(),
    etag: `"0x${createHash("sha256").update(text).digest("hex").slice(0, 15).toUpperCase()}"`,
    "content-type": "text/plain; charset=utf-8",
    "accept-ranges": "bytes",
    "x-ms-blob-type": "BlockBlob",
    "x-ms-version": "2024-11-04",
  };
}

function sendBlob(response: ServerResponse, blob: Blob, { method, headers }: Incoming): void {
  const bytes = Buffer.from(blob.text);
  const range = /^bytes=(\d+)-(\d*)$/.exec(headers["x-ms-range"] ?? headers.range ?? "");
  const from = Number(range?.[1] ?? 0);
  if (range && from >= bytes.length && bytes.length > 0)
    throw new AzureError(416, "InvalidRange", "The range specified is invalid for the current size of the resource.");
  const to = Math.min(range?.[2] ? Number(range[2]) : bytes.length - 1, bytes.length - 1);
  const part = bytes.subarray(from, to + 1);
  const more = range ? { "content-range": `bytes ${from}-${to}/${bytes.length}` } : {};
  response.writeHead(range ? 206 : 200, { ...headersOf(blob), ...more, "content-length": part.length });
  response.end(method === "HEAD" ? undefined : part);
}

function sendList(response: ServerResponse, blobs: readonly Blob[], { query }: Incoming): void {
  const prefix = query.get("prefix") ?? "";
  const entries = blobs
    .filter(({ name }) => name.startsWith(prefix))
    .map((blob) => {
      const { etag = "", "last-modified": modified = "" } = headersOf(blob);
      const size = Buffer.byteLength(blob.text);
      return `<Blob><Name>${escaped(blob.name)}</Name><Properties><Last-Modified>${modified}</Last-Modified><Etag>${escaped(etag)}</Etag><Content-Length>${size}</Content-Length><Content-Type>text/plain</Content-Type><BlobType>BlockBlob</BlobType></Properties></Blob>`;
    });
  const list = `<EnumerationResults ContainerName="${container}"><Prefix>${escaped(prefix)}</Prefix><Blobs>${entries.join("")}</Blobs><NextMarker /></EnumerationResults>`;
  sendXml(response, 200, list);
}

function sendError(response: ServerResponse, error: AzureError): void {
  const body = `<Error><Code>${error.code}</Code><Message>${escaped(error.message)}</Message></Error>`;
  sendXml(response, error.status, body, { ...error.headers, "x-ms-error-code": error.code });
}

function sendXml(response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void {
  const text = `<?xml version="1.0" encoding="utf-8"?>${body}`;
  response.writeHead(status, {
    ...headers,
    "content-type": "application/xml",
    "x-ms-version": "2024-11-04",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
