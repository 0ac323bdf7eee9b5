import { type BuildOptions, build } from "esbuild";
import { pageFiles } from "./page.ts";

/**
 * Bundles the app as it is deployed: one CommonJS file, source map beside it. `@azure/functions-core` is the module that
 * the host supplies; `import()` inside the bundle stays lazy, so SDKs are evaluated when first used.
 * The page lies in it as text.
 */
export async function bundleApp(outfile: string, more: BuildOptions = {}): Promise<void> {
  await build({
    entryPoints: ["functions/index.ts"],
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    mainFields: ["module", "main"],
    conditions: ["import", "node"],
    external: ["@azure/functions-core"],
    sourcemap: "linked",
    logLevel: "warning",
    define: { PAGE_FILES: JSON.stringify(pageFiles()) },
    ...more,
  });
}
