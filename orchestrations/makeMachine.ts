import type { Activities } from "../functions/activities/index.ts";
import { Refused } from "../shared/problem.ts";
import type { Play, Steps } from "./durable.ts";
import type { Verified, VerifyOrder } from "./verifyImage.ts";
import { asEnd } from "./watchMachines.ts";

/** One machine of a verification that was checked. */
export type MakeOrder = VerifyOrder & { readonly machine: number; readonly temporary: boolean };

/** Seconds between two looks, and looks that a network or interface may take: they were seen to take seconds. */
const pause = 10;
const looks = 20;

/** Makes one machine: network, interface and machine, each there before the next one. A part, so that many of them grow no history. */
export function* makeMachine(play: Play<Activities>, order: MakeOrder): Steps<Verified> {
  return yield* asEnd(make(play, order), (end) => end);
}

function* make(play: Play<Activities>, { verificationId, buildId, machine, temporary }: MakeOrder): Steps<Verified> {
  const about = { verificationId, machine, ...(buildId ? { buildId } : {}) };
  if (temporary) yield* standing(play, () => play.act.makeTestNetwork(about));
  yield* standing(play, () => play.act.makeTestInterface(about));
  yield* play.act.makeTestMachine(about);
  return { state: "proven" };
}

function* standing(play: Play<Activities>, look: () => Steps<{ readonly standing: boolean }>): Steps<void> {
  for (let seen = 0; seen < looks; seen++) {
    if ((yield* look()).standing) return;
    yield* play.sleep(pause);
  }
  throw new Refused({
    code: "NetworkNotReady",
    title: "A network or interface for the verification did not get ready",
    stage: "verifying",
    fix: ["Look at the verification's timeline", "Ask for the verification again"],
  });
}
