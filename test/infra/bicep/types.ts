import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Deployed } from "./deploy.ts";
import { networkTypes } from "./networkTypes.ts";

interface Ref {
  readonly $ref: string;
}
interface Property {
  readonly type: Ref;
  readonly flags: number;
}
/** A type as bicep-types-az writes it. */
export interface Type {
  readonly $type: string;
  readonly name?: string;
  readonly value?: string;
  readonly body?: Ref;
  readonly properties?: Readonly<Record<string, Property>>;
  readonly baseProperties?: Readonly<Record<string, Property>>;
  readonly additionalProperties?: Ref;
  readonly discriminator?: string;
  readonly elements?: readonly Ref[] | Readonly<Record<string, Ref>>;
  readonly itemType?: Ref;
}

/** Says what is wrong with a resource: unknown or read-only properties, missing ones, values and types that are none. */
export type TypeCheck = (resource: Deployed) => readonly string[];

const required = 1;
const readOnly = 2;

/** The checker over the types that Bicep itself checks with, or undefined where that data is not there. */
export function typeCheck(folder: string): TypeCheck | undefined {
  if (!existsSync(folder)) return undefined;
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith("types.json"),
  );
  const known = new Map<string, { types: readonly Type[]; body: Ref }>();
  for (const [name, types] of networkTypes) known.set(name, { types, body: { $ref: "#/0" } });
  for (const file of files) {
    const types = JSON.parse(readFileSync(join(folder, file), "utf8")) as Type[];
    for (const { $type, name, body } of types)
      if ($type === "ResourceType" && name && body) known.set(name.toLowerCase(), { types, body });
  }
  return ({ type, apiVersion, body }) => {
    const found = known.get(`${type}@${apiVersion}`.toLowerCase());
    // A role assignment's or a container's name is the whole body at times: absent properties are an empty object.
    return found ? problems(found.types, found.body, body, type) : [`${type}@${apiVersion} is not known`];
  };
}

function problems(types: readonly Type[], ref: Ref, value: unknown, at: string): readonly string[] {
  const type = types[Number(ref.$ref.split("/").at(-1))]!;
  if (value === null || value === undefined) return [];
  switch (type.$type) {
    case "ObjectType":
      return objectProblems(types, type, type.properties ?? {}, value, at);
    case "DiscriminatedObjectType":
      return discriminated(types, type, value, at);
    case "ArrayType":
      if (!Array.isArray(value)) return [`${at} is no array`];
      return value.flatMap((item, i) => problems(types, type.itemType!, item, `${at}/${i}`));
    case "UnionType": {
      const wrong = (type.elements as readonly Ref[]).map((one) => problems(types, one, value, at));
      return wrong.some((list) => list.length === 0) ? [] : [`${at}: ${JSON.stringify(value)} is none of its values`];
    }
    case "StringLiteralType":
      return value === type.value ? [] : [`${at} is not ${type.value}`];
    case "StringType":
      return typeof value === "string" ? [] : [`${at} is no text`];
    case "IntegerType":
      return Number.isInteger(value) ? [] : [`${at} is no whole number`];
    case "BooleanType":
      return typeof value === "boolean" ? [] : [`${at} is neither true nor false`];
    default:
      return [];
  }
}

function objectProblems(
  types: readonly Type[],
  type: Type,
  properties: Readonly<Record<string, Property>>,
  value: unknown,
  at: string,
): readonly string[] {
  if (typeof value !== "object" || Array.isArray(value)) return [`${at} is no object`];
  const given = value as Readonly<Record<string, unknown>>;
  const missing = Object.entries(properties)
    .filter(([name, { flags }]) => flags & required && !(flags & readOnly) && given[name] === undefined)
    .map(([name]) => `${at} lacks ${name}`);
  const wrong = Object.entries(given).flatMap(([name, member]) => {
    const property = properties[name];
    if (property && property.flags & readOnly && !(property.flags & required)) return [`${at}/${name} is read-only`];
    if (property) return problems(types, property.type, member, `${at}/${name}`);
    if (type.additionalProperties) return problems(types, type.additionalProperties, member, `${at}/${name}`);
    return [`${at} has no ${name}`];
  });
  return [...missing, ...wrong];
}

function discriminated(types: readonly Type[], type: Type, value: unknown, at: string): readonly string[] {
  const which = (value as Readonly<Record<string, unknown>>)[type.discriminator!];
  const element = (type.elements as Readonly<Record<string, Ref>>)[String(which)];
  if (!element) return [`${at}: ${type.discriminator} is ${JSON.stringify(which)}`];
  const own = types[Number(element.$ref.split("/").at(-1))]!;
  return objectProblems(types, own, { ...type.baseProperties, ...own.properties }, value, at);
}
