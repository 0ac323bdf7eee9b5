import { isObject, listOf, objectOf, sameJson, textOf } from "../json.ts";
import { NotEmulated } from "../notEmulated.ts";
import type { Json, JsonObject } from "../world.ts";
import { evaluate, type Functions, memberIn } from "./evaluate.ts";
import { invalidTemplate } from "./refusals.ts";

const kinds: Readonly<Record<string, (value: Json) => boolean>> = {
  string: (value) => typeof value === "string",
  securestring: (value) => typeof value === "string",
  int: (value) => Number.isInteger(value),
  bool: (value) => typeof value === "boolean",
  array: (value) => Array.isArray(value),
  object: (value) => isObject(value),
  secureobject: (value) => isObject(value),
};

/** Whether a parameter's value must never be shown. */
export const isSecret = (declared: Json | undefined) => /^secure/i.test(textOf(objectOf(declared).type) ?? "");

/** The value of every parameter that a template declares: as given, else its default; throws `InvalidTemplate` as ARM words it. */
export function readParameters(declared: JsonObject, given: JsonObject, functions: Functions): JsonObject {
  const unknown = Object.keys(given).filter((name) => memberIn(declared, name) === undefined);
  if (unknown.length > 0)
    throw invalidTemplate(
      `The template parameters '${unknown.join(", ")}' in the parameters file are not valid; they are not present in the original template and can therefore not be provided at deployment time. The only supported parameters for this template are '${Object.keys(declared).join(", ")}'.`,
    );
  const values: Record<string, Json> = {};
  for (const [name, spec] of Object.entries(declared))
    values[name] = parameterOf(name, objectOf(spec), given, functions);
  return values;
}

function parameterOf(name: string, spec: JsonObject, given: JsonObject, functions: Functions): Json {
  const sent = objectOf(memberIn(given, name));
  if (sent.reference !== undefined)
    throw new NotEmulated(`The local Azure emulator reads no parameters from vaults, and so not '${name}'.`);
  const value = sent.value ?? (spec.defaultValue === undefined ? undefined : evaluate(spec.defaultValue, functions));
  if (value === undefined || value === null)
    throw invalidTemplate(
      `The value for the template parameter '${name}' is not provided. Please see https://aka.ms/arm-create-parameter-file for usage details.`,
    );
  check(name, spec, value);
  return value;
}

function check(name: string, spec: JsonObject, value: Json): void {
  const type = textOf(spec.type) ?? "";
  const fits = kinds[type.toLowerCase()];
  if (!fits) throw invalidTemplate(`The template parameter '${name}' has no valid type: '${type}'.`);
  if (!fits(value))
    throw invalidTemplate(
      `The provided value for the template parameter '${name}' is not valid. Expected a value of type '${type}'. Please see https://aka.ms/arm-create-parameter-file for usage details.`,
    );
  const allowed = listOf(spec.allowedValues);
  if (allowed.length > 0 && !allowed.some((one) => sameJson(one, value)))
    throw invalidTemplate(
      `The provided value for the template parameter '${name}' is not valid. The value '${text(spec, value)}' is not part of the allowed value(s): '${allowed.map(String).join(",")}'.`,
    );
  const size = typeof value === "string" || Array.isArray(value) ? value.length : undefined;
  const within = (least: Json | undefined, number: number | undefined, most: Json | undefined) =>
    number === undefined ||
    ((least === undefined || number >= Number(least)) && (most === undefined || number <= Number(most)));
  if (
    !within(spec.minLength, size, spec.maxLength) ||
    !within(spec.minValue, typeof value === "number" ? value : undefined, spec.maxValue)
  )
    throw invalidTemplate(
      `The provided value for the template parameter '${name}' is not valid: it is too short, too long or out of range.`,
    );
}

const text = (spec: JsonObject, value: Json) =>
  isSecret(spec) ? "***" : typeof value === "string" ? value : JSON.stringify(value);
