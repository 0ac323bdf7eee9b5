import ipaddr from "ipaddr.js";

/** A stretch of addresses of one family, both ends included. */
export interface AddressRange {
  readonly family: 4 | 6;
  readonly from: bigint;
  readonly to: bigint;
}

/** The address that Azure's health probes come from (tag AzureLoadBalancer). */
export const probeAddress = "168.63.129.16";

/** Reads `10.0.0.0/24`, `10.0.0.4`, `10.0.0.4-10.0.0.9` or their IPv6 kin; undefined for anything else (a tag, say). */
export function parseRange(text: string): AddressRange | undefined {
  const [first, last, ...more] = text.split("-").map((part) => part.trim());
  if (first === undefined || more.length > 0) return undefined;
  if (last !== undefined) {
    const [from, to] = [parseOne(first), parseOne(last)];
    if (from === undefined || to === undefined || from.family !== to.family || from.from > to.to) return undefined;
    return { family: from.family, from: from.from, to: to.to };
  }
  return first.includes("/") ? parseCidr(first) : parseOne(first);
}

function parseOne(text: string): AddressRange | undefined {
  if (!ipaddr.isValid(text) || (!text.includes(":") && !ipaddr.IPv4.isValidFourPartDecimal(text))) return undefined;
  const address = ipaddr.parse(text);
  const value = toNumber(address);
  return { family: address.kind() === "ipv4" ? 4 : 6, from: value, to: value };
}

function parseCidr(text: string): AddressRange | undefined {
  if (!ipaddr.isValidCIDR(text)) return undefined;
  const [address, length] = ipaddr.parseCIDR(text);
  const bits = address.kind() === "ipv4" ? 32 : 128;
  const size = 1n << BigInt(bits - length);
  const from = toNumber(address) & ~(size - 1n);
  return { family: bits === 32 ? 4 : 6, from, to: from + size - 1n };
}

function toNumber(address: ipaddr.IPv4 | ipaddr.IPv6): bigint {
  return address.toByteArray().reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

/** Whether an address lies in one of the ranges. */
export function inRanges(address: Address, ranges: readonly AddressRange[]): boolean {
  return ranges.some(
    (range) => range.family === address.family && range.from <= address.value && address.value <= range.to,
  );
}

/** One address. */
export interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

const reserved = ["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"]
  .concat(["192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3", `${probeAddress}/32`])
  .flatMap((text) => parseRange(text) ?? []);

/** Whether an address can be on the Internet: not private, not reserved, not Azure's own host address. Of IPv6 only 2000::/3 is. */
export function isPublic(address: Address): boolean {
  if (address.family === 6) return address.value >> 125n === 1n;
  return !inRanges(address, reserved);
}

/** All of IPv4, cut so that private and public parts are apart. */
export const everyIpv4: AddressRange = { family: 4, from: 0n, to: 0xffffffffn };

/** Ends of the reserved blocks, where `isPublic` changes. */
export const reservedRanges: readonly AddressRange[] = reserved;
