import type { Activities } from "../functions/activities/index.ts";
import type { Change } from "../shared/decide/plan.ts";
import type { ChangesEnd, ChangesOrder } from "./awaitChanges.ts";
import type { Play, Steps, Wire } from "./durable.ts";
import { Ended } from "./ending.ts";
import { enter } from "./enter.ts";
import type { BuildOrder } from "./order.ts";

/** Longest wait in seconds: for our own changes to settle, and (advise mode) for somebody else to make them. */
const settleWithin = 1800;
const adviseWithin = 3 * 24 * 3600;

/** What was done before the build. */
export interface Prepared {
  /** When the youngest right was granted (ISO); absent where nothing was granted. */
  readonly grantedAt?: string;
}

/** Makes the plan's changes (or waits until somebody else has), then waits until they can be trusted. */
export function* prepare(play: Play<Activities>, order: BuildOrder, changes: readonly Wire<Change>[]): Steps<Prepared> {
  if (changes.length === 0) return {};
  const act = order.policy.mode === "act";
  if (act) yield* apply(play, order, changes);
  yield* enter(play, order, "waitingForRights");
  return yield* settle(play, order, changes, act ? settleWithin : adviseWithin);
}

/**
 * One after the other: side by side, a change that fails for good while others are being retried would number the
 * retries differently in the SDK and in the host (host.md §2.6). A network change also waits for the one before.
 */
function* apply(play: Play<Activities>, order: BuildOrder, changes: readonly Wire<Change>[]): Steps<void> {
  const { buildId, templateId } = order;
  const grants = changes.filter((change) => change.kind === "assignRole");
  const rest = changes.filter((change) => change.kind !== "assignRole");
  if (grants.length > 0) yield* enter(play, order, "granting");
  for (const change of grants) yield* play.act.applyChange({ buildId, templateId, change });
  if (rest.length > 0) yield* enter(play, order, "preparing");
  for (const change of rest) yield* play.act.applyChange({ buildId, templateId, change });
}

function* settle(
  play: Play<Activities>,
  { buildId, pace }: BuildOrder,
  changes: readonly Wire<Change>[],
  within: number,
): Steps<Prepared> {
  const deadline = new Date(play.now().getTime() + within * 1000).toISOString();
  const order: ChangesOrder = { buildId, changes, settle: pace.settle, deadline };
  const end = yield* play.part<ChangesEnd>("awaitChanges", `${buildId}:changes`, order);
  if (end.kind === "cancelled") throw new Ended({ state: "cancelled" });
  if (end.kind === "late") throw new Ended({ state: "timedOut", problem: changesMissing(within) });
  return end.youngestGrant ? { grantedAt: end.youngestGrant } : {};
}

const changesMissing = (within: number) => ({
  code: "ChangesMissing",
  title: "What the build needs was not there in time",
  detail: `The planned changes did not read as made within ${Math.round(within / 60)} minutes.`,
  fix: ["Compare POST /api/plans with what stands", "Make the changes that are missing", "Ask for the build again"],
});
