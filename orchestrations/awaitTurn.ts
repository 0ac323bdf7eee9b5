import type { Activities } from "../functions/activities/index.ts";
import type { Play, Steps } from "./durable.ts";

/** `elsewhere`: another task hub carries this build, and nothing is left to do here. */
export type Turn = "mine" | "cancelled" | "elsewhere";

/** How many looks one execution takes before it starts over, so that a long queue does not grow a long history. */
const looks = 10;

/** Waits until the template is nobody else's. A part of its own: a queue can last hours. */
export function* awaitTurn(
  play: Play<Activities>,
  order: { readonly buildId: string; readonly templateId: string; readonly pause: number },
): Steps<Turn | undefined> {
  for (let look = 0; look < looks; look++) {
    const { mine, cancelAsked, elsewhere } = yield* play.act.claimTemplate(order);
    if (elsewhere) return "elsewhere";
    if (cancelAsked) return "cancelled";
    if (mine) return "mine";
    yield* play.sleep(order.pause);
  }
  play.startOver(order);
  return undefined;
}
