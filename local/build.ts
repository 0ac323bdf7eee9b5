import { rmSync } from "node:fs";
import { build } from "esbuild";

/**
 * Bundles the app as it is deployed: one CommonJS file, source map beside it. `@azure/functions-core` is the module that
 * the host supplies; `import()` inside the bundle stays lazy, so SDKs are evaluated when first used.
 */
rmSync("dist", { recursive: true, force: true });
await build({
  entryPoints: ["functions/index.ts"],
  outfile: "dist/functions/index.cjs",
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node22",
  mainFields: ["module", "main"],
  conditions: ["import", "node"],
  external: ["@azure/functions-core"],
  sourcemap: "linked",
  logLevel: "warning",
});
