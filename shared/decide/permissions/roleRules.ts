import { lastSegment } from "../armId.ts";

/** A rule that an input breaks: whose rule it is (the cmdlet's or the service's) and since which version of Az it holds. */
export interface RoleFault {
  readonly pointer: string;
  readonly rule: string;
  readonly by: "client" | "service";
  readonly since?: string;
  readonly detail: string;
}

/** What is wrong with one action string, by the service's rules: one star at most, no empty part, a known ending. A star that was evidently lost on the way (`/read`, as in a printed sample) is guessed. */
export function actionFault(action: string, pointer: string): RoleFault | undefined {
  const fault = (rule: string, detail: string): RoleFault => ({ pointer, rule, by: "service", detail });
  if (action.trim() === "") return fault("action", "an action must not be empty");
  if (action === "*") return undefined;
  if ((action.match(/\*/g) ?? []).length > 1) return fault("oneWildcard", `"${action}" has more than one *`);
  const guess = withStar(action);
  if (guess !== undefined)
    return fault("lostWildcard", `"${action}" has an empty part; a * was probably lost: did you mean "${guess}"?`);
  if (!/^[\w.*-]+(?:\/[\w.*${}-]+)+$/.test(action))
    return fault("action", `"${action}" is not of the form Provider/type/verb`);
  const verb = lastSegment(action).toLowerCase();
  if (["read", "write", "delete", "action"].includes(verb) || verb.includes("*")) return undefined;
  return fault("action", `"${action}" ends in none of read, write, delete, action and *`);
}

function withStar(action: string): string | undefined {
  if (!/^\/|\/\/|\/$/.test(action)) return undefined;
  return action.replace(/^\//, "*/").replace(/\/\//g, "/*/").replace(/\/$/, "/*");
}

/** What the cmdlet finds wrong with an assignable scope before it asks the service (rbac-network-arm.md §1.5). */
export function clientScopeFault(scope: string, pointer: string): RoleFault | undefined {
  const fault = (detail: string): RoleFault => ({ pointer, rule: "scopeSyntax", by: "client", detail });
  if (!scope.startsWith("/")) return fault(`"${scope}" does not begin with /`);
  const trimmed = scope.replace(/\/$/, "");
  if (trimmed === "") return undefined;
  const segments = trimmed.slice(1).split("/");
  if (segments.some((segment) => segment === "")) return fault(`"${scope}" has an empty part`);
  if (segments.length % 2 !== 0) return fault(`"${scope}" has an odd number of parts`);
  const [first, , third, , fifth] = segments.map((segment) => segment.toLowerCase());
  if (first === "providers") return undefined;
  if (first !== "subscriptions") return fault(`"${scope}" begins with neither /subscriptions nor /providers`);
  if (third !== undefined && third !== "resourcegroups")
    return fault(`"${scope}" has ${segments[2]} where resourceGroups belongs`);
  if (fifth !== undefined && fifth !== "providers")
    return fault(`"${scope}" has ${segments[4]} where providers belongs`);
  return fifth !== undefined && segments.length < 8 ? fault(`"${scope}" ends before the resource's name`) : undefined;
}

/** What the service finds wrong with an assignable scope. */
export function serviceScopeFault(scope: string, pointer: string): RoleFault | undefined {
  const fault = (rule: string, detail: string): RoleFault => ({ pointer, rule, by: "service", detail });
  if (scope.replace(/\/+$/, "") === "") return fault("rootScope", "a custom role cannot be assignable at the root");
  if (scope.includes("*")) return fault("scopeWildcard", `"${scope}" has a wildcard`);
  const subscription = /^\/subscriptions\/([^/]+)/i.exec(scope)?.[1];
  if (subscription === undefined || /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(subscription))
    return undefined;
  return fault("subscriptionId", `"${subscription}" is not a subscription's id; was a placeholder left in?`);
}

/** What the service finds wrong with all assignable scopes together. */
export function scopeSetFaults(scopes: readonly string[], pointer: string): readonly RoleFault[] {
  const management = scopes.filter((scope) => /^\/providers\/microsoft\.management\/managementgroups\//i.test(scope));
  const faults: RoleFault[] = [];
  if (management.length > 1)
    faults.push({
      pointer,
      rule: "oneManagementGroup",
      by: "service",
      detail: "at most one management group may be listed",
    });
  if (scopes.length > 2000)
    faults.push({ pointer, rule: "scopeCount", by: "service", detail: "at most 2000 scopes may be listed" });
  return faults;
}
