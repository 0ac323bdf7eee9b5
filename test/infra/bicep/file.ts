import { readFileSync } from "node:fs";
import { conditional, type Expression, expression, type Reader, readerOf } from "./expressions.ts";
import { tokenize } from "./tokens.ts";

/** A decorator and its argument, e.g. `@allowed([...])`. */
export interface Decorator {
  readonly name: string;
  readonly argument?: Expression;
}

export interface Parameter {
  readonly name: string;
  readonly type: string;
  readonly fallback?: Expression;
  readonly decorators: readonly Decorator[];
}

/** A resource (`of` is type@version) or a module (`of` is its file). */
export interface Declared {
  readonly kind: "resource" | "module";
  readonly name: string;
  readonly of: string;
  readonly existing: boolean;
  readonly body: Expression;
}

/** What a Bicep file declares. */
export interface BicepFile {
  readonly path: string;
  readonly targetScope: string;
  readonly parameters: readonly Parameter[];
  readonly variables: ReadonlyMap<string, Expression>;
  readonly declared: readonly Declared[];
  readonly outputs: readonly { readonly name: string; readonly type: string; readonly value: Expression }[];
}

/** Reads a file; throws with the line where it stops making sense. */
export function readBicep(path: string): BicepFile {
  const reader = readerOf(tokenize(readFileSync(path, "utf8")));
  const file = { targetScope: "resourceGroup", parameters: [], variables: new Map(), declared: [], outputs: [] };
  const made: Draft = { path, ...file };
  let decorators: Decorator[] = [];
  for (reader.skipLines(); reader.peek().kind !== "end"; reader.skipLines()) {
    if (reader.accept("@")) {
      decorators.push(decorator(reader));
      continue;
    }
    try {
      statement(reader, made, decorators);
    } catch (error) {
      throw new Error(`${path}: ${error instanceof Error ? error.message : error}`);
    }
    decorators = [];
  }
  return made;
}

type Draft = { -readonly [K in keyof BicepFile]: BicepFile[K] } & {
  parameters: Parameter[];
  variables: Map<string, Expression>;
  declared: Declared[];
  outputs: { name: string; type: string; value: Expression }[];
};

function decorator(reader: Reader): Decorator {
  const name = reader.take().text;
  reader.expect("(");
  if (reader.accept(")")) return { name };
  const argument = expression(reader);
  reader.expect(")");
  return { name, argument };
}

function statement(reader: Reader, made: Draft, decorators: readonly Decorator[]): void {
  const { text: keyword, line } = reader.take();
  switch (keyword) {
    case "targetScope":
      reader.expect("=");
      made.targetScope = reader.take().text;
      return;
    case "param": {
      const [name, type] = [reader.take().text, reader.take().text];
      const fallback = reader.accept("=") ? { fallback: expression(reader) } : {};
      made.parameters.push({ name, type, decorators, ...fallback });
      return;
    }
    case "var": {
      const name = reader.take().text;
      reader.expect("=");
      made.variables.set(name, expression(reader));
      return;
    }
    case "output": {
      const [name, type] = [reader.take().text, reader.take().text];
      reader.expect("=");
      made.outputs.push({ name, type, value: expression(reader) });
      return;
    }
    case "resource":
    case "module": {
      const [name, of] = [reader.take().text, reader.take().text];
      const existing = reader.accept("existing");
      reader.expect("=");
      made.declared.push({ kind: keyword, name, of, existing, body: conditional(reader) });
      return;
    }
    default:
      throw new Error(`line ${line}: ${keyword} is no statement this reader knows`);
  }
}
