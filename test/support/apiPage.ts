import type { OpenApi } from "../../functions/http/openapi.ts";
import type { Example } from "../../functions/http/route.ts";

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly security: readonly object[];
  readonly parameters: readonly { name: string; in: string; description?: string; required?: boolean; schema: Json }[];
  readonly requestBody?: { readonly content: { readonly "application/json": { readonly schema: Json } } };
  readonly responses: Readonly<Record<string, Response>>;
  readonly "x-examples"?: readonly Example[];
}
interface Response {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly description: string }>>;
  readonly content?: Readonly<Record<string, { readonly schema?: Json }>>;
}
type Json = Readonly<Record<string, unknown>>;

/** The page about the API, from its contract alone. */
export function apiPage(document: OpenApi): string {
  const parts = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]) => section(method, path, one as unknown as Operation)),
  );
  const shapes = Object.entries(document.components.schemas).map(([name, schema]) => shape(name, schema));
  return `${intro}\n${parts.join("\n")}\n## Shapes\n\n${shapes.join("\n")}`;
}

const intro = `# HTTP API

Made from the route table by \`UPDATE_DOCS=1 npx jest test/functions/http/openapi.test.ts\`; do not edit. The same as OpenAPI 3.1:
\`GET /api/openapi.json\`. Every example below is sent to the app by that test and answered with the status named.

All paths are below \`/api\`. Routes marked with a key take a function key in the header \`x-functions-key\`. Everything that goes wrong is answered
as \`application/problem+json\` (RFC 9457) with \`code\`, \`title\` and \`fix\`.

Send an \`Idempotency-Key\` along with what starts something, and ask again with the same key where an answer got lost: the same key and body to the same
path is the same build, audit, undo …, begun once; another body is refused (422). A refused request leaves its key free.
`;

function section(method: string, path: string, operation: Operation): string {
  const key = operation.security.length > 0 ? " (key)" : "";
  const lines = [`## ${method.toUpperCase()} ${path}${key}`, "", `${operation.summary}.`, ""];
  if (operation.parameters.length > 0)
    lines.push("| parameter | in | takes |", "|---|---|---|", ...operation.parameters.map(parameter), "");
  if (operation.requestBody)
    lines.push(`Body: ${linked(operation.requestBody.content["application/json"].schema)}.`, "");
  lines.push("| status | means | body |", "|---|---|---|");
  for (const [status, response] of Object.entries(operation.responses)) lines.push(answer(status, response));
  lines.push("");
  for (const example of operation["x-examples"] ?? []) lines.push(...shown(method, path, example));
  return lines.join("\n");
}

const parameter = ({ name, in: where, description, required, schema }: Operation["parameters"][number]) =>
  `| \`${name}\`${required ? " (required)" : ""} | ${where} | ${description ?? cell(typeOf(schema))} |`;

function answer(status: string, { description, content, headers }: Response): string {
  const [[type, { schema }] = ["", { schema: undefined }]] = Object.entries(content ?? {});
  const said = Object.entries(headers ?? {}).map(([name, header]) => `; header \`${name}\`: ${header.description}`);
  return `| ${status} | ${description}${said.join("")} | ${schema ? linked(schema) : type} |`;
}

function shown(method: string, path: string, { title, params, query, headers, body, status }: Example): string[] {
  const filled = path.replace(/\{(\w+)[^}]*\}/g, (_, name: string) => params?.[name] ?? "");
  const search = query ? `?${new URLSearchParams({ ...query })}` : "";
  const lines = [`${method.toUpperCase()} /api${filled}${search}`];
  for (const [name, value] of Object.entries(headers ?? {})) lines.push(`${name}: ${value}`);
  if (body !== undefined) lines.push("content-type: application/json", "", JSON.stringify(body, null, 2));
  return [`${title} (${status}):`, "", "```http", ...lines, "```", ""];
}

function shape(name: string, schema: Json): string {
  const properties = (schema.properties ?? {}) as Record<string, Json>;
  const required = (schema.required ?? []) as string[];
  const head = [`### ${name}`, "", ...(schema.description ? [`${schema.description}.`, ""] : [])];
  if (Object.keys(properties).length === 0) return [...head, `${cell(typeOf(schema))}`, ""].join("\n");
  const rows = Object.entries(properties).map(
    ([field, one]) =>
      `| \`${field}\`${required.includes(field) ? "" : " ?"} | ${cell(typeOf(one))} | ${one.description ?? ""} |`,
  );
  return [...head, "| field | type | |", "|---|---|---|", ...rows, ""].join("\n");
}

const cell = (text: string) => text.replaceAll("|", "\\|");

function linked(schema: Json): string {
  const name = String(schema.$ref ?? "")
    .split("/")
    .at(-1);
  return name ? `[${name}](#${name.toLowerCase()})` : cell(typeOf(schema));
}

function typeOf(schema: Json): string {
  if (schema.$ref) return linked(schema);
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (Array.isArray(schema.enum)) return schema.enum.map((one) => `\`${one}\``).join(", ");
  const several = (schema.oneOf ?? schema.anyOf) as Json[] | undefined;
  if (several && !schema.properties) return several.map(typeOf).join(" or ");
  if (schema.type === "array") return `list of ${typeOf((schema.items ?? {}) as Json)}`;
  if (schema.type === "object" && schema.properties) return `{ ${fields(schema)} }`;
  return [schema.type ?? "anything", schema.format].filter(Boolean).join(", ");
}

function fields(schema: Json): string {
  const required = (schema.required ?? []) as string[];
  return Object.entries(schema.properties as Record<string, Json>)
    .map(([name, one]) => `${name}${required.includes(name) ? "" : "?"}: ${typeOf(one)}`)
    .join("; ");
}
