import { subscriptionOf } from "./ids.ts";
import type { Subscription } from "./resources/subscriptions.ts";
import { makeOwner, putSubscription } from "./seeds.ts";
import type { Principal, Store, World } from "./world.ts";

/** A further tenant of the emulated Entra, with a subscription that trusts it and somebody who owns that. */
export interface Tenant {
  readonly tenantId: string;
  readonly subscriptionId: string;
  readonly ownerId: string;
}

/** An app registration with a service principal in several tenants; whoever `subject` is may sign in as it (its federated credential). */
export interface Application {
  readonly clientId: string;
  /** Object id of a managed identity of the first tenant. */
  readonly subject: string;
  /** Object id of the service principal by tenant. */
  readonly principals: Readonly<Record<string, string>>;
}

/** The tenant that a subscription trusts; `home` is the emulator's first. */
export function tenantOf(store: Store, subscriptionId: string, home: string): string {
  return store.get<Subscription>("subscription", subscriptionId)?.tenantId ?? home;
}

/** The tenant of the subscription that an id lies in; `home` for ids of no subscription. */
export function tenantOfId(store: Store, id: string, home: string): string {
  const subscriptionId = subscriptionOf(id);
  return subscriptionId === undefined ? home : tenantOf(store, subscriptionId, home);
}

/** Whether there is such a tenant. */
export function isTenant(store: Store, tenantId: string, home: string): boolean {
  return tenantId.toLowerCase() === home.toLowerCase() || store.get("tenant", tenantId) !== undefined;
}

/** Makes a further tenant with a subscription; nobody of another tenant may do anything there. */
export function addTenant(world: World, displayName: string): Tenant {
  const { store } = world;
  const tenant: Tenant = { tenantId: world.guid(), subscriptionId: world.guid(), ownerId: world.guid() };
  const { tenantId, subscriptionId, ownerId } = tenant;
  store.put("tenant", tenantId, { tenantId, displayName });
  putSubscription(store, { subscriptionId, displayName, tenantId });
  putPrincipal(store, {
    principalId: ownerId,
    clientId: world.guid(),
    displayName: `owner of ${displayName}`,
    tenantId,
  });
  makeOwner(store, subscriptionId, ownerId, world.guid());
  return tenant;
}

/** Registers a multi-tenant app, with a service principal in each of these tenants. */
export function addApplication(
  world: World,
  wanted: { readonly subject: string; readonly tenantIds: readonly string[] },
): Application {
  const clientId = world.guid();
  const principals = Object.fromEntries(wanted.tenantIds.map((tenantId) => [tenantId.toLowerCase(), world.guid()]));
  for (const [tenantId, principalId] of Object.entries(principals))
    putPrincipal(world.store, { principalId, clientId, displayName: "multi-tenant app", tenantId });
  const application: Application = { clientId, subject: wanted.subject, principals };
  world.store.put("application", clientId, application);
  return application;
}

/** The app registration of that client id. */
export const applicationOf = (store: Store, clientId: string): Application | undefined =>
  store.get<Application>("application", clientId);

function putPrincipal(store: Store, principal: Omit<Principal, "principalType" | "createdAt">): void {
  store.put("principal", principal.principalId, {
    ...principal,
    principalType: "ServicePrincipal",
    createdAt: 0,
  } satisfies Principal);
}
