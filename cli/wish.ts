import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import type { TemplateBody } from "../shared/decide/planning/facts.ts";
import { exits, Stopped } from "./exits.ts";

/** What `POST /plans` and `POST /builds` are asked about. */
export type Wish =
  | { readonly templateId: string }
  | { readonly template: { readonly resourceGroupId: string; readonly name: string; readonly body: TemplateBody } };

/** Flags that say where a template of a file is to stand. */
export interface WishFlags {
  readonly resourceGroup?: string;
  readonly name?: string;
}

/** A template id as it is, or the template that a file holds: its body, a `{resourceGroupId, name, body}`, or an ARM deployment without expressions. */
export function readWish(target: string, flags: WishFlags, fill: (text: string) => string): Wish {
  if (target.startsWith("/subscriptions/")) return { templateId: target };
  const filled = fill(target);
  if (filled.startsWith("/subscriptions/")) return { templateId: filled };
  if (!existsSync(target))
    throw wrong(`${target} is neither a template's id nor a file`, undefined, [
      "Give the path of a JSON file with a template",
      "Or the id of one that stands: /subscriptions/…/imageTemplates/…",
    ]);
  const content = parse(target, fill(readFileSync(target, "utf8")));
  if (Array.isArray(content.resources)) return fromDeployment(target, content.resources, flags);
  if (isObject(content.body)) return wishOf(target, content.body, { ...content, ...flags });
  return wishOf(target, content, { ...named(content), ...flags });
}

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function parse(file: string, text: string): Json {
  try {
    const content: unknown = JSON.parse(text);
    if (isObject(content)) return content;
  } catch (error) {
    throw wrong(`${file} is not JSON`, error instanceof Error ? error.message : String(error));
  }
  throw wrong(`${file} holds no JSON object`);
}

function fromDeployment(file: string, resources: unknown[], flags: WishFlags): Wish {
  const templates = resources.filter(isObject).filter(({ type }) => /\/imageTemplates$/i.test(String(type)));
  const [one, ...more] = templates;
  if (!one || more.length > 0) throw wrong(`${file} holds ${templates.length} image templates; one is wanted`);
  const expression = /"(\[[^"[][^"]*\])"/.exec(JSON.stringify(one))?.[1];
  if (expression)
    throw wrong(`${file} holds the expression ${expression}`, "Only Azure evaluates expressions of a deployment", [
      "Deploy it and give the template's id",
      "Or give the template's body with its values filled in",
    ]);
  return wishOf(file, one, { ...named(one), ...flags });
}

function wishOf(file: string, given: Json, where: Json & WishFlags): Wish {
  const { id: _, name: __, type: ___, apiVersion: ____, dependsOn: _____, ...body } = given;
  const resourceGroupId = where.resourceGroup ?? where.resourceGroupId;
  const name = where.name ?? basename(file).replace(/\.[^.]*(\.json)?$/, "");
  if (typeof resourceGroupId !== "string")
    throw wrong(`where is the template of ${file} to stand?`, undefined, [
      "Give --resource-group /subscriptions/…/resourceGroups/…",
      "Or put resourceGroupId, name and body into the file",
    ]);
  // The app looks at the body: what is wrong in it is told with its place.
  return { template: { resourceGroupId, name: String(name), body: body as unknown as TemplateBody } };
}

const named = ({ name }: Json) => (typeof name === "string" ? { name } : {});

const wrong = (title: string, detail?: string, fix?: readonly string[]) =>
  new Stopped(exits.usage, { code: "NotATemplate", title, ...(detail ? { detail } : {}), ...(fix ? { fix } : {}) });
