import { dirname, join, relative } from "node:path";
import { type BuildOptions, build, type Metafile, type Plugin } from "esbuild";
import { pageFiles } from "./page.ts";

/** The file beside the entry that holds the packages which are loaded when first used. */
export const lazyFile = "lazy.cjs";

/**
 * Bundles the app as it is deployed: a CommonJS file with what every start needs, and beside it one with the packages that the
 * app asks for by `import()` (Azure's SDKs), so that a new instance does not even read them before they are needed. Source maps
 * beside them. `@azure/functions-core` is the module that the host supplies. The page lies in the entry as text. Answers what the
 * files are made of.
 */
export async function bundleApp(outfile: string, more: BuildOptions = {}): Promise<readonly Metafile[]> {
  const lazy = new Set<string>();
  const options: BuildOptions = {
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    mainFields: ["module", "main"],
    conditions: ["import", "node"],
    external: ["@azure/functions-core"],
    sourcemap: "linked",
    logLevel: "warning",
    ...more,
  };
  const define = { PAGE_FILES: JSON.stringify(pageFiles()) };
  const plugins = [apart(lazy), english];
  const own = await build({
    ...options,
    entryPoints: ["functions/index.ts"],
    outfile,
    define,
    plugins,
    metafile: true,
  });
  const contents = `module.exports = { ${[...lazy].sort().map(getter).join(", ")} };`;
  const stdin = { contents, resolveDir: process.cwd(), sourcefile: lazyFile };
  const later = await build({ ...options, stdin, outfile: join(dirname(outfile), lazyFile), metafile: true });
  return [own.metafile, later.metafile];
}

const getter = (name: string) => `${JSON.stringify(name)}: () => require(${JSON.stringify(name)})`;

/** Of the languages that zod says its errors in, the one that is used. */
const english: Plugin = {
  name: "english",
  setup: ({ onLoad }) =>
    onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: 'export { default as en } from "./en.js";',
    })),
};

/** What the app's own files import when they need it goes into the other file: packages, and files of the app that bring some. */
function apart(found: Set<string>): Plugin {
  return {
    name: "apart",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /./ }, ({ kind, path, importer, resolveDir }) => {
        if (kind !== "dynamic-import" || importer.includes("/node_modules/")) return undefined;
        const name = path.startsWith(".") ? `./${relative(process.cwd(), join(resolveDir, path))}` : path;
        found.add(name);
        return { path: name, namespace: "apart" };
      });
      onResolve({ filter: /./, namespace: "apart" }, ({ path }) => ({ path, external: true }));
      onLoad({ filter: /./, namespace: "apart" }, ({ path }) => ({
        contents: `module.exports = require(${JSON.stringify(`./${lazyFile}`)})[${JSON.stringify(path)}]();`,
      }));
    },
  };
}
