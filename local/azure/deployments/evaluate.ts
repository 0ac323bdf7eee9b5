import { isObject } from "../json.ts";
import { NotEmulated } from "../notEmulated.ts";
import type { Json, JsonObject } from "../world.ts";
import { type Expression, ExpressionError, parseExpression } from "./expression.ts";

/** A function of the template language; arguments come evaluated. */
export type TemplateFunction = (...args: readonly Json[]) => Json;

/** The functions that an expression may call, by their names in lower case. */
export type Functions = Readonly<Record<string, TemplateFunction>>;

/** Evaluates every expression in a part of a template, and its property loops (`copy`). */
export function evaluate(value: Json, functions: Functions): Json {
  if (typeof value === "string") return evaluateText(value, functions);
  if (Array.isArray(value)) return value.map((entry: Json) => evaluate(entry, functions));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).flatMap(([name, entry]) =>
    name === "copy" && Array.isArray(entry) ? loops(entry, functions) : [[name, entry] as const],
  );
  return Object.fromEntries(
    entries.map(([name, entry]) => [evaluateText(name, functions), evaluate(entry, functions)]),
  );
}

function evaluateText(text: string, functions: Functions): Json {
  if (!text.startsWith("[") || !text.endsWith("]")) return text;
  if (text.startsWith("[[")) return text.slice(1);
  return resultOf(parseExpression(text.slice(1, -1)), functions);
}

/** `copy: [{name, count, input}]` inside an object: a list under `name`, with copyIndex('name') in it. */
function loops(copies: readonly Json[], functions: Functions): (readonly [string, Json])[] {
  return copies.filter(isObject).map(({ name, count, input }) => {
    const times = Number(evaluate(count ?? 0, functions));
    const entries = Array.from({ length: times }, (_, index) =>
      evaluate(input ?? null, { ...functions, copyindex: counting(index, functions.copyindex, String(name)) }),
    );
    return [String(name), entries as Json] as const;
  });
}

/** The `copyIndex` of one loop inside others: copyIndex(), copyIndex(offset), copyIndex('loop', offset). */
export function counting(index: number, outer: TemplateFunction | undefined, loop?: string): TemplateFunction {
  return (first = 0, second = 0) => {
    if (typeof first !== "string") return index + Number(first);
    if (loop === undefined || first.toLowerCase() === loop.toLowerCase()) return index + Number(second);
    if (!outer) throw new ExpressionError(`The template function 'copyIndex' knows no loop '${first}'.`);
    return outer(first, second);
  };
}

function resultOf(expression: Expression, functions: Functions): Json {
  if (expression.kind === "value") return expression.value;
  if (expression.kind === "member") return memberOf(expression, functions);
  const name = expression.name.toLowerCase();
  // Only the branch that is taken may fail.
  if (name === "if") {
    const [condition, yes, no] = expression.args;
    const taken = condition && resultOf(condition, functions) === true ? yes : no;
    return taken ? resultOf(taken, functions) : null;
  }
  const called = functions[name];
  if (!called)
    throw new NotEmulated(`The local Azure emulator does not know the template function ${expression.name}.`);
  return called(...expression.args.map((arg) => resultOf(arg, functions)));
}

function memberOf({ of, name }: Expression & { kind: "member" }, functions: Functions): Json {
  const [holder, key] = [resultOf(of, functions), resultOf(name, functions)];
  const found = Array.isArray(holder) ? (holder as readonly Json[])[Number(key)] : memberIn(holder, String(key));
  if (found !== undefined) return found;
  const names = isObject(holder) ? Object.keys(holder).join(", ") : "none";
  throw new ExpressionError(
    `The language expression property '${String(key)}' doesn't exist, available properties are '${names}'.`,
  );
}

/** A member of an object, in any casing. */
export function memberIn(holder: Json | undefined, name: string): Json | undefined {
  if (!isObject(holder)) return undefined;
  const own: JsonObject = holder;
  const key = Object.keys(own).find((one) => one.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : own[key];
}
