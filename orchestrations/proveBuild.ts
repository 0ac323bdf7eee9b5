import type { Activities } from "../functions/activities/index.ts";
import type { Problem } from "../shared/problem.ts";
import type { Play, Steps } from "./durable.ts";
import type { Ending } from "./ending.ts";
import { enter } from "./enter.ts";
import { openGate } from "./openGate.ts";
import type { BuildOrder } from "./order.ts";
import type { Verified, VerifyOrder } from "./verifyImage.ts";

/** Boots every version that a build published; `latest` may mean one only once it is proven (and approved, where that is asked for), and a build is as good as all of them. */
export function* proveBuild(play: Play<Activities>, order: BuildOrder, profile: string, built: Ending): Steps<Ending> {
  if (built.state !== "succeeded" && built.state !== "partiallySucceeded") return built;
  const { buildId } = order;
  const { versionIds } = yield* play.act.holdBack({ buildId });
  yield* enter(play, order, "verifying");
  let worst: Verified = versionIds.length > 0 ? { state: "proven" } : { state: "failed", problem: nothingPublished };
  for (const versionId of versionIds) {
    const end = yield* proveVersion(play, { buildId, versionId, profile, gate: order.approval === undefined });
    if (end.state === "cancelled") return { state: "cancelled" };
    if (end.state !== "proven" && worst.state === "proven") worst = end;
  }
  if (worst.state === "proven") return built;
  const { problem } = worst;
  return { state: worst.state === "timedOut" ? "timedOut" : "failed", ...(problem ? { problem } : {}) };
}

type OneVersion = {
  readonly buildId: string;
  readonly versionId: string;
  readonly profile: string;
  readonly gate: boolean;
};

function* proveVersion(play: Play<Activities>, one: OneVersion): Steps<Verified> {
  const { buildId, versionId } = one;
  const { verificationId } = yield* play.act.openVerification(one);
  const order: VerifyOrder = { verificationId, buildId };
  const end = yield* play.part<Verified>("verifyImage", verificationId, order);
  if (end.state === "proven") yield* openGate(play, order);
  else yield* play.act.markUnproven({ verificationId, versionId, buildId });
  return end;
}

const nothingPublished: Problem = {
  code: "NothingToVerify",
  title: "The build published no image version that could be verified",
  stage: "verifying",
  fix: ["Look at the build's timeline for targets that got nothing", "Ask for the build again"],
};
