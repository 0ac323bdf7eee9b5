import { join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { machineRealm } from "../realm.ts";

const coreModule = "@azure/functions-core";
const cores = Symbol.for("goldsmith.functions-core");

/** Where the module of the app being loaded is found, in whichever realm; the whole process shares one place. */
export interface CoreShelf {
  current: object;
  loading: Promise<void>;
}

/** The shelf of this process. */
export function coreShelf(): CoreShelf {
  const holder = machineRealm().module as unknown as { [cores]?: CoreShelf };
  holder[cores] ??= { current: {}, loading: Promise.resolve() };
  return holder[cores];
}

/** Loads one file of the app, as an ES module or not. */
export type Load = (file: string, asModule: boolean) => Promise<unknown>;

const coreUrl = "goldsmith-host:core";
const loaderUrl = "goldsmith-host:loader";
const sources = new Map([
  [coreUrl, `module.exports = require("node:module")[Symbol.for("${cores.description}")].current;`],
  [loaderUrl, "module.exports = (url) => import(url);"],
]);

/** Puts `@azure/functions-core` into the machine's module system, without anything on disk. */
export function supplyCore(directory: string): { load: Load; withdraw(): void } {
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
