import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Command, Option } from "commander";
import { zipSync } from "fflate";
import { bundleApp, lazyFile } from "./bundle.ts";

const bundle = "dist/functions/index.cjs";
const bundles = [bundle, `dist/functions/${lazyFile}`];

/** Where Durable Functions keeps its state, as host.json says it. */
const backends = {
  AzureManaged: { type: "azureManaged", connectionStringName: "DURABLE_TASK_SCHEDULER_CONNECTION_STRING" },
  AzureStorage: { type: "AzureStorage" },
} as const;

type Backend = keyof typeof backends;
type Json = { readonly [name: string]: Json };

const program = new Command("package")
  .description("Makes the zip that is deployed: goldsmith.zip, what is in it as a folder, and the source map apart.")
  .addOption(new Option("--durable <backend>", "as in infra/").choices(Object.keys(backends)).default("AzureManaged"))
  .option("--out <directory>", "where it goes", "dist/package")
  .parse();
const { durable, out } = program.opts<{ durable: Backend; out: string }>();

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Json & { version: string };
const app = join(out, "app");
rmSync(out, { recursive: true, force: true });
// Names stay as they are: minified ones save little here and make stack traces unreadable where there is no source map.
await bundleApp(join(app, bundle), { minifyWhitespace: true, minifySyntax: true, sourcemap: "external" });
for (const file of bundles) renameSync(join(app, `${file}.map`), join(out, `${basename(file)}.map`));

const files: Record<string, Uint8Array> = {
  "host.json": text(hostJson()),
  "package.json": text({
    name: manifest.name,
    version: manifest.version,
    private: true,
    main: bundle,
    engines: manifest.engines,
  }),
};
for (const [name, content] of Object.entries(files)) writeFileSync(join(app, name), content);
for (const file of bundles) files[file] = readFileSync(join(app, file));
// The same sources make the same bytes: a zip keeps local times from 1980 on.
const zip = zipSync(files, { level: 9, mtime: new Date(1980, 0, 1) });
mkdirSync(dirname(join(out, "goldsmith.zip")), { recursive: true });
writeFileSync(join(out, "goldsmith.zip"), zip);
console.log(`${join(out, "goldsmith.zip")}  ${(zip.length / 1e6).toFixed(2)} MB  durable: ${durable}`);

/** host.json of the repository with the backend, and with the release as version, so that what was begun by an older one is known as such. */
function hostJson(): unknown {
  const host = JSON.parse(readFileSync("host.json", "utf8")) as Json;
  const { extensions } = host;
  const durableTask = {
    ...extensions?.durableTask,
    defaultVersion: manifest.version,
    versionMatchStrategy: "CurrentOrOlder",
    storageProvider: backends[durable],
  };
  return { ...host, extensions: { ...extensions, durableTask } };
}

function text(value: unknown): Uint8Array {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
}
