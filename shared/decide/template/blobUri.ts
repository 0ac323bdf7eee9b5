import { isPublic, parseRange } from "../network/addresses.ts";

/** A blob's address taken apart. */
export interface BlobUri {
  /** In lower case. */
  readonly account: string;
  readonly container: string;
  /** Whether the address carries a shared access signature of its own. */
  readonly signed: boolean;
}

const hosts =
  /^([a-z0-9]{3,24})\.blob\.(?:core\.windows\.net|core\.usgovcloudapi\.net|core\.chinacloudapi\.cn|storage\.azure\.net)$/;

/** Reads an Azure Storage blob address; undefined for any other address, which the service fetches without rights. */
export function parseBlobUri(uri: string): BlobUri | undefined {
  if (!URL.canParse(uri)) return undefined;
  const { hostname, pathname, searchParams } = new URL(uri);
  const account = hosts.exec(hostname.toLowerCase())?.[1];
  const [container, ...blob] = pathname.split("/").filter((segment) => segment !== "");
  if (account === undefined || container === undefined) return undefined;
  // A blob directly below the account lies in the container $root.
  return { account, container: blob.length === 0 ? "$root" : container, signed: searchParams.has("sig") };
}

/** Whether an address is one that anybody on the Internet could ask: http(s), a full host name or a public IP address, no user information. */
export function isPublicUri(uri: string): boolean {
  if (!URL.canParse(uri)) return false;
  const { protocol, hostname, username, password } = new URL(uri);
  if (!["http:", "https:"].includes(protocol) || username !== "" || password !== "") return false;
  const host = hostname
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "")
    .toLowerCase();
  const range = parseRange(host);
  if (range !== undefined) return isPublic({ family: range.family, value: range.from });
  return host.includes(".") && !/\.(?:local|localhost|internal|intranet|lan|home\.arpa)$/.test(host);
}
