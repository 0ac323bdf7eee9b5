import type { Json } from "../world.ts";

/** A parsed template expression. */
export type Expression =
  | { readonly kind: "value"; readonly value: Json }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: "member"; readonly of: Expression; readonly name: Expression };

/** What is wrong with an expression, in the words of the template's author. */
export class ExpressionError extends Error {}

const token = /\s*(?:'((?:[^']|'')*)'|(-?\d+)|([A-Za-z_][\w$]*)|([()[\],.]))/y;

type Token = { readonly text: string; readonly kind: "text" | "number" | "word" | "sign" };

function tokensOf(source: string): readonly Token[] {
  const tokens: Token[] = [];
  const end = source.trimEnd().length;
  for (token.lastIndex = 0; token.lastIndex < end; ) {
    const found = token.exec(source);
    if (!found) throw new ExpressionError(`Unable to parse language expression '${source}'.`);
    const [, text, number, word, sign = ""] = found;
    if (text !== undefined) tokens.push({ kind: "text", text: text.replaceAll("''", "'") });
    else if (number !== undefined) tokens.push({ kind: "number", text: number });
    else tokens.push(word === undefined ? { kind: "sign", text: sign } : { kind: "word", text: word });
  }
  return tokens;
}

/** Parses what stands between the brackets of `[…]`; throws an `ExpressionError` for anything else than calls, members, texts and numbers. */
export function parseExpression(source: string): Expression {
  const tokens = tokensOf(source);
  let at = 0;
  const whole = members(primary());
  if (at < tokens.length) throw unexpected();
  return whole;

  function unexpected(): ExpressionError {
    const found = tokens[at]?.text ?? "its end";
    return new ExpressionError(`Unable to parse language expression '${source}': unexpected ${found}.`);
  }

  function takes(sign: string): boolean {
    const fits = tokens[at]?.kind === "sign" && tokens[at]?.text === sign;
    if (fits) at++;
    return fits;
  }

  function expect(sign: string): void {
    if (!takes(sign)) throw unexpected();
  }

  function primary(): Expression {
    const next = tokens[at++];
    if (next?.kind === "text") return { kind: "value", value: next.text };
    if (next?.kind === "number") return { kind: "value", value: Number(next.text) };
    if (next?.kind !== "word") {
      at--;
      throw unexpected();
    }
    expect("(");
    const args: Expression[] = [];
    while (!takes(")")) {
      if (args.length > 0) expect(",");
      args.push(members(primary()));
    }
    return { kind: "call", name: next.text, args };
  }

  function members(of: Expression): Expression {
    if (takes(".")) {
      const name = tokens[at++];
      if (name?.kind !== "word") throw unexpected();
      return members({ kind: "member", of, name: { kind: "value", value: name.text } });
    }
    if (!takes("[")) return of;
    const name = members(primary());
    expect("]");
    return members({ kind: "member", of, name });
  }
}
