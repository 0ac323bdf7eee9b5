import { isObject } from "../json.ts";
import { AzureError, type Json, type JsonObject } from "../world.ts";
import { type Member, type Members, type Shape, strictFrom } from "./schema.ts";

/** Thrown inside: where the reading stopped, told as the service's Go decoder tells it. */
class Unreadable extends Error {
  readonly trail: readonly string[];
  constructor(trail: readonly string[], cause: string) {
    super(cause);
    this.trail = trail;
  }
}

interface Reading {
  readonly apiVersion: string;
  readonly strict: boolean;
  /** What the decoder has gone through: `unmarshalling type …` and `struct field …`. */
  readonly trail: readonly string[];
}

/**
 * Reads a body as the service does: from 2024-02-01 on it refuses every field it does not know in exactly that casing
 * (and those a later version brought); before, casing does not matter and unknown fields fall away. Result in canonical casing.
 */
export function parseBody(shape: Shape, body: Json | undefined, apiVersion: string): JsonObject {
  try {
    if (!isObject(body)) throw new Unreadable([], "unexpected end of JSON input");
    return read(shape, body, { apiVersion, strict: apiVersion >= strictFrom, trail: [] }) as JsonObject;
  } catch (error) {
    if (error instanceof Unreadable) throw refusal(error);
    throw error;
  }
}

/** The text is the documented one (release notes of May 2024); the code is assumed. */
function refusal(error: Unreadable): AzureError {
  const where = [...error.trail, error.message].join(": ");
  return new AzureError(
    400,
    "InvalidRequestBody",
    `Unmarshalling entity encountered error: ${where}. There is an issue with the syntax with the JSON template you are submitting. Please check the JSON template for syntax and grammar. For more information on the syntax and grammar of the JSON template, visit http://aka.ms/azvmimagebuildertmplref.`,
  );
}

function read(shape: Shape, value: Json, reading: Reading): Json {
  if (value === null) return null;
  switch (shape.kind) {
    case "anything":
      return value;
    case "text":
      return expect(typeof value === "string", value, "string", reading);
    case "flag":
      return expect(typeof value === "boolean", value, "bool", reading);
    case "whole":
      return expect(typeof value === "number" && Number.isInteger(value), value, "int32", reading);
    case "oneOf":
      return readChoice(shape.values, expect(typeof value === "string", value, "string", reading) as string, reading);
    case "list":
      expect(Array.isArray(value), value, "[]", reading);
      return (value as readonly Json[]).map((entry) => read(shape.of, entry, reading));
    case "map":
      expect(isObject(value), value, "map[string]", reading);
      return Object.fromEntries(
        Object.entries(value as JsonObject).map(([name, entry]) => [name, read(shape.of, entry, reading)]),
      );
    case "object":
      return readMembers(shape.go, shape.members, value, reading);
    case "union":
      return readUnion(shape, value, reading);
  }
}

function expect(good: boolean, value: Json, wanted: string, { trail }: Reading): Json {
  if (good) return value;
  const found = Array.isArray(value) ? "array" : typeof value;
  throw new Unreadable(trail, `json: cannot unmarshal ${found} into Go value of type ${wanted}`);
}

/** An enumeration: casing counts from 2024-02-01 on; what is no choice at all is left to the validation. */
function readChoice(values: readonly string[], value: string, { strict }: Reading): string {
  return (strict ? undefined : values.find((one) => one.toLowerCase() === value.toLowerCase())) ?? value;
}

const typeNameOf = (go: string, { apiVersion }: Reading) => `*v${apiVersion.replaceAll("-", "_")}.${go}`;

function readMembers(go: string, members: Members, value: Json, outer: Reading): JsonObject {
  const type = typeNameOf(go, outer);
  const reading = { ...outer, trail: [...outer.trail, `unmarshalling type ${type}`] };
  if (!isObject(value)) throw new Unreadable(reading.trail, "json: cannot unmarshal value into Go struct");
  const result: { [name: string]: Json } = {};
  for (const [sent, entry] of Object.entries(value)) {
    const found = memberNamed(members, sent, reading);
    if (!found && reading.strict)
      throw new Unreadable(reading.trail, `unmarshalling type ${type}, unknown field "${sent}"`);
    if (!found || found.member.readOnly) continue;
    const field = `struct field ${found.name.charAt(0).toUpperCase()}${found.name.slice(1)}`;
    result[found.name] = read(found.member.shape, entry, { ...reading, trail: [...reading.trail, field] });
  }
  return result;
}

function memberNamed(
  members: Members,
  sent: string,
  { apiVersion, strict }: Reading,
): { name: string; member: Member } | undefined {
  const name = strict ? sent : Object.keys(members).find((known) => known.toLowerCase() === sent.toLowerCase());
  const member = name !== undefined && Object.hasOwn(members, name) ? members[name] : undefined;
  if (name === undefined || !member || (member.since !== undefined && member.since > apiVersion)) return undefined;
  return { name, member };
}

function readUnion(shape: Extract<Shape, { kind: "union" }>, value: Json, reading: Reading): Json {
  const key = shape.go === "DistributeVersioner" ? "scheme" : "type";
  const discriminator: Members = { [key]: { shape: { kind: "text" } } };
  if (!isObject(value)) return readMembers(shape.go, discriminator, value, reading);
  const sentKey =
    Object.keys(value).find((name) => (reading.strict ? name === key : name.toLowerCase() === key)) ?? key;
  const asked = String(value[sentKey] ?? "");
  const type = reading.strict ? asked : readChoice(Object.keys(shape.variants), asked, reading);
  const variant = Object.hasOwn(shape.variants, type) ? shape.variants[type] : undefined;
  // An unknown type has no members to compare with: the validation refuses it by name.
  if (!variant) return { ...value, [key]: asked };
  const members = { ...discriminator, ...shape.common, ...variant.members };
  return { ...readMembers(variant.go, members, value, reading), [key]: type };
}
