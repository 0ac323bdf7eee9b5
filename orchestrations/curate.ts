import type { Activities } from "../functions/activities/index.ts";
import type { Decision } from "../shared/approval.ts";
import type { Problem } from "../shared/problem.ts";
import { Refused } from "../shared/problem.ts";
import { type DecisionOrder, decisionInstance } from "./awaitDecision.ts";
import type { Play, Steps } from "./durable.ts";
import { endingOf } from "./ending.ts";

/** A move of a channel that was written down. */
export interface MoveOrder {
  readonly moveId: string;
  /** ISO; until when a decision is waited for. Absent: the move needs none. */
  readonly decideBy?: string;
}

/** A version that somebody took out of use. */
export interface RevokeOrder {
  readonly versionId: string;
  readonly reason: string;
  /** ISO. */
  readonly at: string;
}

type MoveEnd = { readonly state: "done" | "rejected" | "expired" | "refused" | "failed"; readonly problem?: Problem };

/** Waits for a decision where one is needed, then moves the channel; a roll back also keeps `latest` from what is newer. */
export function* carryMove(play: Play<Activities>, order: MoveOrder): Steps<{ readonly state: string }> {
  const { moveId, decideBy } = order;
  if (decideBy !== undefined) {
    const waiting: DecisionOrder = { id: moveId, decideBy };
    const kind = yield* play.part<Decision["kind"]>("awaitDecision", decisionInstance(moveId), waiting);
    if (kind !== "approved") return yield* ended(play, moveId, { state: kind === "rejected" ? kind : "expired" });
  }
  return yield* ended(play, moveId, yield* move(play, moveId));
}

function* move(play: Play<Activities>, moveId: string): Steps<MoveEnd> {
  try {
    const { exclude } = yield* play.act.moveChannel({ moveId });
    for (const versionId of exclude) yield* play.act.excludeVersion({ moveId, versionId });
    return { state: "done" };
  } catch (error) {
    const { problem } = endingOf(error);
    return { state: error instanceof Refused ? "refused" : "failed", ...(problem ? { problem } : {}) };
  }
}

function* ended(play: Play<Activities>, moveId: string, end: MoveEnd): Steps<{ readonly state: string }> {
  yield* play.act.endMove({ moveId, ...end });
  return { state: end.state };
}

/** Takes a version out of use and tells. */
export function* revoke(play: Play<Activities>, order: RevokeOrder): Steps<object> {
  return yield* play.act.revokeVersion(order);
}

/** What a retention report removes, as it was seen and agreed to. */
export interface RemovalOrder {
  readonly reportId: string;
  readonly versionIds: readonly string[];
}

/** Seconds between two looks at a deletion, and looks before it is given up. */
const removalPause = 30;
const removalLooks = 60;

/** Removes versions one by one, each only if it would be removed now as well. */
export function* removals(play: Play<Activities>, { reportId, versionIds }: RemovalOrder): Steps<object> {
  for (const versionId of versionIds)
    yield* play.part("removal", `${reportId}:${nameOf(versionId)}`, { reportId, versionId });
  return {};
}

/** Names of definition and version, which are unique within a report together with its place. */
const nameOf = (versionId: string) => versionId.split("/").slice(-5).join(".");

/** Removes one version and looks until it is gone. */
export function* removal(
  play: Play<Activities>,
  asked: { readonly reportId: string; readonly versionId: string },
): Steps<object> {
  try {
    for (let look = 0; look < removalLooks; look++) {
      const { outcome } = yield* play.act.removeVersion(asked);
      if (outcome === "gone" || outcome === "kept") return {};
      yield* play.sleep(removalPause);
    }
    yield* play.act.noteKept({ ...asked, problem: stillThere });
  } catch (error) {
    yield* play.act.noteKept({ ...asked, problem: endingOf(error).problem ?? stillThere });
  }
  return {};
}

const stillThere: Problem = {
  code: "NotRemovedInTime",
  title: "The version was still there after half an hour",
  fix: ["Plan again later: POST /api/retention"],
};
