import { isObject, listOf, objectOf, textOf, textsOf } from "../json.ts";
import { AzureError, type Json, type JsonObject } from "../world.ts";

/** A resource as a policy sees it: what is about to be written. */
export interface Candidate {
  readonly id: string;
  readonly type: string;
  readonly body: JsonObject;
}

/** What a policy does to a resource that its rule hits. */
export type Effect =
  | { readonly kind: "deny" | "audit" | "disabled" }
  | { readonly kind: "modify"; readonly sets: readonly { readonly field: string; readonly value: Json }[] };

/** Whether the `if` of a rule hits a resource. Comparisons ignore case, as Azure's do; a field that is not there equals nothing. */
export function hits(condition: Json | undefined, candidate: Candidate): boolean {
  const { allOf, anyOf, not, ...leaf } = objectOf(condition);
  if (allOf !== undefined) return listOf(allOf).every((one) => hits(one, candidate));
  if (anyOf !== undefined) return listOf(anyOf).some((one) => hits(one, candidate));
  if (not !== undefined) return !hits(not, candidate);
  const standing = leaf.field === undefined ? leaf.value : fieldOf(candidate, textOf(leaf.field) ?? "");
  const [name = "", wanted] = Object.entries(leaf).find(([key]) => key in operators) ?? [];
  return operators[name]?.(standing, wanted ?? null) ?? false;
}

const lower = (value: Json | undefined) => (value === undefined ? undefined : String(value).toLowerCase());
const like = (value: Json | undefined, pattern: Json) =>
  value !== undefined &&
  new RegExp(`^${String(pattern).split("*").map(escaped).join(".*")}$`, "is").test(String(value));
const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
const among = (value: Json | undefined, list: Json) =>
  textsOf(list).some((one) => value !== undefined && one.toLowerCase() === lower(value));
const holds = (value: Json | undefined, part: Json) => lower(value)?.includes(String(part).toLowerCase()) ?? false;

const operators: Readonly<Record<string, (standing: Json | undefined, wanted: Json) => boolean>> = {
  equals: (standing, wanted) => lower(standing) === lower(wanted),
  notEquals: (standing, wanted) => lower(standing) !== lower(wanted),
  like,
  notLike: (standing, wanted) => !like(standing, wanted),
  in: among,
  notIn: (standing, wanted) => !among(standing, wanted),
  contains: holds,
  notContains: (standing, wanted) => !holds(standing, wanted),
  exists: (standing, wanted) => (standing !== undefined) === (lower(wanted) === "true"),
};

/** The value a field or alias names; `Microsoft.Storage/storageAccounts/allowSharedKeyAccess` is that property, of that type only. */
function fieldOf({ id, type, body }: Candidate, field: string): Json | undefined {
  if (/^(type|name|id)$/i.test(field))
    return field.toLowerCase() === "type" ? type : field.toLowerCase() === "id" ? id : (id.split("/").at(-1) ?? "");
  if (/^location$/i.test(field)) return textOf(body.location)?.replaceAll(" ", "").toLowerCase();
  const tag = /^tags(?:\.|\[')(.+?)(?:'\])?$/i.exec(field)?.[1];
  if (tag !== undefined) return objectOf(body.tags)[tag];
  const path = propertyOf(type, field);
  return path?.reduce<Json | undefined>((value, part) => (isObject(value) ? value[part] : undefined), body);
}

/** Where an alias of a type leads in a resource of it; undefined for another type's. */
function propertyOf(type: string, alias: string): readonly string[] | undefined {
  if (!alias.toLowerCase().startsWith(`${type.toLowerCase()}/`)) return undefined;
  const path = alias.slice(type.length + 1).split(".");
  return path[0] === "sku" ? path : ["properties", ...path];
}

/** The resource with what a `modify` sets. */
export function withSet(candidate: Candidate, field: string, value: Json): JsonObject {
  const path = propertyOf(candidate.type, field) ?? [];
  const put = (at: Json | undefined, [head, ...rest]: readonly string[]): Json =>
    head === undefined ? value : { ...objectOf(at), [head]: put(objectOf(at)[head], rest) };
  return objectOf(put(candidate.body, path));
}

/** The effect in a rule's `then`. */
export function effectOf(then: Json | undefined): Effect {
  const { effect, details } = objectOf(then);
  const kind = textOf(effect)?.toLowerCase() ?? "";
  if (kind === "deny" || kind === "audit" || kind === "disabled") return { kind };
  if (kind !== "modify") throw lacks(`the effect '${kind}'`);
  const operations = listOf(objectOf(details).operations).map(objectOf);
  return {
    kind,
    sets: operations.map(({ operation, field, value }) => {
      if (textOf(operation)?.toLowerCase() !== "addorreplace") throw lacks(`the operation '${String(operation)}'`);
      return { field: textOf(field) ?? "", value: value ?? null };
    }),
  };
}

/** A rule with its parameters put in; expressions beyond `[parameters('name')]` are not emulated. */
export function resolved(rule: Json, parameters: JsonObject): Json {
  if (Array.isArray(rule)) return rule.map((one) => resolved(one as Json, parameters));
  if (isObject(rule))
    return Object.fromEntries(Object.entries(rule).map(([key, one]) => [key, resolved(one, parameters)]));
  if (typeof rule !== "string" || !/^\[[^[]/.test(rule)) return rule;
  const name = /^\[parameters\('([^']+)'\)\]$/.exec(rule)?.[1];
  if (name === undefined) throw lacks(`the expression ${rule}`);
  return parameters[name] ?? null;
}

/** Refuses what the emulator would judge wrongly: aliases into arrays, counts, unknown operators. */
export function checkCondition(condition: Json | undefined): void {
  const { allOf, anyOf, not, ...leaf } = objectOf(condition);
  for (const one of [...listOf(allOf), ...listOf(anyOf), ...(not === undefined ? [] : [not])]) checkCondition(one);
  if (allOf !== undefined || anyOf !== undefined || not !== undefined) return;
  const known = Object.keys(leaf).filter((key) => key in operators);
  if (known.length !== 1 || (leaf.field === undefined) === (leaf.value === undefined))
    throw lacks(`the condition ${JSON.stringify(leaf)}`);
  if (textOf(leaf.field)?.includes("[*]")) throw lacks(`the field ${textOf(leaf.field)}`);
}

const lacks = (what: string) => new AzureError(501, "NotEmulated", `The local Azure emulator's policies lack ${what}.`);
