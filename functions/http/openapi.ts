import { z } from "zod";
import type { Settings } from "../../shared/config.ts";
import { named } from "./answers.ts";
import { opening } from "./caller.ts";
import type { Answer, Route } from "./route.ts";

/** A JSON object of the document. */
type Json = Readonly<Record<string, unknown>>;

/** An OpenAPI 3.1 document. */
export interface OpenApi {
  readonly openapi: "3.1.0";
  readonly info: Json;
  readonly servers: readonly Json[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Json>>; readonly securitySchemes: Json };
}

/** How callers show who they are, as this deployment wants it. */
export type Doors = Pick<Settings, "auth" | "issuer">;

/** Describes a route table: the schemas that parse are the schemas that are shown. */
export function openApi(routes: readonly Route[], doors: Doors): OpenApi {
  const schemas = schemasOf(routes);
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    const path = `/${route.path}`;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, schemas, doors) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Goldsmith",
      version: "1",
      summary: "Golden VM images on Azure: plan, grant, build, follow",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/api" }],
    paths,
    components: { schemas: schemas.components, securitySchemes: securitySchemes(doors) },
  };
}

/** The schemas as JSON Schema, and how each is referred to. */
interface Schemas {
  readonly components: Readonly<Record<string, Json>>;
  refer(schema: z.ZodType): Json;
}

/** Names what has a name in `named`; bodies and answers of other routes are named after their route. */
function schemasOf(routes: readonly Route[]): Schemas {
  const names = new Map<z.ZodType, string>();
  for (const [name, schema] of Object.entries(named)) names.set(schema, name);
  for (const { name, body, answers = [] } of routes) {
    if (body && !names.has(body)) names.set(body, `${capital(name)}Body`);
    for (const { schema, status } of answers)
      if (schema && !names.has(schema)) names.set(schema, `${capital(name)}${status}`);
  }
  const registry = z.registry<{ id?: string }>();
  for (const [schema, id] of names) registry.add(schema, { id });
  const made = z.toJSONSchema(registry, { io: "input", unrepresentable: "any", uri: reference }).schemas;
  const components = Object.fromEntries(Object.entries(made).map(([name, schema]) => [name, plain(schema) as Json]));
  return { components, refer: (schema) => ({ $ref: reference(names.get(schema) ?? "") }) };
}

const reference = (name: string) => `#/components/schemas/${name}`;
const capital = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);

function operation(route: Route, schemas: Schemas, doors: Doors): Json {
  return {
    operationId: route.name,
    summary: route.summary,
    security: security(route, doors),
    parameters: [...pathParameters(route), ...queryParameters(route), ...headerParameters(route)],
    ...(route.body ? { requestBody: requestBody(route, route.body, schemas) } : {}),
    responses: responses(route, schemas, doors),
    ...(route.examples ? { "x-examples": route.examples } : {}),
  };
}

function pathParameters({ path, examples = [] }: Route): Json[] {
  return [...path.matchAll(/\{(\w+)[^}]*\}/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
    ...exampleOf(examples.find(({ params, status }) => status < 400 && params?.[name])?.params?.[name]),
  }));
}

function queryParameters({ query, examples = [] }: Route): Json[] {
  if (!query) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(query, { io: "input", unrepresentable: "any" });
  return Object.entries(properties)
    .filter(([name]) => name !== "code")
    .map(([name, schema]) => ({
      name,
      in: "query",
      ...(required.includes(name) ? { required: true } : {}),
      schema: plain(schema),
      ...exampleOf(typed(examples.find((one) => one.status < 400 && one.query?.[name])?.query?.[name], schema)),
    }));
}

const headerParameters = ({ headers = {} }: Route): Json[] =>
  Object.entries(headers).map(([name, description]) => ({
    name,
    in: "header",
    description,
    schema: { type: "string" },
  }));

/** In an address everything is text; the example is of the parameter's own type. */
const typed = (text: string | undefined, schema: unknown) =>
  text !== undefined && (schema as Json).type === "integer" ? Number(text) : text;

const exampleOf = (value: string | number | undefined): Json => (value === undefined ? {} : { example: value });

function requestBody({ examples = [] }: Route, body: z.ZodType, schemas: Schemas): Json {
  const shown = examples.filter((example) => example.body !== undefined && example.status < 400);
  const named = Object.fromEntries(
    shown.map(({ title, body: value }) => [exampleName(title), { summary: title, value }]),
  );
  return {
    required: true,
    content: {
      "application/json": { schema: schemas.refer(body), ...(shown.length > 0 ? { examples: named } : {}) },
    },
  };
}

/** Keys in OpenAPI take letters, digits, `.`, `_` and `-`. */
const exampleName = (title: string) => title.toLowerCase().replace(/[^a-z0-9]+/g, "-");

function responses(route: Route, schemas: Schemas, { auth }: Doors): Json {
  const own = route.answers ?? [{ status: 200, means: "Done" }];
  const said = new Set(own.map(({ status }) => status));
  const usual = usualAnswers(route, auth).filter(({ status }) => !said.has(status));
  const all = [...own, ...usual].sort((a, b) => a.status - b.status);
  return Object.fromEntries(all.map((answer) => [String(answer.status), response(answer, schemas)]));
}

function response({ status, means, schema, type, headers }: Answer, schemas: Schemas): Json {
  const shape = schema ?? (status >= 400 && type === undefined && status !== 401 ? named.Problem : undefined);
  const mediaType = type ?? (status >= 400 && !schema ? "application/problem+json" : "application/json");
  const listed = Object.entries(headers ?? {}).map(([name, description]) => [
    name,
    { description, schema: { type: "string" } },
  ]);
  return {
    description: means,
    ...(listed.length > 0 ? { headers: Object.fromEntries(listed) } : {}),
    ...(shape
      ? { content: { [mediaType]: { schema: schemas.refer(shape) } } }
      : type
        ? { content: { [type]: {} } }
        : {}),
  };
}

/** What `serve` and the host say for every route (`serve.ts`). */
function usualAnswers({ role, body, query, path }: Route, auth: Doors["auth"]): Answer[] {
  const parsed = body || query ? [{ status: 400, means: "The request is not what this route takes" }] : [];
  const closed = role === "anyone" ? [] : closedDoor[auth];
  const missing = path.includes("{") ? [{ status: 404, means: "There is nothing of that id" }] : [];
  const long = body ? [{ status: 413, means: "The body is longer than 512 KB" }] : [];
  return [...parsed, ...closed, ...missing, ...long, { status: 503, means: "Not answered right now; ask again" }];
}

/** Without what belongs to whole documents only; a date-time says enough without its pattern. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const { $schema: _, $id: __, ...rest } = value as Record<string, unknown>;
  if (rest.format === "date-time") delete rest.pattern;
  if (rest.maximum === Number.MAX_SAFE_INTEGER) delete rest.maximum;
  if (rest.minimum === Number.MIN_SAFE_INTEGER) delete rest.minimum;
  return Object.fromEntries(Object.entries(rest).map(([key, inner]) => [key, plain(inner)]));
}

const closedDoor: Readonly<Record<Doors["auth"], readonly Answer[]>> = {
  keys: [{ status: 401, means: "No function key, or a wrong one; the host answers it, without a body" }],
  entra: [
    { status: 401, means: "No token, or none that App Service accepts; it answers, without a body" },
    { status: 403, means: "The caller lacks the app role, or the role does not hold for what is asked" },
  ],
};

/** Each entry opens by itself. Beside a token OpenAPI 3.1 lets the entry name the app role that it must carry. */
function security({ role }: Route, { auth }: Doors): Json[] {
  if (role === "anyone") return [];
  if (auth === "entra") return opening[role].map((appRole) => ({ entra: [appRole] }));
  return [{ functionKey: [] }, { functionKeyInQuery: [] }];
}

const token =
  "A token of the tenant for this API, with one of the app roles that the operation names, or one limited to places (Builder.web)";

function securitySchemes({ auth, issuer }: Doors): Json {
  if (auth === "keys")
    return {
      functionKey: { type: "apiKey", in: "header", name: "x-functions-key" },
      functionKeyInQuery: { type: "apiKey", in: "query", name: "code", description: "For what cannot send headers" },
    };
  if (issuer === undefined)
    return { entra: { type: "http", scheme: "bearer", bearerFormat: "JWT", description: token } };
  const openIdConnectUrl = `${issuer}/.well-known/openid-configuration`;
  return { entra: { type: "openIdConnect", openIdConnectUrl, description: token } };
}
