import { onboard } from "./deployment.ts";
import type { Emulation } from "./emulation.ts";
import type { Subscription } from "./resources/subscriptions.ts";
import { makeOwner, putSubscription } from "./seeds.ts";

/** What is wanted of a further subscription. */
interface Wanted {
  readonly subscriptionId?: string | undefined;
  readonly displayName: string;
  readonly onboarded: boolean;
}

/** Makes a further subscription of the tenant, owned by the owner of the first. Goldsmith has rights there only once it is onboarded. */
export function addSubscription(emulation: Emulation, { onboarded, ...wanted }: Wanted): Subscription {
  const { store, world, seeds } = emulation;
  const subscriptionId = wanted.subscriptionId ?? world.guid();
  const subscription = { subscriptionId, displayName: wanted.displayName };
  putSubscription(store, subscription);
  makeOwner(store, subscriptionId, seeds.owner.principalId, world.guid());
  if (onboarded) onboard(world, { ...emulation.deployment, subscriptionId, app: seeds.app });
  return subscription;
}
