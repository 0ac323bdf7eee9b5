import type { RegisteredFunction, Registry } from "../worker/registry.ts";
import { compileTemplate, type Template } from "./template.ts";

/** Who may call an HTTP function: `function` needs a function or master key, `admin` the master key. */
type AuthLevel = "anonymous" | "function" | "admin";

/** One HTTP function and the paths it answers. */
export interface Route {
  readonly function: RegisteredFunction;
  readonly template: Template;
  readonly path: string;
  /** Upper case; empty = all. */
  readonly methods: readonly string[];
  readonly level: AuthLevel;
}

/** A route that fits, with its values. */
export interface RouteMatch {
  readonly route: Route;
  readonly values: Readonly<Record<string, string>>;
}

/**
 * The routes of an app in the order in which the real host tries them: by function name, ignoring case. There is no
 * precedence of the more specific: a catch-all in function `a` shadows function `b`.
 */
export function routesOf(registry: Registry, prefix: string): Route[] {
  return registry.functions
    .filter((one) => one.trigger.type.toLowerCase() === "httptrigger")
    .sort((a, b) => ordinal(a.name.toUpperCase(), b.name.toUpperCase()))
    .map((one) => routeOf(one, prefix));
}

const ordinal = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function routeOf(one: RegisteredFunction, prefix: string): Route {
  const own = (one.trigger.route as string | undefined) || one.name;
  const path = prefix ? `${prefix}/${own}` : own;
  const methods = (one.trigger.methods as string[] | undefined) ?? [];
  return {
    function: one,
    path,
    template: compileTemplate(path),
    methods: methods.map((method) => method.toUpperCase()),
    level: ((one.trigger.authLevel as string | undefined)?.toLowerCase() ?? "anonymous") as AuthLevel,
  };
}

/** The first route that takes a request. One whose method differs falls through, so the answer is 404, never 405. */
export function findRoute(routes: readonly Route[], method: string, path: string): RouteMatch | undefined {
  for (const route of routes) {
    if (route.methods.length > 0 && !route.methods.includes(method)) continue;
    const values = route.template.match(path.replace(/^\//, ""));
    if (values) return { route, values };
  }
  return undefined;
}
