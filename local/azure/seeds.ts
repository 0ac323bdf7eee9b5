import { randomBytes } from "node:crypto";
import { builtInRoles } from "./authorization/builtInRoles.ts";
import { authorizationRecords } from "./authorization/records.ts";
import type { Subscription } from "./resources/subscriptions.ts";
import type { StoreFile } from "./store.ts";
import type { Store } from "./world.ts";

/** Who and what is there from the first start on, and the same after every restart. */
export interface Seeds {
  readonly tenantId: string;
  readonly subscriptionId: string;
  readonly owner: { readonly principalId: string; readonly clientId: string };
  readonly app: { readonly principalId: string; readonly clientId: string };
  readonly ownerSecret: string;
  readonly identityHeader: string;
}

/** The kinds of entries that a reset leaves alone. */
export const keptByReset = ["seeds", "secret", "counter"] as const;

/** Draws tenant, subscription, owner and app once; secrets come from the machine's randomness, not from the seed. */
export function seedsOf(store: StoreFile, guid: () => string): Seeds {
  const kept = store.get<Seeds>("seeds", "seeds");
  if (kept) return kept;
  const seeds: Seeds = {
    tenantId: guid(),
    subscriptionId: guid(),
    owner: { principalId: guid(), clientId: guid() },
    app: { principalId: guid(), clientId: guid() },
    ownerSecret: randomBytes(24).toString("base64url"),
    identityHeader: randomBytes(16).toString("hex"),
  };
  store.put("seeds", "seeds", seeds);
  return seeds;
}

/** Puts subscription, principals, built-in roles and the owner's assignment where they are missing. */
export function plantSeeds(store: StoreFile, seeds: Seeds): void {
  const { subscriptionId, owner, app } = seeds;
  const records = authorizationRecords(store);
  putSubscription(store, { subscriptionId, displayName: "Goldsmith local" });
  for (const definition of builtInRoles) records.putDefinition(definition);
  for (const [displayName, ids] of [
    ["owner", owner],
    ["goldsmith", app],
  ] as const)
    if (!store.get("principal", ids.principalId))
      store.put("principal", ids.principalId, { ...ids, principalType: "ServicePrincipal", displayName, createdAt: 0 });
  // The name is the owner's own id: a GUID that nobody else uses.
  if (!records.assignment(owner.principalId)) makeOwner(store, subscriptionId, owner.principalId, owner.principalId);
}

/** Puts a subscription of the tenant where there is none of that id. */
export function putSubscription(store: Store, subscription: Subscription): void {
  if (!store.get("subscription", subscription.subscriptionId))
    store.put("subscription", subscription.subscriptionId, subscription);
}

/** Assigns Owner at a subscription, as whoever makes one gets it; it works at once. */
export function makeOwner(store: Store, subscriptionId: string, principalId: string, name: string): void {
  const guid = builtInRoles[0]?.guid ?? "";
  authorizationRecords(store).putAssignment({
    name,
    scope: `/subscriptions/${subscriptionId}`,
    roleDefinitionId: `/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${guid}`,
    roleGuid: guid,
    principalId,
    principalType: "ServicePrincipal",
    createdAt: 0,
    createdBy: "",
    updatedAt: 0,
    updatedBy: "",
    visibleAt: 0,
    effectiveAt: 0,
  });
}
