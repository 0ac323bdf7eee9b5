import type { Activities } from "../functions/activities/index.ts";
import type { RemedyLine, RemedyStep } from "../functions/activities/remedy.ts";
import type { Origin } from "../shared/build.ts";
import type { Policy } from "../shared/decide/planning/policy.ts";
import type { Play, Steps, Wire } from "./durable.ts";
import { endingOf } from "./ending.ts";

/** The findings of an audit that somebody chose to have put right. */
export interface RemedyOrder {
  readonly auditId: string;
  readonly remedyId: string;
  readonly policy: Policy;
  readonly origin?: Origin;
  readonly steps: readonly Wire<RemedyStep>[];
}

/** Looks at one change that is settling, and seconds between two. */
const looks = 40;
const pause = 5;

/** Puts findings right one after the other and keeps what became of each; one that fails does not stop the others. */
export function* remedyFindings(play: Play<Activities>, order: RemedyOrder): Steps<void> {
  const { auditId, remedyId, origin } = order;
  const lines: RemedyLine[] = [];
  for (const step of order.steps) lines.push(yield* remedy(play, order, step));
  yield* play.act.finishRemediation({ auditId, remedyId, lines, ...(origin ? { origin } : {}) });
}

function* remedy(play: Play<Activities>, { remedyId, policy }: RemedyOrder, step: Wire<RemedyStep>): Steps<RemedyLine> {
  try {
    for (let look = 0; look < looks; look++) {
      const { line, settle } = yield* play.act.remedyFinding({ remedyId, policy, step });
      if (settle) yield* settled(play, { buildId: remedyId, ...settle });
      if (line.outcome !== "started") return line;
      yield* play.sleep(pause);
    }
    return { findingId: step.findingId, outcome: "started" };
  } catch (error) {
    const { problem } = endingOf(error);
    return { findingId: step.findingId, outcome: "refused", ...(problem ? { problem } : {}) };
  }
}

/** Waits until a change of the network is there, and lets the resource go for the next one. */
function* settled(play: Play<Activities>, effect: Parameters<Activities["applyChange"]>[0]): Steps<void> {
  const { buildId, change } = effect;
  if (change.kind === "registerProvider") return;
  for (let look = 0; look < looks; look++) {
    yield* play.sleep(pause);
    if (change.kind === "addSecurityRule") {
      const { missing } = yield* play.act.settleRules({ buildId, nsgId: change.nsgId, rules: [change] });
      if (missing.length === 0) return;
    } else if ((yield* play.act.applyChange(effect)).outcome === "stood") return;
  }
}
