import { existsSync, globSync, readFileSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import { type Log, messageOf } from "../log.ts";
import { type Core, createCore, systemError } from "./core.ts";
import { runHooks } from "./hooks.ts";
import { type Registry, registryOf } from "./registry.ts";
import { closeServers, collectingServers } from "./servers.ts";
import { type CoreShelf, coreShelf, type Load, supplyCore } from "./supply.ts";

/** An app with everything registered, ready to be invoked. */
export interface LoadedApp {
  readonly core: Core;
  readonly registry: Registry;
  /** What the library says it can do; `HttpUri` is where it serves streams. */
  readonly capabilities: Readonly<Record<string, string>>;
  /** Runs the app's `appTerminate` hooks and takes our module away again. */
  unload(): Promise<void>;
}

/** What the real host promises the library. */
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
        closeServers(servers);
        loader.withdraw();
      },
    };
  } catch (error) {
    loader.withdraw();
    throw error;
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
