import { isObject } from "../json.ts";
import type { Json, JsonObject, Resource } from "../world.ts";
import type { Shape } from "./schema.ts";
import { template } from "./templateSchema.ts";

/** A template as one version of the API shows it: fields that came later are left out, everything else as stored. */
export function presentTemplate(resource: Resource, apiVersion: string): JsonObject {
  return reduced(template, resource.body, apiVersion) as JsonObject;
}

function reduced(shape: Shape, value: Json, apiVersion: string): Json {
  if (Array.isArray(value)) {
    const of = shape.kind === "list" ? shape.of : shape;
    return (value as readonly Json[]).map((entry) => reduced(of, entry, apiVersion));
  }
  if (!isObject(value)) return value;
  const members = membersOf(shape, value);
  if (!members) return value;
  const shown = Object.entries(value).filter(([name]) => (members[name]?.since ?? "") <= apiVersion);
  return Object.fromEntries(
    shown.map(([name, entry]) => {
      const member = members[name];
      return [name, member ? reduced(member.shape, entry, apiVersion) : entry];
    }),
  );
}

function membersOf(shape: Shape, value: JsonObject) {
  if (shape.kind === "object") return shape.members;
  if (shape.kind !== "union") return undefined;
  const type = String(value.type ?? value.scheme ?? "");
  return { ...shape.common, ...shape.variants[type]?.members };
}
