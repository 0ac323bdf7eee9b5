import { lastSegment } from "../armId.ts";
import type { GrantFacts } from "../planning/facts.ts";
import type { Policy } from "../planning/policy.ts";
import { roleDefinitionGuid, roleSpec } from "./roles.ts";

/** A subscription or resource group that the app works in. */
export interface Place {
  readonly id: string;
  /** Part of the fence: there the app may grant and change, if it acts. Else it is only watched. */
  readonly fenced: boolean;
}

/** Where the app needs rights of its own: the places watched, and those of the fence's scopes, as the deployment assigns them (infra/main.bicep). */
export function ownPlaces(fenceScopes: readonly string[], watch: readonly string[]): readonly Place[] {
  const fenced = new Set(fenceScopes.map(placeOf));
  return [...new Set([...fenced, ...watch.map(placeOf)])].map((id) => ({ id, fenced: fenced.has(id) }));
}

// ['', 'subscriptions', id, 'resourceGroups', name]
const placeOf = (id: string) => id.toLowerCase().split("/").slice(0, 5).join("/");

/** What of its rights the app lacks at a place, a phrase each; `grants` are its own, there and above. */
export function missingRights(policy: Policy, { fenced }: Place, grants: readonly GrantFacts[]): readonly string[] {
  const acts = fenced && policy.mode === "act";
  const wanted = [
    ...["appReader", "appLogReader", "appBuilder"],
    ...(acts ? ["appNetwork", "appGrantor"] : []),
    ...(acts && policy.registerProviders ? ["appRegistrar"] : []),
    ...(acts && policy.fence.shareWith.length > 0 ? ["appSharer"] : []),
  ];
  return wanted.flatMap((key) => {
    const guid = roleDefinitionGuid(policy.environment, key);
    const held = grants.filter(({ roleDefinitionId }) => lastSegment(roleDefinitionId).toLowerCase() === guid);
    if (held.length === 0) return [`the role ${roleSpec(key).name} is not assigned`];
    const open = limited.includes(key) && held.some(({ condition }) => !condition);
    return open ? [`the role ${roleSpec(key).name} is held without its condition: it allows more than it should`] : [];
  });
}

/** Roles that are safe under a condition only. */
const limited = ["appGrantor", "appLogReader", "appSharer"];
