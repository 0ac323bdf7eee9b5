import type { Activities } from "../functions/activities/index.ts";
import type { Decision } from "../shared/approval.ts";
import type { Play, Steps } from "./durable.ts";

/** Something that waits for somebody's say. */
export interface DecisionOrder {
  /** Of the build or move. */
  readonly id: string;
  /** ISO. */
  readonly decideBy: string;
}

/** The instance that waits for a decision on what has that id, and the event that wakes it. */
export const decisionInstance = (id: string): string => `${id}:decision`;
export const decisionEvent = "decided";

/** Waits until somebody decided, or nobody did in time. A part of its own that starts over with each look: it can last weeks. */
export function* awaitDecision(play: Play<Activities>, order: DecisionOrder): Steps<Decision["kind"] | undefined> {
  const { kind, pause } = yield* play.act.lookForDecision(order);
  if (kind !== "none") return kind;
  yield* play.nap(decisionEvent, pause);
  play.startOver(order);
  return undefined;
}
