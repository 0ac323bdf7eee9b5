import type { Activities } from "../functions/activities/index.ts";
import type { Play, Steps } from "./durable.ts";

/** `elsewhere`: another task hub carries this build, and nothing is left to do here. */
export type Turn = "mine" | "cancelled" | "elsewhere";

/** What a build waits for: its template, room among the region's container instances, or just a moment (`until`). */
export interface TurnOrder {
  readonly buildId: string;
  readonly templateId: string;
  readonly at: "template" | "region" | "moment";
  /** ISO. */
  readonly until?: string;
  /** Seconds between two looks, where the look itself names none. */
  readonly pause: number;
}

/** How many looks one execution takes before it starts over, so that a long queue does not grow a long history. */
const looks = 10;

/** Waits until it is the build's turn. A part of its own: a queue can last hours. */
export function* awaitTurn(play: Play<Activities>, order: TurnOrder): Steps<Turn | undefined> {
  for (let look = 0; look < looks; look++) {
    const { mine, cancelAsked, elsewhere, pause } = yield* lookFor(play, order);
    if (elsewhere) return "elsewhere";
    if (cancelAsked) return "cancelled";
    if (mine) return "mine";
    yield* play.sleep(pause ?? order.pause);
  }
  play.startOver(order);
  return undefined;
}

function* lookFor(play: Play<Activities>, { at, buildId, templateId, until }: TurnOrder): Steps<Look> {
  const about = { buildId, templateId };
  if (at === "template") return yield* play.act.claimTemplate(about);
  if (at === "region") return yield* play.act.takeSlot(about);
  const { cancelAsked } = yield* play.act.lookForCancel(about);
  return { cancelAsked, mine: play.now().getTime() >= Date.parse(until ?? "") };
}

interface Look {
  readonly mine: boolean;
  readonly cancelAsked: boolean;
  readonly elsewhere?: boolean;
  readonly pause?: number;
}
