import type { Part, Token } from "./tokens.ts";

/** An expression of Bicep. */
export type Expression =
  | { readonly kind: "value"; readonly value: string | number | boolean | null }
  | { readonly kind: "text"; readonly parts: readonly (string | Expression)[] }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "array"; readonly items: readonly Expression[] }
  | { readonly kind: "object"; readonly members: readonly (readonly [Expression, Expression])[] }
  | { readonly kind: "member"; readonly of: Expression; readonly name: Expression; readonly optional: boolean }
  | { readonly kind: "call"; readonly name: string; readonly arguments: readonly Expression[] }
  | { readonly kind: "lambda"; readonly parameter: string; readonly body: Expression }
  | { readonly kind: "not"; readonly of: Expression }
  | { readonly kind: "binary"; readonly sign: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "choice"; readonly when: Expression; readonly yes: Expression; readonly no: Expression }
  | { readonly kind: "for"; readonly item: string; readonly list: Expression; readonly body: Expression }
  | { readonly kind: "if"; readonly when: Expression; readonly yes: Expression };

/** Reads tokens one after the other. */
export interface Reader {
  peek(): Token;
  take(): Token;
  skipLines(): void;
  is(sign: string): boolean;
  accept(sign: string): boolean;
  /** Accepts the sign also where it begins the next line. */
  acceptBelow(sign: string): boolean;
  expect(sign: string): void;
}

export function readerOf(tokens: readonly Token[]): Reader {
  let at = 0;
  const peek = () => tokens[at] ?? tokens.at(-1)!;
  const is = (sign: string) => peek().kind !== "text" && peek().text === sign;
  const accept = (sign: string) => is(sign) && ++at > 0;
  const skipLines = () => {
    while (peek().kind === "newline") at++;
  };
  return {
    peek,
    is,
    accept,
    skipLines,
    take: () => tokens[at++] ?? tokens.at(-1)!,
    acceptBelow(sign) {
      const before = at;
      skipLines();
      if (accept(sign)) return true;
      at = before;
      return false;
    },
    expect(sign) {
      if (!accept(sign)) throw new Error(`line ${peek().line}: expected ${sign}, found ${peek().text}`);
    },
  };
}

// Loosest first, as in Bicep's own table of operators.
const levels = [["??"], ["||"], ["&&"], ["==", "!="], ["<", ">", "<=", ">="], ["+", "-"], ["*", "/", "%"]];

/** Reads one expression. */
export function expression(reader: Reader): Expression {
  const when = binary(reader, 0);
  if (!reader.acceptBelow("?")) return when;
  reader.skipLines();
  const yes = expression(reader);
  if (!reader.acceptBelow(":")) throw new Error(`line ${reader.peek().line}: expected :`);
  reader.skipLines();
  return { kind: "choice", when, yes, no: expression(reader) };
}

function binary(reader: Reader, level: number): Expression {
  const signs = levels[level];
  if (!signs) return unary(reader);
  let left = binary(reader, level + 1);
  for (let sign = signs.find(reader.is); sign !== undefined; sign = signs.find(reader.is)) {
    reader.expect(sign);
    left = { kind: "binary", sign, left, right: binary(reader, level + 1) };
  }
  return left;
}

function unary(reader: Reader): Expression {
  if (reader.accept("!")) return { kind: "not", of: unary(reader) };
  let of = primary(reader);
  for (;;) {
    if (reader.accept("!")) continue;
    const optional = reader.accept(".?");
    if (optional || reader.accept(".")) {
      of = { kind: "member", of, name: { kind: "value", value: reader.take().text }, optional };
    } else if (reader.accept("[")) {
      of = { kind: "member", of, name: expression(reader), optional: false };
      reader.expect("]");
    } else return of;
  }
}

function primary(reader: Reader): Expression {
  const token = reader.take();
  if (token.kind === "text") return text(token.parts);
  if (token.kind === "number") return { kind: "value", value: Number(token.text) };
  if (token.text === "[") {
    reader.skipLines();
    return reader.is("for") ? loop(reader) : array(reader);
  }
  if (token.text === "{") return object(reader);
  if (token.text === "(") {
    const inner = expression(reader);
    reader.expect(")");
    return inner;
  }
  if (token.kind !== "word") throw new Error(`line ${token.line}: unexpected ${JSON.stringify(token.text)}`);
  if (["true", "false", "null"].includes(token.text))
    return { kind: "value", value: JSON.parse(token.text) as boolean };
  if (reader.accept("=>")) return { kind: "lambda", parameter: token.text, body: expression(reader) };
  if (reader.accept("(")) return { kind: "call", name: token.text, arguments: list(reader, ")") };
  return { kind: "name", name: token.text };
}

const text = (parts: readonly Part[]): Expression => ({
  kind: "text",
  parts: parts.map((part) => (typeof part === "string" ? part : expression(readerOf(part)))),
});

const array = (reader: Reader): Expression => ({ kind: "array", items: list(reader, "]") });

function list(reader: Reader, end: string): Expression[] {
  const items: Expression[] = [];
  for (reader.skipLines(); !reader.accept(end); reader.skipLines()) {
    items.push(expression(reader));
    reader.accept(",");
  }
  return items;
}

function object(reader: Reader): Expression {
  const members: [Expression, Expression][] = [];
  for (reader.skipLines(); !reader.accept("}"); reader.skipLines()) {
    const name = reader.take();
    reader.expect(":");
    const key = name.kind === "text" ? text(name.parts) : ({ kind: "value", value: name.text } as const);
    members.push([key, expression(reader)]);
    reader.accept(",");
  }
  return { kind: "object", members };
}

function loop(reader: Reader): Expression {
  reader.expect("for");
  const item = reader.take().text;
  reader.expect("in");
  const over = expression(reader);
  reader.expect(":");
  reader.skipLines();
  const body = conditional(reader);
  reader.skipLines();
  reader.expect("]");
  return { kind: "for", item, list: over, body };
}

/** The body of a resource or module: an object, perhaps behind `if (…)`. */
export function conditional(reader: Reader): Expression {
  if (!reader.accept("if")) return expression(reader);
  reader.expect("(");
  const when = expression(reader);
  reader.expect(")");
  return { kind: "if", when, yes: expression(reader) };
}
