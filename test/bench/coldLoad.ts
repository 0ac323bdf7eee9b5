import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Metafile } from "esbuild";
import { bundleApp } from "../../local/bundle.ts";

/** What a new instance loads, and the zip it comes in. */
export interface ColdLoad {
  /** Time to load the entry that is deployed, divided by the time to load its packages eagerly and unbundled; median of pairs. */
  readonly ratio: number;
  /** Milliseconds of either, medians. */
  readonly entryMs: number;
  readonly packagesMs: number;
  readonly packageMB: number;
  /** What the bundle is made of, the heaviest first. */
  readonly weights: readonly { readonly name: string; readonly kB: number }[];
}

const pairs = 9;

/** Makes the package, then loads it and what it is made of in turn, in processes of their own. */
export async function measureColdLoad(): Promise<ColdLoad> {
  const directory = mkdtempSync(join(tmpdir(), "package-"));
  try {
    execFileSync(process.execPath, ["--disable-warning=ExperimentalWarning", "local/package.ts", "--out", directory], {
      stdio: "ignore",
    });
    const options = { minifyWhitespace: true, minifySyntax: true, sourcemap: false };
    const metas = await bundleApp(join(directory, "meta.cjs"), options);
    const entry = join(directory, "app/dist/functions/index.cjs");
    const loadEntry = loader(directory, "entry", `require(${JSON.stringify(entry)});`);
    const packages = [...new Set(metas.flatMap(packagesOf))]
      .sort()
      .map((name) => `await import(${JSON.stringify(name)});`);
    const loadPackages = loader(resolve("dist"), "packages", packages.join("\n"));
    const taken = Array.from({ length: pairs + 1 }, () => [timeOf(loadEntry), timeOf(loadPackages)] as const).slice(1);
    return {
      ratio: median(taken.map(([own, all]) => own / all)),
      entryMs: median(taken.map(([own]) => own)),
      packagesMs: median(taken.map(([, all]) => all)),
      packageMB: statSync(join(directory, "goldsmith.zip")).size / 2 ** 20,
      weights: weightsOf(metas),
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** A program that loads something under a host that supplies its module, and prints how long that took. */
function loader(directory: string, name: string, load: string): string {
  const file = join(directory, `load-${name}.mjs`);
  writeFileSync(
    file,
    `import { createRequire, registerHooks } from "node:module";
const require = createRequire(import.meta.url);

const source = "const any = new Proxy(function () {}, { get: (_, key) => key === Symbol.toPrimitive ? () => '' : any, apply: () => any, construct: () => any }); module.exports = any;";
registerHooks({
  resolve: (name, context, next) => name === "@azure/functions-core" ? { url: "goldsmith:core", format: "commonjs", shortCircuit: true } : next(name, context),
  load: (url, context, next) => url === "goldsmith:core" ? { format: "commonjs", source, shortCircuit: true } : next(url, context),
});

const began = performance.now();
${load}
process.stdout.write(String(performance.now() - began));
process.exit(0);
`,
  );
  return file;
}

function timeOf(program: string): number {
  return Number(execFileSync(process.execPath, ["--no-warnings", program], { env: environment(), encoding: "utf8" }));
}

/** What the entry needs to be loaded: settings of nobody's subscription. */
function environment(): NodeJS.ProcessEnv {
  const subscription = "00000000-0000-0000-0000-000000000000";
  return {
    ...process.env,
    AzureWebJobsStorage: "UseDevelopmentStorage=true",
    GOLDSMITH_ENVIRONMENT: "bench",
    GOLDSMITH_ROLE_SUBSCRIPTION: subscription,
    GOLDSMITH_FENCE: `/subscriptions/${subscription}`,
  };
}

/** Packages that files of the app import, by the name they are imported with. */
function packagesOf({ inputs }: Metafile): readonly string[] {
  const own = Object.entries(inputs).filter(([file]) => !file.includes("node_modules/"));
  const names = own.flatMap(([, { imports }]) =>
    imports.filter(({ path }) => path.includes("node_modules/")).flatMap(({ original }) => original ?? []),
  );
  return names;
}

/** Kilobytes of the bundle by package; the app's own files together. */
function weightsOf(metas: readonly Metafile[]): ColdLoad["weights"] {
  const sizes = new Map<string, number>();
  for (const { inputs } of metas.flatMap(({ outputs }) => Object.values(outputs)))
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      const [, inside] = file.split(/.*node_modules\//);
      const name = inside ? (/^(@[^/]+\/)?[^/]+/.exec(inside)?.[0] ?? inside) : (file.split("/")[0] ?? file);
      sizes.set(name, (sizes.get(name) ?? 0) + bytesInOutput);
    }
  return [...sizes].map(([name, bytes]) => ({ name, kB: Math.round(bytes / 1024) })).sort((a, b) => b.kB - a.kB);
}
