import type { Method, Operation } from "./world.ts";

/** An operation that a request means, with the parameters of its path. */
export interface Match {
  readonly operation: Operation;
  readonly params: Readonly<Record<string, string>>;
}

/** Finds operations by method and path. Literals match in any casing; where several match, the one with more literals wins. */
export interface Routes {
  find(method: Method, path: string): Match | undefined;
  /** The methods that some operation takes at this path. */
  methodsAt(path: string): readonly Method[];
}

interface Compiled {
  readonly operation: Operation;
  readonly expression: RegExp;
  readonly literals: number;
}

export function routesOf(operations: readonly Operation[]): Routes {
  const compiled = operations.map(compile).sort((left, right) => right.literals - left.literals);
  return {
    find(method, path) {
      for (const { operation, expression } of compiled) {
        const groups = operation.method === method ? expression.exec(path) : null;
        if (groups) return { operation, params: { ...groups.groups } };
      }
      return undefined;
    },
    methodsAt: (path) => [
      ...new Set(compiled.filter((one) => one.expression.test(path)).map((one) => one.operation.method)),
    ],
  };
}

function compile(operation: Operation): Compiled {
  const parts = operation.path.split("/").filter(Boolean);
  const source = parts.map((part) => {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name === "scope") return "(?<scope>(?:/[^/]+)*?)";
    return name ? `/(?<${name}>[^/]+)` : `/${part.replace(/[.+*?^$()[\]\\|]/g, "\\$&")}`;
  });
  const literals = parts.filter((part) => !part.startsWith("{")).length;
  return { operation, expression: new RegExp(`^${source.join("")}/?$`, "i"), literals };
}

/** The resource id that a path means: without the action that a POST appends to it. */
export function idIn(method: Method, path: string): string {
  const id = path.length > 1 ? path.replace(/\/+$/, "") : path;
  if (method !== "POST") return id;
  const parts = id.split("/").filter(Boolean);
  const at = parts.findLastIndex((part) => part.toLowerCase() === "providers");
  const tail = at < 0 ? parts.length : parts.length - at - 2;
  return tail % 2 === 1 ? `/${parts.slice(0, -1).join("/")}` : id;
}
