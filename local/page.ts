import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { transformSync } from "esbuild";

const folder = "functions/http/page";

/** The libraries of the page, each one module as it was published. */
const libraries: Readonly<Record<string, string>> = {
  preact: "node_modules/preact/dist/preact.mjs",
  "preact/hooks": "node_modules/preact/hooks/dist/hooks.mjs",
  htm: "node_modules/htm/dist/htm.mjs",
};

/**
 * The page's files as they are served, by name: every module that `main.ts` leads to, without its types and with its imports as
 * addresses beside it, and what else lies in the folder. Nothing is bundled: the browser loads modules as they stand here.
 */
export function pageFiles(): Readonly<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const name of readdirSync(folder).sort())
    if (/\.(css|svg)$/.test(name)) files[name] = readFileSync(join(folder, name), "utf8");
  add(files, join(folder, "main.ts"));
  return files;
}

function add(files: Record<string, string>, path: string): void {
  const name = servedAs(path);
  if (name in files) return;
  files[name] = "";
  const source = readFileSync(path, "utf8");
  const loader = path.endsWith(".ts") ? "ts" : "js";
  const { code } = transformSync(source, { loader, format: "esm", target: "es2022", minifyWhitespace: true });
  files[name] = code.replace(/\b(from|import)\s*"([^"]+)"/g, (_, word: string, target: string) => {
    const found = libraries[target] ?? join(dirname(path), target);
    add(files, found);
    return `${word}"./${servedAs(found)}"`;
  });
}

/** All files lie side by side, so names must be unique; a library is named after itself. */
function servedAs(path: string): string {
  const library = Object.entries(libraries).find(([, at]) => at === path)?.[0];
  return `${library?.replace("/", "-") ?? basename(path, ".ts")}.js`;
}
