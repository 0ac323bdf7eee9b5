import type { Activities } from "../functions/activities/index.ts";
import type { Play, Steps } from "./durable.ts";
import type { DeliveryOrder } from "./order.ts";

/** How a message to a target ended. */
export type DeliveryEnd = "delivered" | "rejected" | "givenUp";

/** Sends one message to one target, again and again by the Standard Webhooks schedule. On its own: it never keeps a build open. */
export function* deliver(play: Play<Activities>, order: DeliveryOrder): Steps<DeliveryEnd> {
  for (let attempt = 1; ; attempt++) {
    const outcome = yield* play.act.deliverOnce({ ...order, attempt });
    if (outcome.kind !== "later") return outcome.kind;
    yield* play.sleep(outcome.seconds);
  }
}
