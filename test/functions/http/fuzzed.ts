import fc from "fast-check";
import type { OpenApi } from "../../../functions/http/openapi.ts";

/** A request as it goes over the wire. */
export interface Fuzzed {
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

type Json = Readonly<Record<string, unknown>>;
interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: Json;
}
interface Operation {
  readonly operationId: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Json }>> };
}

const deepest = 4;
const nasty = [
  "",
  ".",
  "..",
  "../..",
  "%",
  "%00",
  "\u0000",
  "\ud800",
  "null",
  "-1",
  "1e309",
  "__proto__",
  "constructor",
  "' or 1 eq 1",
  "a/b",
  "a\\b",
  "{{7*7}}",
  "<script>",
  "\r\nx-injected: 1",
  "x".repeat(2_000),
  "𝕏",
];

/** Requests to every operation of a document: after its schemas, near them, and far from them; `known` are values that exist. */
export function requestsTo(document: OpenApi, known: readonly string[]): fc.Arbitrary<Fuzzed> {
  const word = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...known) },
    { weight: 3, arbitrary: fc.constantFrom(...nasty) },
    { weight: 2, arbitrary: fc.string({ maxLength: 40, unit: "binary" }) },
    { weight: 1, arbitrary: fc.string({ maxLength: 20 }) },
  );
  const after = (schema: Json, depth = 0): fc.Arbitrary<unknown> =>
    fc.oneof(
      { weight: 12, arbitrary: bySchema(schema, depth) },
      { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
    );
  const bySchema = (schema: Json, depth: number): fc.Arbitrary<unknown> => {
    const name = String(schema.$ref ?? "")
      .split("/")
      .at(-1);
    const named = name ? document.components.schemas[name] : undefined;
    if (named) return depth > deepest ? fc.constant(null) : bySchema(named, depth + 1);
    if (schema.const !== undefined) return fc.constant(schema.const);
    if (Array.isArray(schema.enum)) return fc.constantFrom(...(schema.enum as unknown[]));
    const several = (schema.oneOf ?? schema.anyOf) as Json[] | undefined;
    if (several) return fc.oneof(...several.map((one) => after(one, depth + 1)));
    if (schema.type === "string") return word;
    if (schema.type === "integer" || schema.type === "number") return fc.oneof(fc.integer(), fc.double());
    if (schema.type === "boolean") return fc.boolean();
    if (schema.type === "array") return fc.array(after((schema.items ?? {}) as Json, depth + 1), { maxLength: 3 });
    if (schema.type !== "object" || depth > deepest) return fc.jsonValue({ maxDepth: 1 });
    const properties = Object.entries((schema.properties ?? {}) as Record<string, Json>);
    const fields = Object.fromEntries(properties.map(([field, one]) => [field, after(one, depth + 1)]));
    return fc
      .record(fields, { requiredKeys: [] })
      .chain((made) => fc.constantFrom(made, made, made, { ...made, odd: 1 }));
  };
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, ...(operation as unknown as Operation) })),
  );
  return fc.oneof(...operations.map((operation) => request(operation, word, after)));
}

type Of = (schema: Json) => fc.Arbitrary<unknown>;

function request(
  operation: Operation & { readonly path: string; readonly method: string },
  word: fc.Arbitrary<string>,
  after: Of,
): fc.Arbitrary<Fuzzed> {
  const { path, method, parameters, requestBody, operationId } = operation;
  const inPath = parameters.filter((one) => one.in === "path");
  const inQuery = parameters.filter((one) => one.in === "query" && one.name !== "wait");
  const schema = Object.values(requestBody?.content ?? {})[0]?.schema;
  // A wait is kept short: it is no hang.
  const waits = parameters.some((one) => one.name === "wait") ? { wait: fc.constantFrom("0", "0", "-1", "x") } : {};
  return fc
    .record({
      places: fc.tuple(...inPath.map(() => word)),
      query: fc.record(
        {
          ...Object.fromEntries(inQuery.map((one) => [one.name, fc.oneof(word, after(one.schema).map(String))])),
          odd: word,
        },
        { requiredKeys: [] },
      ),
      waits: fc.record(waits),
      headers: fc.record(
        {
          "if-none-match": fc.constantFrom("*", '""', '"x", W/"y"', "x".repeat(500)),
          "idempotency-key": fc
            .string({ minLength: 1, maxLength: 30 })
            .map((text) => text.replace(/[^ -~]/g, "_").trim() || "k"),
          prefer: fc.constantFrom("wait=0", "wait=-1", "wait=abc", 'respond-async, wait="0"'),
          "last-event-id": fc.constantFrom("0", "-5", "99999999999", "NaN", "1e400", "x"),
          accept: fc.constantFrom("text/csv", "text/markdown", "*/*", "nothing", "application/json"),
          "content-type": fc.constantFrom("application/json", "text/plain", "multipart/form-data", ""),
          "x-ms-client-principal": fc.constantFrom("e30=", "%%%", "x".repeat(300)),
        },
        { requiredKeys: [] },
      ),
      body: fc.oneof(
        { weight: 6, arbitrary: schema ? after(schema).map((value) => JSON.stringify(value)) : fc.constant(undefined) },
        {
          weight: 1,
          arbitrary: fc.constantFrom(
            "",
            "{",
            "[]",
            "null",
            '{"a":1,"a":2}',
            "\u0000",
            '{"__proto__":{"x":1}}',
            "[".repeat(5_000),
          ),
        },
      ),
    })
    .map(({ places, query, waits: waiting, headers, body }) => {
      let n = 0;
      const filled = path.replace(/\{[^}]+\}/g, () => encoded(places[n++] ?? "x"));
      const search = Object.entries({ ...query, ...waiting }).map(
        ([name, value]) => `${name}=${encoded(String(value))}`,
      );
      return {
        operation: operationId,
        method: method.toUpperCase(),
        path: `/api${filled}${search.length > 0 ? `?${search.join("&")}` : ""}`,
        headers,
        ...(body === undefined || method === "get" ? {} : { body }),
      };
    });
}

/** As a client would write it; what cannot be written is left as it is, where the wire allows it. */
function encoded(text: string): string {
  return text.isWellFormed() ? encodeURIComponent(text) : text.replace(/[^!-~]/g, "%FF");
}
