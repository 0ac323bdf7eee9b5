import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** Which folders may use which at run time. `import type` is free: it leaves no trace. The most exact folder rules. */
const may: Readonly<Record<string, readonly RegExp[]>> = {
  "shared/decide": [/^shared\/(decide\/|problem)/, /^infra\/roles\.json$/, /^node:crypto$/, /^(ipaddr\.js|croner)$/],
  "shared/azure": [
    /^shared\/(azure|decide)\//,
    /^shared\/(problem|identity|telemetry)/,
    /^node:/,
    /^@azure\//,
    /^zod$/,
  ],
  "shared/store": [/^shared\/store\//, /^shared\/(problem|build|verification)/, /^node:/, /^@azure\//],
  "shared/notify": [
    /^shared\/(notify|decide)\//,
    /^shared\/problem/,
    /^node:/,
    /^@azure\//,
    /^(standardwebhooks|ipaddr\.js)$/,
  ],
  shared: [/^shared\//, /^node:/, /^@azure\//, /^(zod|ipaddr\.js|@opentelemetry\/api)$/],
  orchestrations: [/^orchestrations\//, /^shared\/(decide\/|problem|build)/, /^durable-functions$/],
  "functions/http/page": [
    /^functions\/http\/(page\/|contract\.ts)/,
    /^shared\/(decide\/|build|delivery)/,
    /^(preact|preact\/hooks|htm)$/,
  ],
  "functions/telemetry": [/^(functions\/telemetry|shared)\//, /^@azure\//, /^@opentelemetry\//, /^package\.json$/],
  functions: [/^(functions|orchestrations|shared)\//, /^node:/, /^@azure\/functions$/, /^(durable-functions|zod)$/],
  local: [/^(local|shared\/(decide|build|problem)|infra)/, /^node:/, /^[^.]/],
};

/** What would give another answer on a replay. */
const unsteady =
  /\bDate\.now\(|\bnew Date\(\)|Math\.random|process\.env|\bawait\b|\bsetTimeout\b|\bfetch\(|randomUUID|\byield\b(?!\*)/;

const files = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => `${folder}/${name}`);

const code = (path: string) => readFileSync(path, "utf8").replace(/\/\*[\s\S]*?\*\/|(?<![:"'`])\/\/.*$/gm, "");

const rulesFor = (path: string) => {
  const folders = Object.keys(may).filter((folder) => path.startsWith(`${folder}/`));
  return may[folders.sort((a, b) => b.length - a.length)[0] ?? ""] ?? [];
};

/** What a file imports at run time, as paths from the root or names of packages. */
function imports(path: string): string[] {
  const statements = code(path).matchAll(
    /^(?:import|export) (?!type\b)(?:[^;]*? from )?"([^"]+)"|import\("([^"]+)"\)/gms,
  );
  return [...statements].map(([, from, late]) => {
    const target = from ?? late ?? "";
    return target.startsWith(".") ? relative(".", join(dirname(path), target)) : target;
  });
}

describe.each(["shared", "orchestrations", "functions", "local"])("%s", (folder) => {
  test("imports only what it may", () => {
    const strays = files(folder).flatMap((path) =>
      imports(path)
        .filter((target) => !rulesFor(path).some((rule) => rule.test(target)))
        .map((target) => `${path} imports ${target}`),
    );
    expect(strays).toEqual([]);
  });
});

test("nothing of the app knows that an emulator exists", () => {
  const app = ["functions", "orchestrations", "shared"].flatMap(files);
  expect(app.filter((path) => /local\/(azure|host)|emulat|azurite|localhost:7443/i.test(code(path)))).toEqual([]);
});

test.each(["orchestrations", "shared/decide"])("%s gives the same answer on every replay", (folder) => {
  const where = files(folder).filter((path) => path !== "orchestrations/durable.ts");
  expect(where.filter((path) => unsteady.test(code(path)))).toEqual([]);
});

test("the rules would notice a stray import", () => {
  expect(rulesFor("orchestrations/x.ts").some((rule) => rule.test("functions/activities/index.ts"))).toBe(false);
  expect(unsteady.test("const now = Date.now();")).toBe(true);
  expect(unsteady.test("const x = yield task;")).toBe(true);
});
