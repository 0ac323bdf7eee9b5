import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { guid } from "../../../shared/decide/guid.ts";
import type { Expression } from "./expressions.ts";

/** A value of Bicep. A function is a lambda. */
export type Value = unknown;

/** What a name stands for, and where a call is made from. */
export interface Surroundings {
  readonly path: string;
  readonly lookup: (name: string) => Value;
  readonly scope: { readonly subscriptionId: string; readonly group?: string };
  /** Whose `environment()` it is. */
  readonly cloud: Cloud;
}

type Lambda = (argument: Value) => Value;

/** The value of an expression; throws for a function this reader does not know. */
export function evaluate(given: Expression, around: Surroundings): Value {
  const value = (inner: Expression) => evaluate(inner, around);
  switch (given.kind) {
    case "value":
      return given.value;
    case "text":
      return given.parts.map((part) => (typeof part === "string" ? part : textOf(value(part)))).join("");
    case "name":
      return around.lookup(given.name);
    case "array":
      return given.items.map(value);
    case "object":
      return Object.fromEntries(given.members.map(([name, member]) => [textOf(value(name)), value(member)]));
    case "member":
      return memberOf(value(given.of), value(given.name) as string, given.optional);
    case "lambda":
      return (argument: Value) => evaluate(given.body, withName(around, given.parameter, argument));
    case "not":
      return !value(given.of);
    case "binary":
      return binary(given.sign, value(given.left), () => value(given.right));
    case "choice":
      return value(given.when) ? value(given.yes) : value(given.no);
    case "call":
      return call(given.name, given.arguments.map(value), around);
    case "for":
      return (value(given.list) as Value[]).map((item) => evaluate(given.body, withName(around, given.item, item)));
    case "if":
      return value(given.when) ? value(given.yes) : undefined;
  }
}

/** The same surroundings with one name more. */
export const withName = (around: Surroundings, name: string, value: Value): Surroundings => ({
  ...around,
  lookup: (asked) => (asked === name ? value : around.lookup(asked)),
});

function memberOf(of: Value, name: string, optional: boolean): Value {
  if (of === undefined || of === null) {
    if (optional) return null;
    throw new Error(`nothing has no ${name}`);
  }
  const found = (of as Record<string, Value>)[name];
  if (found === undefined && !optional) throw new Error(`no ${name} in ${JSON.stringify(of).slice(0, 200)}`);
  return found ?? null;
}

function binary(sign: string, left: Value, right: () => Value): Value {
  switch (sign) {
    case "??":
      return left ?? right();
    case "||":
      return left || right();
    case "&&":
      return left && right();
    case "==":
      return left === right();
    case "!=":
      return left !== right();
    case "<=":
      return (left as number) <= (right() as number);
    case ">":
      return (left as number) > (right() as number);
    default:
      throw new Error(`the operator ${sign} is not known here`);
  }
}

const textOf = (value: Value): string => (typeof value === "string" ? value : JSON.stringify(value));
const same = (a: Value, b: Value) => JSON.stringify(a) === JSON.stringify(b);

function call(name: string, given: Value[], { path, scope, cloud }: Surroundings): Value {
  const [first, second, third] = given;
  const subscriptionId = `/subscriptions/${scope.subscriptionId}`;
  switch (name) {
    case "guid":
      return guid(...(given as string[]));
    case "uniqueString":
      return guid(...(given as string[]))
        .replaceAll("-", "")
        .slice(0, 13);
    case "loadJsonContent":
      return JSON.parse(readFileSync(join(dirname(path), first as string), "utf8"));
    case "loadTextContent":
      return readFileSync(join(dirname(path), first as string), "utf8");
    case "subscription":
      return first === undefined
        ? { id: subscriptionId, subscriptionId: scope.subscriptionId }
        : { scope: { subscriptionId: first } };
    case "resourceGroup": {
      if (given.length === 0) return { id: `${subscriptionId}/resourceGroups/${scope.group}`, name: scope.group };
      const [id, group] = given.length === 2 ? [first, second] : [scope.subscriptionId, first];
      return { scope: { subscriptionId: id, group } };
    }
    case "subscriptionResourceId":
      return `${subscriptionId}/providers/${first}/${second}`;
    case "tenant":
      return { tenantId: "00000000-0000-0000-0000-0000000000aa" };
    case "environment":
      return clouds[cloud];
    case "concat":
      return (given as Value[][]).flat();
    case "union":
      return Array.isArray(first) ? distinct(given.flat()) : Object.assign({}, ...(given as object[]));
    case "flatten":
      return (given[0] as readonly (readonly Value[])[]).flat();
    case "map":
      return (first as Value[]).map((item) => (second as Lambda)(item));
    case "filter":
      return (first as Value[]).filter((item) => (second as Lambda)(item));
    case "items":
      return Object.entries(first as object)
        .sort()
        .map(([key, value]) => ({ key, value }));
    case "length":
      return (first as Value[]).length;
    case "empty":
      return first === null || (typeof first === "object" ? Object.keys(first as object).length === 0 : first === "");
    case "contains":
      return Array.isArray(first) ? first.some((item) => same(item, second)) : (second as string) in (first as object);
    case "split":
      return (first as string).split(second as string);
    case "join":
      return (first as string[]).join(second as string);
    case "take":
      return (first as Value[]).slice(0, second as number);
    case "cidrSubnet":
      return subnetOf(first as string, second as number, third as number);
    case "replace":
      return (first as string).replaceAll(second as string, third as string);
    case "toLower":
      return (first as string).toLowerCase();
    case "string":
      return textOf(first);
    default:
      throw new Error(`the function ${name} is not known here`);
  }
}

const distinct = (items: readonly Value[]) =>
  items.filter((item, i) => items.findIndex((other) => same(item, other)) === i);

/** The `index`th subnet of `length` bits in a network (IPv4). */
function subnetOf(network: string, length: number, index: number): string {
  const [address = "", bits = ""] = network.split("/");
  if (length < Number(bits) || index >= 2 ** (length - Number(bits))) throw new Error(`${network} has no such subnet`);
  const base = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0) + index * 2 ** (32 - length);
  return `${[24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256).join(".")}/${length}`;
}

/** What `environment()` says in a cloud, as far as it is asked. */
const clouds = {
  AzureCloud: {
    resourceManager: "https://management.azure.com/",
    suffixes: { storage: "core.windows.net" },
    authentication: { loginEndpoint: "https://login.microsoftonline.com/" },
  },
  AzureUSGovernment: {
    resourceManager: "https://management.usgovcloudapi.net/",
    suffixes: { storage: "core.usgovcloudapi.net" },
    authentication: { loginEndpoint: "https://login.microsoftonline.us/" },
  },
  AzureChinaCloud: {
    resourceManager: "https://management.chinacloudapi.cn/",
    suffixes: { storage: "core.chinacloudapi.cn" },
    authentication: { loginEndpoint: "https://login.chinacloudapi.cn/" },
  },
} as const;

export type Cloud = keyof typeof clouds;
