import type { Activities } from "../functions/activities/index.ts";
import type { ActiveState } from "../shared/build.ts";
import type { Play, Steps } from "./durable.ts";
import { Ended } from "./ending.ts";

/** Writes the new state down, and ends the build here if somebody asked for that. */
export function* enter(
  { act }: Play<Activities>,
  { buildId }: { readonly buildId: string },
  state: ActiveState,
): Steps<void> {
  const { cancelAsked } = yield* act.enterState({ buildId, state });
  if (cancelAsked) throw new Ended({ state: "cancelled" });
}
