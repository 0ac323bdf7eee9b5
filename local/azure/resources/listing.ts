import { sameId, scopeContains } from "../ids.ts";
import { isObject, listOf, objectOf, textOf } from "../json.ts";
import { page } from "../paging.ts";
import { type Answer, AzureError, type Call, type JsonObject, type Resource, type World } from "../world.ts";

type Wanted = (resource: Resource) => boolean;

/** Fields of a resource that `$filter` compares, as Microsoft's document lists them; `tagName` and `tagValue` go together and are read apart. */
const fields: Readonly<Record<string, (resource: Resource) => string>> = {
  resourcetype: ({ type }) => type,
  resourcegroup: ({ id }) => id.split("/")[4] ?? "",
  name: ({ body }) => textOf(body.name) ?? "",
  location: ({ body }) => textOf(body.location) ?? "",
};

/** Answers the tracked resources (those with a location) below a scope that the filter lets through. */
export function listResources(world: World, call: Call, scope: string): Answer {
  const wanted = filterOf(call.query.get("$filter") ?? "");
  const items = world.store
    .list<Resource>("resource", scope)
    .map(([, resource]) => resource)
    .filter(({ id }) => scopeContains(scope, id) && !sameId(scope, id))
    .filter((resource) => resource.body.location !== undefined && !/\/resourceGroups$/i.test(resource.type))
    .filter(wanted);
  return page(world, call, items.map(shown));
}

function shown({ id, type, body }: Resource): JsonObject {
  return {
    id,
    name: body.name ?? "",
    type,
    location: body.location ?? "",
    ...(isObject(body.tags) ? { tags: body.tags } : {}),
    ...(listOf(body.zones).length > 0 ? { zones: body.zones ?? [] } : {}),
  };
}

/** Reads `field eq 'value'` terms joined by `and`; a filter that is not understood is refused, for to ignore it would show too much. */
function filterOf(filter: string): Wanted {
  const terms = filter.split(/\s+and\s+/i).filter((term) => term.trim() !== "");
  const read = terms.map((term) => /^\s*\(?(\w+)\s+(eq|ne)\s+'([^']*)'\)?\s*$/i.exec(term));
  const tag = compared(read, "tagname");
  const tests = read.map((parts): Wanted => {
    const [, name = "", comparison = "", value = ""] = parts ?? [];
    const same = comparison.toLowerCase() === "eq";
    const key = name.toLowerCase();
    if (key === "tagname") return ({ body }) => (objectOf(body.tags)[value] !== undefined) === same;
    if (key === "tagvalue" && tag !== undefined) return ({ body }) => (objectOf(body.tags)[tag] === value) === same;
    const field = fields[key];
    if (!field) throw new AzureError(501, "NotEmulated", `The local Azure emulator does not know the filter ${filter}`);
    return (resource) => (field(resource).toLowerCase() === value.toLowerCase()) === same;
  });
  return (resource) => tests.every((test) => test(resource));
}

const compared = (terms: readonly (RegExpExecArray | null)[], name: string) =>
  terms.find((term) => term?.[1]?.toLowerCase() === name)?.[3];
