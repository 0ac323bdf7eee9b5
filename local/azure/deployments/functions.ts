import { createHash } from "node:crypto";
import { guid } from "../../../shared/decide/guid.ts";
import { isObject, sameJson } from "../json.ts";
import type { Json, JsonObject } from "../world.ts";
import type { Functions } from "./evaluate.ts";
import { ExpressionError } from "./expression.ts";

const text = (value: Json | undefined) =>
  typeof value === "string"
    ? value
    : typeof value === "boolean"
      ? value
        ? "True"
        : "False"
      : JSON.stringify(value ?? "");
const list = (value: Json | undefined) => (Array.isArray(value) ? (value as readonly Json[]) : []);
const parts = (args: readonly Json[]) => args.map(text);

const texts: Functions = {
  tolower: (value = "") => text(value).toLowerCase(),
  toupper: (value = "") => text(value).toUpperCase(),
  trim: (value = "") => text(value).trim(),
  string: (value = "") => text(value),
  startswith: (value = "", start = "") => text(value).toLowerCase().startsWith(text(start).toLowerCase()),
  endswith: (value = "", end = "") => text(value).toLowerCase().endsWith(text(end).toLowerCase()),
  indexof: (value = "", part = "") => text(value).toLowerCase().indexOf(text(part).toLowerCase()),
  substring: (value = "", start = 0, length = null) =>
    text(value).slice(Number(start), length === null ? undefined : Number(start) + Number(length)),
  replace: (value = "", old = "", by = "") => text(value).replaceAll(text(old), text(by)),
  split: (value = "", by = ",") => text(value).split(text(by)),
  join: (values = [], by = ",") => parts(list(values)).join(text(by)),
  padleft: (value = "", width = 0, by = " ") => text(value).padStart(Number(width), text(by)),
  format: (pattern = "", ...values) =>
    text(pattern).replace(/\{(\d+)(?:,[^}:]*)?(?::[^}]*)?\}/g, (_, index) => text(values[Number(index)])),
  base64: (value = "") => Buffer.from(text(value)).toString("base64"),
  base64tostring: (value = "") => Buffer.from(text(value), "base64").toString(),
  uri: (base = "", relative = "") => new URL(text(relative), text(base)).href,
  uricomponent: (value = "") => encodeURIComponent(text(value)),
  guid: (...values) => guid(...parts(values)),
  // Azure's algorithm is not published: as long, as stable and from the same letters, but another text.
  uniquestring: (...values) => {
    const digest = createHash("sha256").update(parts(values).join("-")).digest();
    return Array.from(digest.subarray(0, 13), (byte) => "abcdefghijklmnopqrstuvwxyz234567"[byte % 32]).join("");
  },
};

const lists: Functions = {
  concat: (first = "", ...rest) =>
    Array.isArray(first) ? [first, ...rest].flatMap(list) : parts([first, ...rest]).join(""),
  length: (value = "") =>
    isObject(value) ? Object.keys(value).length : Array.isArray(value) ? value.length : text(value).length,
  empty: (value = null) =>
    value === null ||
    value === "" ||
    (Array.isArray(value) && value.length === 0) ||
    (isObject(value) && Object.keys(value).length === 0),
  contains: (holder = "", part = "") => {
    if (Array.isArray(holder)) return list(holder).some((one) => sameJson(one, part));
    if (isObject(holder)) return Object.keys(holder).some((name) => name.toLowerCase() === text(part).toLowerCase());
    return text(holder).includes(text(part));
  },
  first: (value = "") => (Array.isArray(value) ? (list(value)[0] ?? null) : text(value).slice(0, 1)),
  last: (value = "") => (Array.isArray(value) ? (list(value).at(-1) ?? null) : text(value).slice(-1)),
  take: (value = "", count = 0) => (Array.isArray(value) ? list(value) : text(value)).slice(0, Number(count)),
  skip: (value = "", count = 0) => (Array.isArray(value) ? list(value) : text(value)).slice(Number(count)),
  union: (...values) =>
    Array.isArray(values[0])
      ? values.flatMap(list).filter((one, index, all) => all.findIndex((other) => sameJson(one, other)) === index)
      : Object.assign({}, ...values),
  array: (value = []) => (Array.isArray(value) ? value : [value]),
  createarray: (...values) => values,
  createobject: (...values): JsonObject =>
    Object.fromEntries(values.flatMap((name, i) => (i % 2 === 0 ? [[text(name), values[i + 1] ?? null]] : []))),
  range: (start = 0, count = 0) => Array.from({ length: Number(count) }, (_, index) => Number(start) + index),
};

const logic: Functions = {
  equals: (left = null, right = null) =>
    typeof left === "string" && typeof right === "string" ? left === right : sameJson(left, right),
  not: (value = false) => value !== true,
  and: (...values) => values.every((value) => value === true),
  or: (...values) => values.some((value) => value === true),
  less: (left = 0, right = 0) => left !== null && right !== null && left < right,
  lessorequals: (left = 0, right = 0) => left !== null && right !== null && left <= right,
  greater: (left = 0, right = 0) => left !== null && right !== null && left > right,
  greaterorequals: (left = 0, right = 0) => left !== null && right !== null && left >= right,
  coalesce: (...values) => values.find((value) => value !== null) ?? null,
  true: () => true,
  false: () => false,
  null: () => null,
  bool: (value = false) => value === true || value === 1 || text(value).toLowerCase() === "true",
  json: (value = "null") => JSON.parse(text(value)) as Json,
};

const numbers: Functions = {
  int: (value = 0) => wholeNumber(value),
  add: (left = 0, right = 0) => Number(left) + Number(right),
  sub: (left = 0, right = 0) => Number(left) - Number(right),
  mul: (left = 1, right = 1) => Number(left) * Number(right),
  div: (left = 0, right = 1) => Math.trunc(Number(left) / Number(right)),
  mod: (left = 0, right = 1) => Number(left) % Number(right),
  min: (...values) => Math.min(...values.flatMap((one) => (Array.isArray(one) ? list(one) : [one])).map(Number)),
  max: (...values) => Math.max(...values.flatMap((one) => (Array.isArray(one) ? list(one) : [one])).map(Number)),
};

function wholeNumber(value: Json): number {
  const number = Number(value);
  if (Number.isInteger(number)) return number;
  throw new ExpressionError(`The template language function 'int' cannot convert '${text(value)}' to an integer.`);
}

/** The functions of the template language that depend on nothing but their arguments. */
export const plainFunctions: Functions = { ...texts, ...lists, ...logic, ...numbers };
