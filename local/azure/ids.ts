/** The segments of an ARM id, in lower case, without empty ones. */
function segments(id: string): readonly string[] {
  return id.toLowerCase().split("/").filter(Boolean);
}

/** Whether `scope` is `inner` or one of its ancestors, segment by segment, in any casing; `/` contains everything. */
export function scopeContains(scope: string, inner: string): boolean {
  const [outer, rest] = [comparable(scope), comparable(inner)];
  return outer === "" || rest === outer || rest.startsWith(`${outer}/`);
}

/** In lower case, segments joined by one slash each; most ids are written like that already. */
function comparable(id: string): string {
  const lower = id.toLowerCase();
  if (lower.startsWith("/") && !lower.endsWith("/") && !lower.includes("//")) return lower;
  const parts = segments(lower);
  return parts.length === 0 ? "" : `/${parts.join("/")}`;
}

/** Whether two ids name the same thing. */
export function sameId(left: string, right: string): boolean {
  return comparable(left) === comparable(right);
}

/** The resource type in an id, e.g. `Microsoft.Network/virtualNetworks/subnets`, of the last `/providers/` in it. */
export function typeOf(id: string): string {
  const parts = id.split("/").filter(Boolean);
  const at = parts.findLastIndex((part) => part.toLowerCase() === "providers");
  if (at < 0) return parts.length > 2 ? "Microsoft.Resources/resourceGroups" : "Microsoft.Resources/subscriptions";
  const types = parts.slice(at + 2).filter((_, index) => index % 2 === 0);
  return [parts[at + 1], ...types].join("/");
}

/** The last segment of an id. */
export function nameOf(id: string): string {
  return id.split("/").filter(Boolean).at(-1) ?? "";
}

/** The id of the resource that contains this one (two segments shorter). */
export function parentOf(id: string): string {
  return id.split("/").slice(0, -2).join("/");
}

/** The subscription in an id, or undefined for an id of the tenant. */
export function subscriptionOf(id: string): string | undefined {
  return /^\/subscriptions\/([^/]+)/i.exec(id)?.[1];
}

/** The resource group's name in an id. */
export function resourceGroupOf(id: string): string | undefined {
  return /^\/subscriptions\/[^/]+\/resourceGroups\/([^/]+)/i.exec(id)?.[1];
}

/** The GUID at the end of a role definition's or assignment's id, in lower case; these are compared by it alone (rbac-network-arm.md §2.1). */
export function guidOf(id: string): string {
  return nameOf(id).toLowerCase();
}

/** Whether `text` is a GUID. */
export function isGuid(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text);
}
