import { request as requestHttps } from "node:https";
import type { TokenCredential } from "@azure/core-auth";
import { parseBlobUri } from "./decide/template/blobUri.ts";
import { guardedLookup, type Lookup, urlFault } from "./notify/address.ts";

/** How scripts and files are looked at. */
export interface FileSettings {
  /** Enters Azure's blob storage, and nothing else. */
  readonly credential: TokenCredential;
  readonly allowLoopback: boolean;
  /** Certificate authorities (PEM) to trust in place of the machine's. */
  readonly ca?: string;
  readonly lookup?: Lookup;
}

const storageScope = "https://storage.azure.com/.default";
/** Milliseconds for one look. */
const patience = 10_000;

/**
 * The ETag of a script or file, asked with HEAD; undefined where it cannot be told. A template may name any address, so only
 * public ones are asked, redirects are not followed, and our token goes to Azure's blob storage alone.
 */
export async function etagOf(uri: string, settings: FileSettings): Promise<string | undefined> {
  if (urlFault(uri, settings.allowLoopback) !== undefined) return undefined;
  const url = new URL(uri);
  if (url.protocol !== "https:") return undefined;
  const blob = parseBlobUri(uri);
  const token = blob && !blob.signed ? await settings.credential.getToken(storageScope).catch(() => null) : null;
  const entered = token ? await head(url, { authorization: `Bearer ${token.token}` }, settings) : undefined;
  return entered ?? head(url, {}, settings);
}

function head(
  url: URL,
  headers: Record<string, string>,
  { ca, lookup, allowLoopback }: FileSettings,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = requestHttps(
      url,
      {
        method: "HEAD",
        headers: { "x-ms-version": "2024-11-04", "user-agent": "goldsmith", ...headers },
        agent: false,
        timeout: patience,
        lookup: guardedLookup(allowLoopback, lookup),
        ...(ca === undefined ? {} : { ca }),
      },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200 ? response.headers.etag : undefined);
      },
    );
    request.on("timeout", () => request.destroy()).on("error", () => resolve(undefined));
    request.end();
  });
}
