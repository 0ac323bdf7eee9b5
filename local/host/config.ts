import { existsSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { VersionRules } from "./shim/version.ts";

/** What host.json says, as far as this host follows it. Times in ms. */
export interface HostConfig {
  readonly routePrefix: string;
  readonly functionTimeout: number;
  readonly hubName: string;
  readonly orchestrators: number;
  readonly activities: number;
  readonly replaceRunning: boolean;
  readonly version: VersionRules;
  /** How many HTTP requests may be under way or queue; more get 429. -1 = no limit. */
  readonly maxRequests: number;
}

type Json = { readonly [name: string]: Json | undefined } & { readonly [name: string]: unknown };

/** Reads host.json of the app. `%NAME%` is taken from `environment`; throws when it is not there. */
export function readHostConfig(directory: string, environment: NodeJS.ProcessEnv): HostConfig {
  const file = join(directory, "host.json");
  const host = (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {}) as Json;
  const durable = host.extensions?.durableTask ?? ({} as Json);
  const http = host.extensions?.http ?? ({} as Json);
  const perCore = 10 * availableParallelism();
  const text = (value: unknown) => (typeof value === "string" ? resolveSettings(value, environment) : undefined);
  return {
    routePrefix: text(http.routePrefix) ?? "api",
    functionTimeout: readTimeSpan(text(host.functionTimeout) ?? "00:30:00") ?? Number.POSITIVE_INFINITY,
    hubName: text(durable.hubName) || "TestHubName",
    orchestrators: numberOr(durable.maxConcurrentOrchestratorFunctions, perCore),
    activities: numberOr(durable.maxConcurrentActivityFunctions, perCore),
    replaceRunning: text(durable.overridableExistingInstanceStates) === "AnyState",
    version: {
      own: text(durable.defaultVersion) ?? null,
      match: oneOf(text(durable.versionMatchStrategy), ["None", "Strict", "CurrentOrOlder"], "CurrentOrOlder"),
      otherwise: oneOf(text(durable.versionFailureStrategy), ["Reject", "Fail"], "Reject"),
    },
    maxRequests: numberOr(http.maxOutstandingRequests, -1),
  };
}

const numberOr = (value: unknown, otherwise: number) => (typeof value === "number" ? value : otherwise);

function oneOf<T extends string>(value: string | undefined, allowed: readonly T[], otherwise: T): T {
  if (value === undefined) return otherwise;
  const found = allowed.find((one) => one.toLowerCase() === value.toLowerCase());
  if (!found) throw new Error(`host.json: "${value}" is none of ${allowed.join(", ")}`);
  return found;
}

/** Replaces `%NAME%` by the setting's value, as binding expressions do. Throws for a setting that is not there. */
export function resolveSettings(text: string, environment: NodeJS.ProcessEnv): string {
  return text.replace(/%([^%\s]+)%/g, (_whole, name: string) => {
    const value = environment[name];
    if (value === undefined) throw new Error(`'%${name}%' does not resolve to a value: set ${name}`);
    return value;
  });
}

/** A .NET TimeSpan (`[d.]hh:mm:ss[.fff]`) in ms; undefined for anything else, `-1` (no limit) included. */
export function readTimeSpan(text: string): number | undefined {
  const found = /^(?:(\d+)\.)?(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,7}))?)?$/.exec(text.trim());
  if (!found) return undefined;
  const [days, hours, minutes, seconds] = found.slice(1, 5).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
  ];
  const fraction = Number(`0.${found[5] ?? "0"}`);
  return Math.round((((days * 24 + hours) * 60 + minutes) * 60 + seconds + fraction) * 1_000);
}
