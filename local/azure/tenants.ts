import type { Store } from "./world.ts";

/** A subscription, as far as its tenant is concerned; without one it is in the first tenant. */
export interface Subscription {
  readonly subscriptionId: string;
  readonly displayName: string;
  readonly tenantId?: string;
}

/** The tenant that a subscription trusts; `home` is the emulator's first. */
export function tenantOf(store: Store, subscriptionId: string, home: string): string {
  return store.get<Subscription>("subscription", subscriptionId)?.tenantId ?? home;
}
