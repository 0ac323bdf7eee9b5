import type { Activities } from "../functions/activities/index.ts";
import type { Change } from "../shared/decide/plan.ts";
import type { Play, Steps, Wire } from "./durable.ts";

/** What `awaitChanges` waits for. */
export interface ChangesOrder {
  readonly buildId: string;
  readonly changes: readonly Wire<Change>[];
  /** Seconds that the youngest grant must be old before it is trusted. */
  readonly settle: number;
  /** ISO; past it nobody will make them any more. */
  readonly deadline: string;
  /** ISO; a grant that stood before, but not for long. */
  readonly youngestGrant?: string;
  /** Seconds to the next look; grows. */
  readonly pause?: number;
}

export type ChangesEnd =
  | { readonly kind: "standing"; readonly youngestGrant?: string }
  | { readonly kind: "cancelled" }
  | { readonly kind: "late" };

const firstPause = 5;
const longestPause = 60;
/** Looks per execution, so that days of waiting do not grow the history. */
const looks = 10;

/**
 * Waits until every change reads as made and its grants are old enough to work: nothing tells an app whether another
 * principal's new right is effective (rbac-network-arm.md §2.7), so reads come first and an age floor after them.
 */
export function* awaitChanges(play: Play<Activities>, order: ChangesOrder): Steps<ChangesEnd | undefined> {
  const { buildId, changes } = order;
  let pause = order.pause ?? firstPause;
  for (let look = 0; look < looks; look++) {
    const found = yield* play.act.checkChanges({ buildId, changes });
    if (found.cancelAsked) return { kind: "cancelled" };
    if (found.standing) return yield* ripen(play, order, later(order.youngestGrant, found.youngestGrant), found.settle);
    if (play.now().getTime() > Date.parse(order.deadline)) return { kind: "late" };
    yield* play.sleep(pause);
    pause = Math.min(pause * 2, longestPause);
  }
  play.startOver({ ...order, pause });
  return undefined;
}

const later = (a: string | undefined, b: string | undefined) => (a && b ? (a > b ? a : b) : (a ?? b));

function* ripen(
  play: Play<Activities>,
  order: ChangesOrder,
  youngestGrant: string | undefined,
  settle = order.settle,
): Steps<ChangesEnd> {
  if (!youngestGrant) return { kind: "standing" };
  const trustedAt = Date.parse(youngestGrant) + settle * 1000;
  for (;;) {
    const left = (trustedAt - play.now().getTime()) / 1000;
    if (left <= 0) return { kind: "standing", youngestGrant };
    yield* play.sleep(Math.min(left, longestPause));
    const { cancelAsked } = yield* play.act.lookForCancel({ buildId: order.buildId });
    if (cancelAsked) return { kind: "cancelled" };
  }
}
