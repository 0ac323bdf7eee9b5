/** A condition of a role assignment (version 2.0), read into a tree. */
export type Condition =
  | { readonly kind: "or" | "and"; readonly parts: readonly Condition[] }
  | { readonly kind: "not"; readonly part: Condition }
  | { readonly kind: "actionMatches" | "subOperationMatches"; readonly patterns: readonly string[] }
  | { readonly kind: "exists"; readonly attribute: Attribute }
  | {
      readonly kind: "compare";
      readonly attribute: Attribute;
      readonly quantifier: Quantifier | undefined;
      readonly operator: string;
      readonly values: readonly string[];
    };

/** E.g. `@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId]`. */
export interface Attribute {
  readonly source: "request" | "resource" | "principal" | "environment";
  readonly name: string;
}

export type Quantifier = "foranyofanyvalues" | "forallofanyvalues" | "foranyofallvalues" | "forallofallvalues";

const token = /\s*(?:(&&|\|\||[(){},!])|@(\w+)\[([^\]]+)\]|'((?:[^'\\]|\\.)*)'|([\w.:/*-]+))/y;

interface Token {
  readonly kind: "sign" | "attribute" | "text" | "word";
  readonly text: string;
  readonly source?: string;
}

/** Reads a condition; throws an Error that says where it stops making sense. Grammar: rbac-network-arm.md §3.1. */
export function parseCondition(text: string): Condition {
  const tokens = tokenize(text);
  let at = 0;
  const condition = either();
  if (at < tokens.length) throw new Error(`unexpected '${tokens[at]?.text}'`);
  return condition;

  function either(): Condition {
    return chain("or", both, (one) => one.text === "||" || (one.kind === "word" && one.text.toUpperCase() === "OR"));
  }

  function both(): Condition {
    return chain(
      "and",
      negation,
      (one) => one.text === "&&" || (one.kind === "word" && one.text.toUpperCase() === "AND"),
    );
  }

  function chain(kind: "or" | "and", part: () => Condition, joins: (one: Token) => boolean): Condition {
    const parts = [part()];
    for (let next = tokens[at]; next && next.kind !== "text" && joins(next); next = tokens[at]) {
      at++;
      parts.push(part());
    }
    return parts.length === 1 ? parts[0]! : { kind, parts };
  }

  function negation(): Condition {
    const next = tokens[at];
    if (next?.text === "!" || (next?.kind === "word" && next.text.toUpperCase() === "NOT")) {
      at++;
      return { kind: "not", part: negation() };
    }
    return primary();
  }

  function primary(): Condition {
    const next = take();
    if (next.text === "(" && next.kind === "sign") {
      const inner = either();
      expect(")");
      return inner;
    }
    if (next.kind === "attribute") return comparison(attributeOf(next));
    if (next.kind === "word" && next.text === "ActionMatches") return { kind: "actionMatches", patterns: set() };
    if (next.kind === "word" && next.text === "SubOperationMatches")
      return { kind: "subOperationMatches", patterns: set() };
    if (next.kind === "word" && next.text === "Exists") return { kind: "exists", attribute: attributeOf(take()) };
    throw new Error(`unexpected '${next.text}'`);
  }

  function comparison(attribute: Attribute): Condition {
    const [operator = "", quantifier] = take().text.split(":").reverse();
    if (!operators.has(operator)) throw new Error(`unknown operator '${operator}'`);
    if (quantifier !== undefined && !quantifiers.has(quantifier.toLowerCase()))
      throw new Error(`unknown quantifier '${quantifier}'`);
    const values = tokens[at]?.text === "{" ? set() : [take().text];
    return {
      kind: "compare",
      attribute,
      quantifier: quantifier?.toLowerCase() as Quantifier | undefined,
      operator,
      values,
    };
  }

  function set(): readonly string[] {
    expect("{");
    const values = [take().text];
    while (tokens[at]?.text === ",") {
      at++;
      values.push(take().text);
    }
    expect("}");
    return values;
  }

  function take(): Token {
    const next = tokens[at++];
    if (!next) throw new Error("unexpected end");
    return next;
  }

  function expect(sign: string): void {
    const next = take();
    if (next.kind !== "sign" || next.text !== sign) throw new Error(`expected '${sign}', found '${next.text}'`);
  }
}

const quantifiers = new Set(["foranyofanyvalues", "forallofanyvalues", "foranyofallvalues", "forallofallvalues"]);
const operators = new Set([
  ...["BoolEquals", "BoolNotEquals", "GuidEquals", "GuidNotEquals"],
  ...["Equals", "StartsWith", "Like"].flatMap((name) => [`String${name}`, `StringNot${name}`]),
  ...["Equals", "StartsWith", "Like"].flatMap((name) => [`String${name}IgnoreCase`, `StringNot${name}IgnoreCase`]),
  ...["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"].flatMap((name) => [
    `Numeric${name}`,
    `DateTime${name}`,
  ]),
]);

function attributeOf(one: Token): Attribute {
  const source = one.source?.toLowerCase();
  if (source === "request" || source === "resource" || source === "principal" || source === "environment")
    return { source, name: one.text };
  throw new Error(`unknown attribute source in '${one.text}'`);
}

function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  token.lastIndex = 0;
  const end = text.trimEnd().length;
  while (token.lastIndex < end) {
    const start = token.lastIndex;
    const match = token.exec(text);
    if (!match) throw new Error(`unexpected character at ${start}`);
    const [, sign, source, attribute, quoted, word] = match;
    if (sign !== undefined) tokens.push({ kind: "sign", text: sign });
    else if (attribute !== undefined) tokens.push({ kind: "attribute", text: attribute, source: source ?? "" });
    else if (quoted !== undefined) tokens.push({ kind: "text", text: quoted });
    else tokens.push({ kind: "word", text: word ?? "" });
  }
  return tokens;
}
