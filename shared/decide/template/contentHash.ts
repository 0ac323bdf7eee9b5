import { hashOf } from "../hash.ts";
import type { TemplateBody } from "../planning/facts.ts";
import { regionName } from "../region.ts";
import { fieldsOf } from "./templateBody.ts";

// What only the service writes, anywhere in a template.
const readOnly = new Set([
  "exactversion",
  "provisioningstate",
  "provisioningerror",
  "lastrunstatus",
  "exactstagingresourcegroup",
  "principalid",
  "clientid",
]);

// Written out by some and left away by others; the service takes both for the same (image-builder.md §2).
const defaults: Readonly<Record<string, unknown>> = {
  buildtimeoutinminutes: 240,
  validexitcodes: [0],
  updatelimit: 1000,
  restarttimeout: "5m",
  replicacount: 1,
};

/** `sha256:…` over what matters of a template: never tags, never what the service adds, the same for any casing of ids, order of keys and spelled-out defaults. */
export function contentHash(body: TemplateBody): string {
  const identities = Object.keys(body.identity?.userAssignedIdentities ?? {}).map((id) => id.toLowerCase());
  return hashOf({
    location: regionName(body.location ?? ""),
    identities: identities.sort(),
    properties: essence(body.properties ?? {}),
  });
}

// Object members that say nothing (null, "", false, 0, {} and []) are left out: ARM echoes them for what was not given. Elements of lists all count.
function essence(value: unknown, key = ""): unknown {
  if (Array.isArray(value)) return value.map((item) => essence(item, key));
  if (typeof value === "string") return isRegion(key) ? regionName(value) : plain(value);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(fieldsOf(value))
    .filter(([key]) => !readOnly.has(key.toLowerCase()))
    .map(([name, member]) => [name, essence(member, `${key}.${name}`)] as const)
    .filter(([key, member]) => !empty(member) && !isDefault(key, member));
  return Object.fromEntries(members);
}

// ARM takes region names in both forms, "West Europe" and "westeurope".
function isRegion(path: string): boolean {
  return /(?:\.location|\.replicationRegions|\.targetRegions\.name)$/i.test(path);
}

function plain(text: string): string {
  return text.toLowerCase().startsWith("/subscriptions/") ? text.toLowerCase() : text;
}

function empty(member: unknown): boolean {
  if (member === undefined || member === null || member === "" || member === false || member === 0) return true;
  return typeof member === "object" && Object.keys(member).length === 0;
}

function isDefault(key: string, member: unknown): boolean {
  const standard = defaults[key.toLowerCase()];
  return standard !== undefined && JSON.stringify(member) === JSON.stringify(standard);
}
