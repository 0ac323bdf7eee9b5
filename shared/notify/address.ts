import type { LookupAddress } from "node:dns";
import { lookup } from "node:dns";
import type { LookupFunction } from "node:net";
import ipaddr from "ipaddr.js";

/** Thrown where a target must not be called, whatever is tried again; the message names neither host nor path. */
export class ForbiddenAddress extends Error {
  constructor(why: string) {
    super(why);
    this.name = "ForbiddenAddress";
  }
}

// Azure's platform address (DHCP, DNS, health probes, guest agent): public by range, but answered inside every Azure network.
const platformAddress = "168.63.129.16";
const globalIpv6 = ipaddr.parseCIDR("2000::/3") as [ipaddr.IPv6, number];

/** What is wrong with calling an address, or undefined. Only public unicast is called; loopback too, where it is allowed. */
export function addressFault(address: string, allowLoopback: boolean): string | undefined {
  if (!ipaddr.isValid(address)) return "the host has no usable address";
  const ip = ipaddr.process(address);
  const range = ip.range();
  if (range === "loopback") return allowLoopback ? undefined : "the host is this machine (loopback)";
  if (range !== "unicast" || ip.toString() === platformAddress)
    return `the host has an address that is not public (${range})`;
  if (ip.kind() === "ipv6" && !(ip as ipaddr.IPv6).match(globalIpv6))
    return "the host has an address that is not public";
  return undefined;
}

const isLoopbackName = (host: string) => /^(?:.+\.)?localhost\.?$/i.test(host);

/** What is wrong with a webhook's URL as it is written, or undefined. Names are looked up only when connecting (`guardedLookup`). */
export function urlFault(text: string, allowLoopback: boolean): string | undefined {
  if (!URL.canParse(text)) return "not a URL";
  const url = new URL(text); // writes 2130706433, 0x7f.1 and 017700000001 as 127.0.0.1
  if (url.username || url.password) return "a URL must not carry a user name or password";
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const literal = ipaddr.isValid(host);
  const loopback = isLoopbackName(host) || (literal && ipaddr.process(host).range() === "loopback");
  if (loopback && !allowLoopback) return "the host is this machine (loopback)";
  if (literal) {
    const fault = addressFault(host, allowLoopback);
    if (fault) return fault;
  }
  return url.protocol === "https:" || (url.protocol === "http:" && loopback)
    ? undefined
    : "the URL must begin with https://";
}

/** Looks names up, as `dns.lookup` does. */
export type Lookup = (
  host: string,
  options: { readonly all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * A lookup for sockets that refuses names with any address that must not be called. What it answers is what the socket
 * connects to, so a name that changes between check and use (DNS rebinding) gains nothing.
 */
export function guardedLookup(allowLoopback: boolean, ask: Lookup = lookup): LookupFunction {
  return (host, options, done) => {
    ask(host, { all: true }, (error, addresses) => {
      if (error) return done(error, "", 0);
      const fault = addresses
        .map(({ address }) => addressFault(address, allowLoopback))
        .find((why) => why !== undefined);
      if (fault) return done(new ForbiddenAddress(fault), "", 0);
      const first = addresses[0];
      if (!first) return done(new Error("the host has no address"), "", 0);
      return options.all ? done(null, addresses) : done(null, first.address, first.family);
    });
  };
}
