import type { Activities } from "../functions/activities/index.ts";
import { type Problem, Refused } from "../shared/problem.ts";
import type { Play, Steps } from "./durable.ts";
import type { Ready, Reply, Verified, VerifyOrder } from "./verifyImage.ts";

/** Seconds between two looks at machines, at a script, at an image that is being replicated, at what is being removed. */
const bootPause = 15;
const scriptPause = 10;
const imagePause = 60;
const removalPause = 15;
/** Looks that one execution takes before it starts over, so that no history grows. */
const looks = 20;
/** Hours that replication may take (image-builder.md §6.5), and rounds of removal before the sweep is left to it. */
const longestReplication = 6;
const removalRounds = 8;

type WaitOrder = VerifyOrder & { readonly since?: string };
type BootOrder = VerifyOrder & { readonly deadline: string };
type ScriptOrder = BootOrder & { readonly machines: number; readonly script: string };

/** A part answers a refusal as its end: thrown, it would reach the whole as a mere text. */
export function* asEnd<T>(steps: Steps<T>, ended: (end: Verified) => T): Steps<T> {
  try {
    return yield* steps;
  } catch (error) {
    if (error instanceof Refused) return ended({ state: "refused", problem: error.problem });
    throw error;
  }
}

/** Waits until the image is in every region it is to boot in. */
export function* awaitImage(play: Play<Activities>, order: WaitOrder): Steps<Reply<Ready> | undefined> {
  return yield* asEnd(waitForImage(play, order), (end): Reply<Ready> => ({ kind: "ended", end }));
}

function* waitForImage(play: Play<Activities>, order: WaitOrder): Steps<Reply<Ready> | undefined> {
  const since = order.since ?? play.now().toISOString();
  for (let look = 0; look < looks; look++) {
    const { kind, ...rest } = yield* play.act.checkVerification(about(order));
    if (kind === "ready") return { kind, ...rest };
    if (kind === "cancelled") return { kind: "ended", end: { state: "cancelled" } };
    if (play.now().getTime() > Date.parse(since) + longestReplication * 3_600_000)
      return { kind: "ended", end: { state: "timedOut", problem: notReplicated } };
    yield* play.sleep(imagePause);
  }
  play.startOver({ ...order, since });
  return undefined;
}

/** Waits until every machine has booted, one has failed, or time is up. */
export function* watchMachines(play: Play<Activities>, order: BootOrder): Steps<Verified | undefined> {
  return yield* asEnd(waitForBoot(play, order), (end) => end);
}

function* waitForBoot(play: Play<Activities>, order: BootOrder): Steps<Verified | undefined> {
  for (let look = 0; look < looks; look++) {
    const { cancelAsked, stage } = yield* play.act.readTestMachines(about(order));
    if (cancelAsked) return { state: "cancelled" };
    if (stage === "ready") return { state: "proven" };
    if (stage === "failed") return yield* failed(play, order);
    if (play.now().getTime() > Date.parse(order.deadline)) return { state: "timedOut", problem: notBooted(order) };
    yield* play.sleep(bootPause);
  }
  play.startOver(order);
  return undefined;
}

/** Waits until a script has ended on every machine. */
export function* watchScript(play: Play<Activities>, order: ScriptOrder): Steps<Verified | undefined> {
  return yield* asEnd(waitForScript(play, order), (end) => end);
}

function* waitForScript(play: Play<Activities>, order: ScriptOrder): Steps<Verified | undefined> {
  for (let look = 0; look < looks; look++) {
    let over = 0;
    for (let machine = 0; machine < order.machines; machine++) {
      const reading = yield* play.act.readScript({ ...about(order), machine, script: order.script });
      if (reading.cancelAsked) return { state: "cancelled" };
      if (reading.over && !reading.passed) return yield* failed(play, order);
      over += reading.over ? 1 : 0;
    }
    if (over === order.machines) return { state: "proven" };
    if (play.now().getTime() > Date.parse(order.deadline)) return { state: "timedOut", problem: scriptHangs(order) };
    yield* play.sleep(scriptPause);
  }
  play.startOver(order);
  return undefined;
}

/** Removes what a verification made, machines first; again and again until nothing is left. What outlasts that is left open for the sweep. */
export function* removeMachines(
  play: Play<Activities>,
  order: VerifyOrder & { readonly round?: number },
): Steps<{ readonly left: number } | undefined> {
  const { ids } = yield* play.act.listTestResources(about(order));
  for (let look = 0; look < looks; look++) {
    const left = yield* remaining(play, order, ids);
    if (left === 0) {
      yield* play.act.closeVerification(about(order));
      return { left };
    }
    yield* play.sleep(removalPause);
  }
  const round = (order.round ?? 0) + 1;
  if (round >= removalRounds) return { left: ids.length };
  play.startOver({ ...order, round });
  return undefined;
}

/** Removes what a verification left whose own orchestration is gone, and ends it. */
export function* sweepVerification(play: Play<Activities>, order: VerifyOrder): Steps<void> {
  yield* play.part("removeMachines", `${play.instanceId}:remove`, order);
  yield* play.act.endVerification({ ...about(order), state: "failed", problem: abandoned });
}

/** One look: what holds others first, and those only once it is gone. */
function* remaining(play: Play<Activities>, order: VerifyOrder, ids: readonly string[]): Steps<number> {
  for (const [index, resourceId] of ids.entries()) {
    if (!(yield* gone(play, order, resourceId))) return ids.length - index;
  }
  return 0;
}

/** A refusal (a lock, a right that was taken) is no reason to forget about it. */
function* gone(play: Play<Activities>, order: VerifyOrder, resourceId: string): Steps<boolean> {
  try {
    return (yield* play.act.removeTestResource({ ...about(order), resourceId })).gone;
  } catch {
    return false;
  }
}

const about = ({ verificationId, buildId }: VerifyOrder) => ({ verificationId, ...(buildId ? { buildId } : {}) });

function* failed(play: Play<Activities>, order: VerifyOrder): Steps<Verified> {
  const { problem } = yield* play.act.readFailure(about(order));
  return { state: "failed", ...(problem ? { problem } : {}) };
}

const abandoned: Problem = {
  code: "Abandoned",
  title: "The verification was given up: its orchestration ended without it",
  detail: "What it had made was removed by the sweep.",
  stage: "verifying",
  fix: ["Ask for the verification again"],
};

const notReplicated: Problem = {
  code: "NotReplicated",
  title: "The image version did not reach the region in time",
  detail: `Replication took longer than ${longestReplication} hours.`,
  stage: "verifying",
  fix: ["Look at the version's replication status in the portal", "Ask for the verification again once it is complete"],
};

const notBooted = ({ deadline }: BootOrder): Problem => ({
  code: "BootTimedOut",
  title: "A machine was not up with its agent within the profile's minutes",
  detail: `It should have been by ${deadline}.`,
  stage: "verifying",
  fix: ["Look at the console log of the verification", "Check that the VM agent is installed and enabled in the image"],
});

const scriptHangs = ({ script }: ScriptOrder): Problem => ({
  code: "ScriptTimedOut",
  title: `The script ${script} did not end in time`,
  stage: "verifying",
  fix: ["Look at its output in the verification", "Give it more minutes in the profile"],
});
