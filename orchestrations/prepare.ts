import type { Activities } from "../functions/activities/index.ts";
import { lasting } from "../shared/decide/lasting.ts";
import type { Change } from "../shared/decide/plan.ts";
import type { ChangesEnd, ChangesOrder } from "./awaitChanges.ts";
import type { Play, Steps, Wire } from "./durable.ts";
import { Ended } from "./ending.ts";
import { enter } from "./enter.ts";
import type { BuildOrder } from "./order.ts";

/** Longest wait in seconds: for our own changes to settle, and (advise mode) for somebody else to make them. */
const settleWithin = 1800;
const adviseWithin = 3 * 24 * 3600;

/** Seconds: the service is not asked more often than that, however soon grants work here. */
const leastPace = 30;

/** Looks at a network change before it is left to the wait for all changes, and seconds between two. */
const settleLooks = 40;
const settlePause = 5;

/** What was done before the build. */
export interface Prepared {
  /** When the youngest right was granted (ISO); absent where none is young. */
  readonly grantedAt?: string;
  /** Roles that were granted and must work before the service is asked, for what is learned about them. */
  readonly roleKeys: readonly string[];
  /** Seconds between two tries while a right spreads: the age at which a grant was first tried. */
  readonly pace: number;
}

/** What a plan leaves to be done, as far as preparing is concerned. */
interface ToPrepare {
  readonly changes: readonly Wire<Change>[];
  readonly early: readonly string[];
  readonly youngestGrant?: string;
}

/** Makes the plan's changes (or waits until somebody else has), then waits until the service can be asked. */
export function* prepare(play: Play<Activities>, order: BuildOrder, plan: ToPrepare): Steps<Prepared> {
  const { changes, early, youngestGrant } = plan;
  const roleKeys = changes.flatMap((change) =>
    change.kind === "assignRole" && early.includes(change.name) ? [change.roleKey] : [],
  );
  if (changes.length === 0 && !youngestGrant) return { roleKeys, pace: order.pace.settle };
  const act = order.policy.mode === "act";
  if (act) yield* apply(play, order, changes);
  yield* enter(play, order, "waitingForRights");
  return { roleKeys, ...(yield* settle(play, order, plan, act ? settleWithin : adviseWithin)) };
}

/**
 * One after the other: side by side, a change that fails for good while others are being retried would number the
 * retries differently in the SDK and in the host (host.md §2.6). A network change also waits for the one before.
 */
function* apply(play: Play<Activities>, order: BuildOrder, changes: readonly Wire<Change>[]): Steps<void> {
  const grants = changes.filter((change) => change.kind === "assignRole");
  const definitions = changes.filter((change) => change.kind === "ensureRoleDefinition");
  const rest = changes.filter((change) => change.kind !== "assignRole" && change.kind !== "ensureRoleDefinition");
  if (grants.length > 0) yield* enter(play, order, "granting");
  for (const change of [...definitions, ...grants]) yield* play.act.applyChange(asked(order, change));
  if (rest.length > 0) yield* enter(play, order, "preparing");
  for (const change of rest) yield* applyToNetwork(play, order, change);
}

/** Seen to the end before the next one: Azure drops or supersedes a write that meets another, and what was superseded is written again. */
function* applyToNetwork(play: Play<Activities>, order: BuildOrder, change: Wire<Change>): Steps<void> {
  const effect = asked(order, change);
  for (let look = 0; look < settleLooks; look++) {
    yield* play.act.applyChange(effect);
    if (change.kind === "registerProvider") return;
    const { standing } = yield* play.act.settleChange(effect);
    if (standing) return;
    yield* play.sleep(settlePause);
  }
}

function asked(order: BuildOrder, change: Wire<Change>) {
  const { buildId, templateId } = order;
  const lasts = lasting(change, order);
  return { buildId, templateId, change, ...(lasts ? { lasts } : {}) };
}

function* settle(
  play: Play<Activities>,
  { buildId, pace }: BuildOrder,
  { changes, early, youngestGrant }: ToPrepare,
  within: number,
): Steps<Pick<Prepared, "grantedAt" | "pace">> {
  const deadline = new Date(play.now().getTime() + within * 1000).toISOString();
  const young = youngestGrant ? { youngestGrant } : {};
  const order: ChangesOrder = { buildId, changes, early, settle: pace.settle, deadline, ...young };
  const end = yield* play.part<ChangesEnd>("awaitChanges", `${buildId}:changes`, order);
  if (end.kind === "cancelled") throw new Ended({ state: "cancelled" });
  if (end.kind === "late") throw new Ended({ state: "timedOut", problem: changesMissing(within) });
  return { pace: Math.max(end.settle, leastPace), ...(end.youngestGrant ? { grantedAt: end.youngestGrant } : {}) };
}

const changesMissing = (within: number) => ({
  code: "ChangesMissing",
  title: "What the build needs was not there in time",
  detail: `The planned changes did not read as made within ${Math.round(within / 60)} minutes.`,
  fix: ["Compare POST /api/plans with what stands", "Make the changes that are missing", "Ask for the build again"],
});
