import { chmodSync, existsSync, renameSync, rmSync } from "node:fs";
import { build } from "esbuild";
import { bundleApp } from "./bundle.ts";

// Built aside and put in place whole: a host that runs from here never meets half a build.
const [built, before] = ["dist.new", "dist.old"];
for (const left of [built, before]) rmSync(left, { recursive: true, force: true });
await bundleApp(`${built}/functions/index.cjs`);

/** The command line, with what it only sometimes needs in chunks of its own: `--help` reads none of them. */
await build({
  entryPoints: { goldsmith: "cli/main.ts", action: "cli/action.ts", azureDevOps: "cli/azureDevOps.ts" },
  outdir: `${built}/cli`,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  splitting: true,
  platform: "node",
  format: "esm",
  target: "node22",
  minifySyntax: true,
  // Packages that are CommonJS inside (Entra's library) ask for Node's own modules by `require`.
  banner: {
    js: `#!/usr/bin/env node
import { createRequire as requireOfModule } from "node:module";
const require = requireOfModule(import.meta.url);`,
  },
  logLevel: "warning",
});
chmodSync(`${built}/cli/goldsmith.mjs`, 0o755);
if (existsSync("dist")) renameSync("dist", before);
renameSync(built, "dist");
rmSync(before, { recursive: true, force: true });
