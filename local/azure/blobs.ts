import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";
import { type Blob, blobsOf, makeContainer, type Place, writeBlob } from "./blobStore.ts";
import type { Emulation } from "./emulation.ts";
import type { Incoming } from "./front.ts";
import { nameOf } from "./ids.ts";
import { AzureError, type Resource, type World } from "./world.ts";

const accountType = "Microsoft.Storage/storageAccounts";
const containers = `${accountType}/blobServices/containers`;

/** The storage account that a path's first segment names, as `primaryEndpoints.blob` of the emulator's accounts does. */
export function accountIn(world: World, path: string): Resource | undefined {
  const name = path.split("/")[1]?.toLowerCase();
  if (!name || !/^[a-z0-9]{3,24}$/.test(name)) return undefined;
  return world.store.resources(accountType).find(({ id }) => nameOf(id).toLowerCase() === name);
}

/**
 * Answers as blob storage does: nobody without a token, a token for storage, and the right on the container. Containers and
 * block blobs are made, read and listed; `packerlogs` is Image Builder's, and nobody else's to write.
 */
export function serveBlob(emulation: Emulation, account: Resource, incoming: Incoming, response: ServerResponse): void {
  const { world } = emulation;
  const { method, query } = incoming;
  const [, accountName = "", container = "", ...rest] = incoming.path.split("/");
  const place: Place = { world, account: accountName.toLowerCase(), container, blob: rest.join("/") };
  const allow = (action: string, dataAction: boolean) =>
    authorize(emulation, account, container, incoming, { action, dataAction });
  try {
    if (method === "PUT" && query.get("restype") === "container") {
      allow(`${containers}/write`, false);
      sendMade(response, makeContainer(place));
      return;
    }
    if (method === "PUT") {
      allow(`${containers}/blobs/write`, true);
      sendMade(response, writeBlob(place, incoming));
      return;
    }
    allow(`${containers}/blobs/read`, true);
    if (method !== "GET" && method !== "HEAD")
      throw new AzureError(501, "NotEmulated", `The emulator's blob storage has no ${method}.`);
    const blobs = blobsOf(place);
    if (query.get("comp") === "list") {
      sendList(response, container, blobs, incoming);
      return;
    }
    const blob = blobs.find(({ name }) => name === place.blob);
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
  { action, dataAction }: { readonly action: string; readonly dataAction: boolean },
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
  if (world.rights.decide(principalId, action, scope, { dataAction }).kind === "allowed") return;
  throw new AzureError(
    403,
    "AuthorizationPermissionMismatch",
    "This request is not authorized to perform this operation using this permission.",
  );
}

function headersOf({ bytes, writtenAt }: Blob): Record<string, string> {
  return {
    "last-modified": new Date(writtenAt).toUTCString(),
    etag: `"0x${createHash("sha256").update(bytes).digest("hex").slice(0, 15).toUpperCase()}"`,
    "content-type": "text/plain; charset=utf-8",
    "accept-ranges": "bytes",
    "x-ms-blob-type": "BlockBlob",
    "x-ms-version": "2024-11-04",
  };
}

function sendBlob(response: ServerResponse, blob: Blob, { method, headers }: Incoming): void {
  const { bytes } = blob;
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

function sendList(response: ServerResponse, container: string, blobs: readonly Blob[], { query }: Incoming): void {
  const prefix = query.get("prefix") ?? "";
  const entries = blobs
    .filter(({ name }) => name.startsWith(prefix))
    .map((blob) => {
      const { etag = "", "last-modified": modified = "" } = headersOf(blob);
      const size = blob.bytes.length;
      return `<Blob><Name>${escaped(blob.name)}</Name><Properties><Last-Modified>${modified}</Last-Modified><Etag>${escaped(etag)}</Etag><Content-Length>${size}</Content-Length><Content-Type>text/plain</Content-Type><BlobType>BlockBlob</BlobType></Properties></Blob>`;
    });
  const list = `<EnumerationResults ContainerName="${container}"><Prefix>${escaped(prefix)}</Prefix><Blobs>${entries.join("")}</Blobs><NextMarker /></EnumerationResults>`;
  sendXml(response, 200, list);
}

function sendMade(response: ServerResponse, at: number): void {
  response.writeHead(201, {
    "last-modified": new Date(at).toUTCString(),
    "x-ms-version": "2024-11-04",
    "content-length": 0,
  });
  response.end();
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
