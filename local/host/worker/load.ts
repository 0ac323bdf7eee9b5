import { existsSync, globSync, readFileSync } from "node:fs";
import type { Server } from "node:http";
import { join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { type Log, messageOf } from "../log.ts";
import { machineRealm } from "../realm.ts";
import { type Core, createCore, systemError } from "./core.ts";
import { runHooks } from "./hooks.ts";
import { type Registry, registryOf } from "./registry.ts";

/** An app with everything registered, ready to be invoked. */
export interface LoadedApp {
  readonly core: Core;
  readonly registry: Registry;
  /** What the library says it can do; `HttpUri` is where it serves streams. */
  readonly capabilities: Readonly<Record<string, string>>;
  /** Runs the app's `appTerminate` hooks and takes our module away again. */
  unload(): Promise<void>;
}

const coreModule = "@azure/functions-core";
const cores = Symbol.for("goldsmith.functions-core");

/** What the real host promises the library (facts/host.md 1.4). */
const hostCapabilities = {
  RawHttpBodyBytes: "true",
  RpcHttpTriggerMetadataRemoved: "true",
  RpcHttpBodyOnly: "true",
  IgnoreEmptyValuedRpcHttpHeaders: "true",
  UseNullableValueDictionaryForHttp: "true",
  WorkerStatus: "true",
  TypedDataCollection: "true",
  HandlesWorkerTerminateMessage: "true",
};

/**
 * Loads the app in `directory` by its package.json `main`, with the machine's own module system and a module
 * `@azure/functions-core` that nobody installed. Throws what the app throws, or when `main` matches no file.
 */
export async function loadApp(directory: string, log: Log): Promise<LoadedApp> {
  const shelf = coreShelf();
  const before = shelf.loading;
  const loading = (async () => {
    await before;
    return load(directory, log, shelf);
  })();
  // One at a time: the library asks for "the" core of the process while it is loaded.
  shelf.loading = loading.then(ignore, ignore);
  return loading;
}

const ignore = () => {};

async function load(directory: string, log: Log, shelf: CoreShelf): Promise<LoadedApp> {
  const core = createCore(log);
  shelf.current = core.module;
  const loader = supplyCore(directory);
  try {
    await loadFiles(directory, loader.load);
    await runHooks(core, "appStart", { functionAppDirectory: directory }, core.appOnlyHookData);
    if (!core.model) throw systemError("the app registered no function");
    const servers = new Set<Server>();
    const { model } = core;
    const capabilities = await collectingServers(servers, async () => model.getCapabilities({ ...hostCapabilities }));
    core.locked = true;
    return {
      core,
      capabilities,
      registry: registryOf([...core.functions.values()]),
      async unload() {
        await runHooks(core, "appTerminate", {}, core.appOnlyHookData);
        for (const server of servers) {
          server.close();
          server.closeAllConnections();
        }
        loader.withdraw();
      },
    };
  } catch (error) {
    loader.withdraw();
    throw error;
  }
}

/** The library starts a server of its own for streams and never stops it; whoever unloads the app must. */
async function collectingServers<T>(servers: Set<Server>, work: () => Promise<T>): Promise<T> {
  const http = machineRealm().globals.process.getBuiltinModule("node:http");
  const real = http.createServer;
  http.createServer = ((...args: Parameters<typeof real>) => {
    const server = real(...args);
    servers.add(server);
    return server;
  }) as typeof real;
  try {
    return await work();
  } finally {
    http.createServer = real;
  }
}

/** Where the module of the app being loaded is found, in whichever realm; the whole process shares one place. */
interface CoreShelf {
  current: object;
  loading: Promise<void>;
}

function coreShelf(): CoreShelf {
  const holder = machineRealm().module as unknown as { [cores]?: CoreShelf };
  holder[cores] ??= { current: {}, loading: Promise.resolve() };
  return holder[cores];
}

type Load = (file: string, asModule: boolean) => Promise<unknown>;

const coreUrl = "goldsmith-host:core";
const loaderUrl = "goldsmith-host:loader";
const sources = new Map([
  [coreUrl, `module.exports = require("node:module")[Symbol.for("${cores.description}")].current;`],
  [loaderUrl, "module.exports = (url) => import(url);"],
]);

/** Puts `@azure/functions-core` into the machine's module system, without anything on disk. */
function supplyCore(directory: string): { load: Load; withdraw(): void } {
  const { module } = machineRealm();
  const id = crypto.randomUUID();
  const own = pathToFileURL(directory).href;
  const hooks = module.registerHooks({
    resolve(specifier, context, next) {
      const url = specifier === coreModule ? coreUrl : specifier;
      if (sources.has(url)) return { url, format: "commonjs", shortCircuit: true };
      const found = next(specifier, context);
      const host = /[?&]host=([-0-9a-f]+)/.exec(context.parentURL ?? "")?.[1];
      return host && isOurs(found.url, own) ? { ...found, url: `${found.url}?host=${host}` } : found;
    },
    load(wanted, context, next) {
      const source = sources.get(wanted.replace(/\?host=.*$/, ""));
      return source ? { format: "commonjs", source, shortCircuit: true } : next(wanted, context);
    },
  });
  forgetModules(directory);
  const require = module.createRequire(join(directory, "package.json"));
  const importModule = require(loaderUrl) as (file: string) => Promise<unknown>;
  return {
    load: async (file, asModule) => (asModule ? importModule(`${pathToFileURL(file).href}?host=${id}`) : require(file)),
    withdraw: () => hooks.deregister(),
  };
}

/** ES modules are never forgotten by Node, so each host in a process asks for them under an address of its own. */
function isOurs(url: string, own: string): boolean {
  if (url.includes("?")) return false;
  return isLibrary(url) || (url.startsWith(`${own}/`) && !url.includes("/node_modules/"));
}

const isLibrary = (path: string) => /[\\/]node_modules[\\/](@azure[\\/]functions|durable-functions)[\\/]/.test(path);

/** The library asks for its core once per process and keeps the answer; a second host needs a fresh copy of it. */
function forgetModules(directory: string): void {
  const { module } = machineRealm();
  const cache = module.createRequire(join(directory, "package.json")).cache;
  for (const file of Object.keys(cache)) {
    const inApp = file.startsWith(directory + sep) && !file.includes(`${sep}node_modules${sep}`);
    if (inApp || isLibrary(file) || file.includes("goldsmith-host:")) delete cache[file];
  }
}

async function loadFiles(directory: string, load: Load): Promise<void> {
  const manifest = readManifest(directory);
  if (!manifest.main) return;
  const files = expandBraces(manifest.main).flatMap((pattern) => globSync(pattern, { cwd: directory }));
  if (files.length === 0)
    throw systemError(`Found zero files matching the supplied pattern "${manifest.main}" of package.json`);
  for (const file of new Set(files)) {
    const asModule = file.endsWith(".mjs") || (manifest.type === "module" && !file.endsWith(".cjs"));
    try {
      await load(join(directory, file), asModule);
    } catch (error) {
      throw Object.assign(systemError(`Worker was unable to load entry point "${file}": ${messageOf(error)}`), {
        cause: error,
      });
    }
  }
}

function readManifest(directory: string): { main?: string; type?: string } {
  const file = join(directory, "package.json");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
}

/** `a/{b,c}.js` → `a/b.js`, `a/c.js`, in this order: the order in which the real worker loads them. */
function expandBraces(pattern: string): string[] {
  const found = /^(.*?)\{([^{}]*)\}(.*)$/.exec(pattern);
  if (!found) return [pattern];
  return found[2]!.split(",").flatMap((part) => expandBraces(`${found[1]}${part}${found[3]}`));
}
