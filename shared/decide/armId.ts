/** An ARM id taken apart: `types` and `names` of the resource and its parents, outermost first. */
export interface ParsedId {
  readonly subscriptionId: string;
  readonly resourceGroup?: string;
  readonly provider?: string;
  readonly types: readonly string[];
  readonly names: readonly string[];
}

// No slash, no percent sign, no control or reserved character: what ARM never has in a name, a trick may.
const segmentPattern = /^[^\s/\\%?#&<>"'{}|^`\p{Cc}]+$/u;

/** An id in the one form ids are compared and hashed in: lower case, single slashes, no slash at the end. */
export function normalize(id: string): string {
  const collapsed = id.trim().toLowerCase().replace(/\/+/g, "/").replace(/\/$/, "");
  return collapsed === "" ? "/" : collapsed;
}

/** Whether two ids name the same thing; ARM ids are compared without regard to case. */
export function sameId(a: string, b: string): boolean {
  return normalize(a) === normalize(b);
}

/** Takes an id of a subscription, resource group or resource apart; undefined for anything ARM would not have written: relative parts, empty or encoded segments, a type without a name. */
export function parseId(id: string): ParsedId | undefined {
  if (!id.startsWith("/")) return undefined;
  const segments = id.slice(1).split("/");
  if (!segments.every(plainSegment)) return undefined;
  const [head, subscriptionId, ...rest] = segments;
  if (head?.toLowerCase() !== "subscriptions" || subscriptionId === undefined) return undefined;
  if (rest.length === 0) return { subscriptionId, types: [], names: [] };
  if (rest[0]?.toLowerCase() === "providers") return resource({ subscriptionId }, rest);
  if (rest[0]?.toLowerCase() !== "resourcegroups" || rest[1] === undefined) return undefined;
  const group = { subscriptionId, resourceGroup: rest[1] };
  return rest.length === 2 ? { ...group, types: [], names: [] } : resource(group, rest.slice(2));
}

function plainSegment(segment: string): boolean {
  return segmentPattern.test(segment) && segment !== "." && segment !== ".." && !segment.endsWith(".");
}

function resource(
  where: { subscriptionId: string; resourceGroup?: string },
  rest: readonly string[],
): ParsedId | undefined {
  const [word, provider, ...pairs] = rest;
  if (word?.toLowerCase() !== "providers" || provider === undefined) return undefined;
  if (pairs.length < 2 || pairs.length % 2 !== 0) return undefined;
  return {
    ...where,
    provider,
    types: pairs.filter((_, index) => index % 2 === 0),
    names: pairs.filter((_, index) => index % 2 === 1),
  };
}

/** `provider/type[/type]` of a resource id in lower case, or undefined if it is none. */
export function typeOf(id: string): string | undefined {
  const parsed = parseId(id);
  return parsed?.provider === undefined ? undefined : [parsed.provider, ...parsed.types].join("/").toLowerCase();
}

/** Whether an id names an image template, and nothing below it. */
export function isTemplateId(id: string): boolean {
  const parsed = parseId(id);
  return parsed?.resourceGroup !== undefined && typeOf(id) === "microsoft.virtualmachineimages/imagetemplates";
}

/** Whether `id` is `scope` or lies below it, segment by segment; false for every id that `parseId` does not understand. */
export function within(scope: string, id: string): boolean {
  if (parseId(scope) === undefined || parseId(id) === undefined) return false;
  const outer = scope.toLowerCase().split("/");
  const inner = id.toLowerCase().split("/");
  return outer.length <= inner.length && outer.every((segment, index) => segment === inner[index]);
}

/** The id of the resource group that holds a resource, in the casing given; undefined where there is none. */
export function resourceGroupId(id: string): string | undefined {
  const parsed = parseId(id);
  if (parsed?.resourceGroup === undefined) return undefined;
  return `/subscriptions/${parsed.subscriptionId}/resourceGroups/${parsed.resourceGroup}`;
}

/** The id one level up: a resource's parent resource, else its resource group, else its subscription. */
export function parentId(id: string): string | undefined {
  const parsed = parseId(id);
  if (parsed === undefined) return undefined;
  if (parsed.types.length > 1) return id.split("/").slice(0, -2).join("/");
  if (parsed.types.length === 1) return resourceGroupId(id) ?? `/subscriptions/${parsed.subscriptionId}`;
  return parsed.resourceGroup === undefined ? undefined : `/subscriptions/${parsed.subscriptionId}`;
}

/** What stands after the last slash. */
export function lastSegment(id: string): string {
  return id.slice(id.lastIndexOf("/") + 1);
}

/** An ARM id without what is the same in all of them, for people: group and names. */
export const shortId = (id: string) =>
  id.replace(/^\/subscriptions\/[^/]+\/resourceGroups\//i, "").replace(/\/providers\/[^/]+/gi, "");

/** A sentence with its ARM ids cut like that. */
export const shortIds = (sentence: string) => sentence.replace(/\/subscriptions\/[^\s,;]+/g, shortId);
