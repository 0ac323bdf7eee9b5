import type { Activities } from "../functions/activities/index.ts";
import type { Problem } from "../shared/problem.ts";
import { Refused } from "../shared/problem.ts";
import type { VerificationEnd } from "../shared/verification.ts";
import type { Play, Steps } from "./durable.ts";
import type { MakeOrder } from "./makeMachine.ts";
import { openGate } from "./openGate.ts";

/** A verification that was written down; of a build, or on its own. */
export interface VerifyOrder {
  readonly verificationId: string;
  readonly buildId?: string;
}

/** How it ended. */
export interface Verified {
  readonly state: VerificationEnd;
  readonly problem?: Problem;
}

/**
 * Boots machines from an image and says whether it is proven. Whatever ends it, what it made is removed; what cannot be
 * removed now is found by the sweep, by what was written down before it was made.
 */
export function* verifyImage(play: Play<Activities>, order: VerifyOrder): Steps<Verified> {
  const { act } = play;
  const about = aboutOf(order);
  const verdict = yield* attempt(play, order);
  yield* act.enterVerification({ ...about, state: "removing" });
  yield* play.part("removeMachines", `${order.verificationId}:remove`, about);
  const end = yield* act.endVerification({ ...about, ...verdict });
  const { state, problem } = end;
  if (state === "proven" && !order.buildId) yield* tagged(play, order);
  return { state, ...(problem ? { problem } : {}) };
}

const aboutOf = ({ verificationId, buildId }: VerifyOrder) => ({ verificationId, ...(buildId ? { buildId } : {}) });

/** A verification of its own writes onto the version only where it was asked to open the gate. */
function* tagged(play: Play<Activities>, order: VerifyOrder): Steps<void> {
  const { gate } = yield* play.act.readGate({ verificationId: order.verificationId });
  if (!gate) return;
  try {
    yield* openGate(play, order);
  } catch {
    // It is proven; that it could not be written onto the version stands in the timeline.
  }
}

function* attempt(play: Play<Activities>, order: VerifyOrder): Steps<Verified> {
  try {
    return yield* prove(play, order);
  } catch (error) {
    if (error instanceof Refused) return { state: "refused", problem: error.problem };
    return { state: "failed", problem: stepFailed(error) };
  }
}

function* prove(play: Play<Activities>, order: VerifyOrder): Steps<Verified> {
  const { act } = play;
  const about = aboutOf(order);
  yield* act.enterVerification({ ...about, state: "checking" });
  const checked = yield* play.part<Reply<Ready>>("awaitImage", `${order.verificationId}:image`, about);
  if (checked.kind !== "ready") return checked.end;
  const { machines, scripts, minutes, temporary } = checked;
  const deadline = new Date(play.now().getTime() + minutes * 60_000).toISOString();
  yield* act.enterVerification({ ...about, state: "creating" });
  for (let machine = 0; machine < machines; machine++) {
    const one: MakeOrder = { ...about, machine, temporary };
    const made = yield* play.part<Verified>("makeMachine", `${order.verificationId}:make${machine}`, one);
    if (made.state !== "proven") return made;
  }
  yield* act.enterVerification({ ...about, state: "booting" });
  const booted = yield* play.part<Verified>("watchMachines", `${order.verificationId}:boot`, { ...about, deadline });
  if (booted.state !== "proven") return yield* kept(play, order, machines, booted);
  if (scripts.length > 0) yield* act.enterVerification({ ...about, state: "testing" });
  for (const { name, minutes: own } of scripts) {
    for (let machine = 0; machine < machines; machine++) yield* act.startScript({ ...about, machine, script: name });
    const limit = new Date(Math.min(Date.parse(deadline), play.now().getTime() + (own + 2) * 60_000)).toISOString();
    const ran = yield* play.part<Verified>("watchScript", `${order.verificationId}:${name}`, {
      ...about,
      machines,
      script: name,
      deadline: limit,
    });
    if (ran.state !== "proven") return yield* kept(play, order, machines, ran);
  }
  return { state: "proven" };
}

/** What the wait for an image came to. */
export interface Ready {
  readonly kind: "ready";
  readonly machines: number;
  readonly temporary: boolean;
  readonly minutes: number;
  readonly scripts: readonly { readonly name: string; readonly minutes: number }[];
}
export type Reply<T> = T | { readonly kind: "ended"; readonly end: Verified };

/** Keeps the consoles of machines that failed before they go. */
function* kept(play: Play<Activities>, order: VerifyOrder, machines: number, end: Verified): Steps<Verified> {
  for (let machine = 0; machine < machines; machine++) yield* play.act.keepConsole({ ...aboutOf(order), machine });
  return end;
}

const stepFailed = (error: unknown): Problem => ({
  code: "StepFailed",
  title: "A step of the verification kept failing and was given up",
  detail: (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "",
  stage: "verifying",
  fix: [
    "Look at the verification's timeline for the requests that failed",
    "Ask for the verification again once Azure answers",
  ],
});
