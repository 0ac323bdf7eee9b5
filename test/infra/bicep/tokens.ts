/** One token of Bicep. A text comes with its parts: literal pieces and, between them, the tokens of what is interpolated. */
export type Token =
  | { readonly kind: "word" | "number" | "sign" | "newline" | "end"; readonly text: string; readonly line: number }
  | { readonly kind: "text"; readonly text: string; readonly parts: readonly Part[]; readonly line: number };

export type Part = string | readonly Token[];

const pattern =
  /(?<space>[ \t\r]+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)|(?<newline>\n)|(?<word>[A-Za-z_]\w*)|(?<number>\d+)|(?<quote>')|(?<sign>=>|==|!=|>=|<=|&&|\|\||\?\?|\.\?|[{}[\](),:.=?!<>@+\-*/%])/y;

/** Bicep source as tokens; throws for what this reader does not know (multi-line texts). */
export function tokenize(source: string): Token[] {
  const [tokens] = read(source, 0, false);
  return tokens;
}

function read(source: string, from: number, nested: boolean): [Token[], number] {
  const tokens: Token[] = [];
  let at = from;
  let depth = 0;
  while (at < source.length) {
    pattern.lastIndex = at;
    const groups = pattern.exec(source)?.groups;
    const line = source.slice(0, at).split("\n").length;
    if (!groups) throw new Error(`line ${line}: unexpected ${JSON.stringify(source.slice(at, at + 20))}`);
    at = pattern.lastIndex;
    const { space, newline, word, number, sign } = groups;
    if (space !== undefined) continue;
    if (groups.quote !== undefined) {
      const [parts, end] = readText(source, at, line);
      tokens.push({ kind: "text", text: source.slice(at, end - 1), parts, line });
      at = end;
      continue;
    }
    if (nested && sign === "}" && depth === 0) return [[...tokens, { kind: "end", text: "", line }], at];
    if (sign === "{") depth++;
    if (sign === "}") depth--;
    const kind =
      word !== undefined ? "word" : number !== undefined ? "number" : newline !== undefined ? "newline" : "sign";
    tokens.push({ kind, text: word ?? number ?? newline ?? sign ?? "", line });
  }
  return [[...tokens, { kind: "end", text: "", line: source.split("\n").length }], at];
}

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", "'": "'", "\\": "\\", $: "$" };

function readText(source: string, from: number, line: number): [Part[], number] {
  const parts: Part[] = [];
  let piece = "";
  for (let at = from; at < source.length; at++) {
    const sign = source[at]!;
    if (sign === "'") return [[...parts, piece], at + 1];
    if (sign === "\\") piece += escapes[source[++at] ?? ""] ?? "";
    else if (sign === "$" && source[at + 1] === "{") {
      const [inner, end] = read(source, at + 2, true);
      parts.push(piece, inner);
      piece = "";
      at = end - 1;
    } else if (sign === "\n") break;
    else piece += sign;
  }
  throw new Error(`line ${line}: a text without end`);
}
