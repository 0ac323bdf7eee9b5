import type { Activities } from "../functions/activities/index.ts";
import type { Play, Steps } from "./durable.ts";

export type Turn = "mine" | "cancelled";

/** How many looks one execution takes before it starts over, so that a long queue does not grow a long history. */
const looks = 10;

/** Waits until the template is nobody else's. A part of its own: a queue can last hours. */
export function* awaitTurn(
  play: Play<Activities>,
  order: { readonly buildId: string; readonly templateId: string; readonly pause: number },
): Steps<Turn | undefined> {
  for (let look = 0; look < looks; look++) {
    const { mine, cancelAsked } = yield* play.act.claimTemplate(order);
    if (cancelAsked) return "cancelled";
    if (mine) return "mine";
    yield* play.sleep(order.pause);
  }
  play.startOver(order);
  return undefined;
}
