import type { Activities } from "../functions/activities/index.ts";
import type { Change } from "../shared/decide/planning/plan.ts";
import type { Play, Steps, Wire } from "./durable.ts";

/** What `awaitChanges` waits for. */
export interface ChangesOrder {
  readonly buildId: string;
  readonly changes: readonly Wire<Change>[];
  /** Names of the grants that must be old enough before the service is asked. */
  readonly early: readonly string[];
  /** This app made them itself. */
  readonly own?: boolean;
  /** Seconds that a grant nobody measured must be old before the service is asked. */
  readonly settle: number;
  /** ISO; past it nobody will make them any more. */
  readonly deadline: string;
  /** ISO; a grant that stood before, but not for long. */
  readonly youngestGrant?: string;
  /** Seconds to the next look; grows. */
  readonly pause?: number;
}

export type ChangesEnd =
  | { readonly kind: "standing"; readonly youngestGrant?: string; readonly settle: number }
  | { readonly kind: "cancelled" }
  | { readonly kind: "late" };

const firstPause = 5;
const longestPause = 60;
/** Seconds between two questions to an oracle: at first, and at most. */
const oraclePauses = [10, 90] as const;
/** Looks per execution, so that days of waiting do not grow the history. */
const looks = 10;

/**
 * Waits until every change reads as made and its grants are old enough to be tried: nothing that is documented tells an app
 * whether another principal's new right is effective (rbac-network-arm.md §2.7), so reads come first, an age floor after them (or the word of an
 * oracle, where the operator says that there is one), and then the service is asked.
 */
export function* awaitChanges(play: Play<Activities>, order: ChangesOrder): Steps<ChangesEnd | undefined> {
  const { buildId, changes, early, own = false } = order;
  let pause = order.pause ?? firstPause;
  for (let look = 0; look < looks; look++) {
    const found = yield* play.act.checkChanges({ buildId, changes, early, own });
    if (found.cancelAsked) return { kind: "cancelled" };
    if (found.standing) return yield* ripen(play, order, found);
    if (play.now().getTime() > Date.parse(order.deadline)) return { kind: "late" };
    yield* play.sleep(pause);
    pause = Math.min(pause * 2, longestPause);
  }
  play.startOver({ ...order, pause });
  return undefined;
}

const later = (a: string | undefined, b: string | undefined) => (a && b ? (a > b ? a : b) : (a ?? b));

interface Found {
  readonly youngestGrant?: string;
  readonly youngestEarly?: string;
  readonly settle?: number;
  readonly oracleFor?: number;
}

function* ripen(play: Play<Activities>, order: ChangesOrder, found: Found): Steps<ChangesEnd> {
  const settle = found.settle ?? order.settle;
  const youngestGrant = later(order.youngestGrant, found.youngestGrant);
  const waited = later(order.youngestGrant, found.youngestEarly);
  const end: ChangesEnd = { kind: "standing", settle, ...(youngestGrant ? { youngestGrant } : {}) };
  const says = waited && found.oracleFor ? yield* consult(play, order, waited, found.oracleFor) : "silent";
  if (says === "cancelled") return { kind: "cancelled" };
  if (says === "allowed") return end;
  for (;;) {
    const left = waited ? (Date.parse(waited) + settle * 1000 - play.now().getTime()) / 1000 : 0;
    if (left <= 0) return end;
    yield* play.sleep(Math.min(left, longestPause));
    const { cancelAsked } = yield* play.act.lookForCancel({ buildId: order.buildId });
    if (cancelAsked) return { kind: "cancelled" };
  }
}

/** Asks an oracle until it says that the rights work, or says nothing any more, or the youngest of them is `most` seconds old: then the service is asked, which is the test. */
function* consult(
  play: Play<Activities>,
  { buildId }: ChangesOrder,
  youngest: string,
  most: number,
): Steps<"allowed" | "silent" | "cancelled"> {
  const [first, longest] = oraclePauses;
  for (let pause: number = first; ; pause = Math.min(pause * 2, longest)) {
    const { cancelAsked, says } = yield* play.act.askOracle({ buildId, youngest });
    if (cancelAsked) return "cancelled";
    if (says !== "notYet") return says;
    const left = (Date.parse(youngest) + most * 1000 - play.now().getTime()) / 1000;
    if (left <= 0) return "silent";
    yield* play.sleep(Math.min(pause, left));
  }
}
