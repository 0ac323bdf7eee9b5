import type { Activities } from "../functions/activities/index.ts";
import type { Play, Steps } from "./durable.ts";
import type { VerifyOrder } from "./verifyImage.ts";

/** Seconds between two looks at a gate that is being opened; 50 of them are more than changing a version was seen to take. */
const gatePause = 30;
const gateLooks = 50;

/** Opens the gate and sees it open. */
export function* openGate(play: Play<Activities>, order: VerifyOrder): Steps<void> {
  const { verificationId, buildId } = order;
  const about = { verificationId, ...(buildId ? { buildId } : {}) };
  yield* play.act.openGate(about);
  yield* seeOpen(play, () => play.act.readGateOpen(about));
}

/** Looks until the write that opens it has settled. */
export function* seeOpen(
  play: Play<Activities>,
  look: () => Steps<{ readonly kind: "settling" | "open" }>,
): Steps<void> {
  for (let looks = 0; looks < gateLooks; looks++) {
    if ((yield* look()).kind === "open") return;
    yield* play.sleep(gatePause);
  }
}
