import { resourceGroupOf, subscriptionOf } from "../ids.ts";
import type { Json } from "../world.ts";
import type { Functions } from "./evaluate.ts";
import { ExpressionError } from "./expression.ts";

/** `type` and names, interleaved as in an id: `Microsoft.Network/virtualNetworks/vnet/subnets/build`. */
export function typedPath(type: string, names: readonly string[]): string {
  const [namespace = "", ...types] = type.split("/");
  if (types.length !== names.length)
    throw new ExpressionError(
      `Unable to evaluate template language function 'resourceId': the type '${type}' requires '${types.length}' resource name argument(s).`,
    );
  return [namespace, ...types.flatMap((one, index) => [one, names[index] ?? ""])].join("/");
}

/** The id of a resource of a template: below the scope it is deployed to, or as an extension of `scope`. */
export function idBelow(scope: string, type: string, name: string): string {
  const path = typedPath(type, name.split("/"));
  return asAddressed(`${scope === "/" ? "" : scope}/providers/${path}`);
}

/** A resource group is a type like any other in templates, and a path of its own in requests. */
export function asAddressed(id: string): string {
  return id.replace(/\/providers\/Microsoft\.Resources\/(resourceGroups\/[^/]+)$/i, "/$1");
}

/** The functions that make ids, for a deployment at `scope`. */
export function idFunctions(scope: string): Functions {
  const own = subscriptionOf(scope) ?? "";
  const at = (args: readonly Json[]) => {
    const words = args.map(String);
    const type = words.findIndex((word) => word.includes("/") && !word.startsWith("/"));
    if (type < 0)
      throw new ExpressionError("Unable to evaluate template language function 'resourceId': no resource type.");
    return { before: words.slice(0, type), path: typedPath(words[type] ?? "", words.slice(type + 1)) };
  };
  return {
    resourceid: (...args) => {
      const { before, path } = at(args);
      const group = before.at(-1) ?? resourceGroupOf(scope);
      const subscription = before.length > 1 ? before[0] : own;
      return `/subscriptions/${subscription}${group === undefined ? "" : `/resourceGroups/${group}`}/providers/${path}`;
    },
    subscriptionresourceid: (...args) => {
      const { before, path } = at(args);
      return `/subscriptions/${before[0] ?? own}/providers/${path}`;
    },
    tenantresourceid: (...args) => `/providers/${at(args).path}`,
    extensionresourceid: (base = "", ...args) => `${String(base)}/providers/${at(args).path}`,
  };
}
