import type { IncomingMessage } from "node:http";

const names = ["localhost", "127.0.0.1", "[::1]"];

/** Whether an address to listen on is this machine's alone. */
export const isLoopback = (hostname: string): boolean => ["::1", ...names].includes(hostname);

/**
 * Whether a request to the loopback interface is meant for it: by its name, so that no foreign name that resolves to 127.0.0.1 is
 * taken for this host (DNS rebinding), and where a browser says which page asked, by a page of this very host.
 */
export function isMeantForUs({ headers }: Pick<IncomingMessage, "headers">): boolean {
  const host = headers.host ?? "";
  if (!names.includes(host.replace(/:\d+$/, "").toLowerCase())) return false;
  return headers.origin === undefined || headers.origin.toLowerCase() === `http://${host.toLowerCase()}`;
}
