import { type Constraint, constraint } from "./constraints.ts";

/** A route template of ASP.NET (`items/{id:int}/{*rest}`), ready to be matched. */
export interface Template {
  /** The route values of a path (no leading slash), or undefined when it does not match. */
  match(path: string): Record<string, string> | undefined;
}

interface Parameter {
  readonly name: string;
  readonly optional: boolean;
  readonly catchAll: boolean;
  readonly fallback: string | undefined;
  readonly constraints: readonly Constraint[];
}

type Part = string | Parameter;

/** Compiles a template; throws where it is not well formed. Literals match without regard to case. */
export function compileTemplate(text: string): Template {
  const segments = splitSegments(text).map(parseSegment);
  const parameters = segments.flat().filter((part): part is Parameter => typeof part !== "string");
  const pattern = new RegExp(`^${segments.map(segmentPattern).join("")}/?$`, "is");
  return {
    match(path) {
      const found = pattern.exec(`/${path}`);
      if (!found) return undefined;
      return valuesOf(parameters, found.slice(1));
    },
  };
}

function valuesOf(parameters: readonly Parameter[], captured: readonly (string | undefined)[]) {
  const values: Record<string, string> = {};
  for (const [at, parameter] of parameters.entries()) {
    const raw = captured[at];
    const value = raw === undefined || raw === "" ? parameter.fallback : decode(raw);
    if (value === undefined) continue;
    if (!parameter.constraints.every((accepts) => accepts(value))) return undefined;
    values[parameter.name] = value;
  }
  return values;
}

function decode(raw: string): string {
  try {
    return decodeURIComponent(raw);
  } catch {
    return raw;
  }
}

/** Splits at slashes outside braces (a regex constraint may hold one). */
function splitSegments(text: string): string[] {
  const segments = [""];
  let depth = 0;
  for (const character of text.replace(/^~?\//, "")) {
    if (character === "{") depth += 1;
    if (character === "}") depth -= 1;
    if (character === "/" && depth === 0) segments.push("");
    else segments[segments.length - 1] += character;
  }
  return segments.filter((segment) => segment !== "");
}

function parseSegment(segment: string): Part[] {
  const parts: Part[] = [];
  let literal = "";
  for (let at = 0; at < segment.length; at++) {
    if (segment[at] !== "{") {
      literal += segment[at];
      continue;
    }
    const end = closingBrace(segment, at);
    if (literal) parts.push(literal);
    literal = "";
    parts.push(parseParameter(segment.slice(at + 1, end)));
    at = end;
  }
  if (literal) parts.push(literal);
  return parts;
}

function closingBrace(segment: string, from: number): number {
  let depth = 0;
  for (let at = from; at < segment.length; at++) {
    if (segment[at] === "{") depth += 1;
    if (segment[at] === "}" && --depth === 0) return at;
  }
  throw new Error(`the route template segment "${segment}" is not closed`);
}

function parseParameter(text: string): Parameter {
  const found = /^(\*{0,2})([^:=?*]+)((?::(?:[^:=?(]+(?:\(.*?\)(?=[:=?]|$))?))*)(?:=(.*?))?(\?)?$/s.exec(text);
  if (!found) throw new Error(`the route parameter "{${text}}" is not well formed`);
  return {
    name: found[2]!,
    catchAll: found[1] !== "",
    optional: found[5] === "?",
    fallback: found[4],
    constraints: splitConstraints(found[3]!).map(constraint),
  };
}

function splitConstraints(text: string): string[] {
  return [...text.matchAll(/:([^:(]+(?:\(.*?\)(?=:|$))?)/gs)].map((found) => found[1]!);
}

function segmentPattern(parts: readonly Part[]): string {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined && typeof only !== "string") {
    if (only.catchAll) return "(?:/(.*))?";
    return only.optional || only.fallback !== undefined ? "(?:/([^/]*))?" : "/([^/]+)";
  }
  return `/${parts.map((part) => (typeof part === "string" ? escapePattern(part) : part.optional ? "([^/]*?)" : "([^/]+)")).join("")}`;
}

const escapePattern = (literal: string) => literal.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
