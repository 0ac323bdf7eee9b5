import { chmodSync, rmSync } from "node:fs";
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

/** The command line, with what it only sometimes needs in chunks of its own: `--help` reads none of them. */
await build({
  entryPoints: { goldsmith: "cli/main.ts" },
  outdir: "dist/cli",
  outExtension: { ".js": ".mjs" },
  bundle: true,
  splitting: true,
  platform: "node",
  format: "esm",
  target: "node22",
  minifySyntax: true,
  banner: { js: "#!/usr/bin/env node" },
  logLevel: "warning",
});
chmodSync("dist/cli/goldsmith.mjs", 0o755);
