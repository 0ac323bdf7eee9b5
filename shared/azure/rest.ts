import { type ParsedId, parseId } from "../decide/armId.ts";
import { fieldsOf, itemsOf, textOf } from "../decide/template/templateBody.ts";
import { Refused } from "../problem.ts";
import { ArmFailure } from "./armFailure.ts";
import type { Connection } from "./connection.ts";

/** More pages than any list of ours has: a link that leads in a circle must end. */
const mostPages = 200;

/** A resource as ARM returns it, or undefined where it does not exist. */
export async function readResource(arm: Connection, id: string, apiVersion: string): Promise<unknown> {
  return orMissing(arm.send({ method: "GET", path: plain(id), apiVersion }).then(({ body }) => body));
}

/** All items of a list, page after page. */
export async function listAll(
  arm: Connection,
  path: string,
  apiVersion: string,
  query: Readonly<Record<string, string>> = {},
): Promise<readonly unknown[]> {
  const items: unknown[] = [];
  let next: string | undefined = path;
  for (let page = 0; next && page < mostPages; page++) {
    const { body } = await arm.send({ method: "GET", path: next, apiVersion, query });
    items.push(...itemsOf(fieldsOf(body).value));
    next = textOf(fieldsOf(body).nextLink) || undefined;
  }
  return items;
}

/** What is read, or undefined where ARM says 404 (the thing, its parent, its group or its subscription is not there). */
export async function orMissing<T>(read: Promise<T>): Promise<T | undefined> {
  return read.catch((error: unknown) => {
    if (error instanceof ArmFailure && error.status === 404) return undefined;
    throw error;
  });
}

/** Parts of a resource's id; refuses what ARM would not have written, so that no id can lead a request elsewhere. */
export function partsOf(id: string): ParsedId & { readonly resourceGroup: string; readonly name: string } {
  const parsed = parseId(id);
  const name = parsed?.names.at(-1);
  if (parsed?.resourceGroup === undefined || name === undefined) throw noId(id);
  return { ...parsed, resourceGroup: parsed.resourceGroup, name };
}

/** The id itself if ARM could have written it; refuses it otherwise. */
export function plain(id: string): string {
  if (parseId(id) === undefined) throw noId(id);
  return id;
}

/** The refusal of something that should be an id and is none. */
export function noId(id: string): Refused {
  return new Refused({
    code: "InvalidResourceId",
    title: "This is not the id of an Azure resource",
    detail: id.slice(0, 300),
    status: 400,
  });
}
