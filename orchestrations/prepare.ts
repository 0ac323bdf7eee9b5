import type { Activities } from "../functions/activities/index.ts";
import type { Change } from "../shared/decide/planning/plan.ts";
import { lasting } from "../shared/decide/template/lasting.ts";
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
  /** ISO; when what the changes rest on was read. */
  readonly readAt?: string;
}

type Rule = Extract<Wire<Change>, { kind: "addSecurityRule" }>;

/** Makes the plan's changes (or waits until somebody else has), then waits until the service can be asked. */
export function* prepare(play: Play<Activities>, order: BuildOrder, plan: ToPrepare): Steps<Prepared> {
  const { changes, early, youngestGrant } = plan;
  const roleKeys = changes.flatMap((change) =>
    change.kind === "assignRole" && early.includes(change.name) ? [change.roleKey] : [],
  );
  if (changes.length === 0 && !youngestGrant) return { roleKeys, pace: order.pace.settle };
  const act = order.policy.mode === "act";
  if (act) yield* apply(play, order, plan);
  yield* enter(play, order, "waitingForRights");
  return { roleKeys, ...(yield* settle(play, order, plan, act ? settleWithin : adviseWithin)) };
}

/**
 * One after the other: side by side, a change that fails for good while others are being retried would number the
 * retries differently in the SDK and in the host (host.md §2.6). A network change also waits for the one before.
 */
function* apply(play: Play<Activities>, order: BuildOrder, { changes, readAt }: ToPrepare): Steps<void> {
  const grants = changes.filter((change) => change.kind === "assignRole");
  const definitions = changes.filter((change) => change.kind === "ensureRoleDefinition");
  const rules = changes.filter((change) => change.kind === "addSecurityRule");
  const elsewhere = ["assignRole", "ensureRoleDefinition", "addSecurityRule"];
  const rest = changes.filter(({ kind }) => !elsewhere.includes(kind));
  if (grants.length > 0) yield* enter(play, order, "granting");
  for (const change of definitions) yield* play.act.applyChange(asked(order, change));
  // What the plan compared counts as long as nobody wrote a definition since.
  const compared = definitions.length === 0 ? readAt : undefined;
  for (const change of grants) yield* play.act.applyChange(asked(order, change, compared));
  if (rest.length + rules.length > 0) yield* enter(play, order, "preparing");
  for (const change of rest) yield* applyToNetwork(play, asked(order, change));
  for (const nsgId of new Set(rules.map((rule) => rule.nsgId)))
    yield* applyRules(
      play,
      order,
      nsgId,
      rules.filter((rule) => rule.nsgId === nsgId),
      readAt,
    );
}

type Effect = Parameters<Activities["applyChange"]>[0];

/** Seen to the end before the next one: Azure drops or supersedes a write that meets another, and what was superseded is written again. */
function* applyToNetwork(play: Play<Activities>, effect: Effect): Steps<void> {
  for (let look = 0; look < settleLooks; look++) {
    const { outcome } = yield* play.act.applyChange(effect);
    if (outcome === "stood" || effect.change.kind === "registerProvider") return;
    yield* play.sleep(settlePause);
  }
}

/** The rules of one security group, one after the other, then one look at all of them; what is not there is written again. */
function* applyRules(
  play: Play<Activities>,
  order: BuildOrder,
  nsgId: string,
  rules: readonly Rule[],
  readAt: string | undefined,
): Steps<void> {
  let missing: readonly Rule[] = rules;
  for (let look = 0; look < settleLooks && missing.length > 0; look++) {
    for (const change of missing) {
      yield* play.act.applyChange(asked(order, change, look === 0 ? readAt : undefined));
      yield* play.sleep(settlePause);
    }
    missing = (yield* play.act.settleRules({ buildId: order.buildId, nsgId, rules })).missing;
  }
}

function asked(order: BuildOrder, change: Wire<Change>, plannedAt?: string) {
  const { buildId, templateId } = order;
  const lasts = lasting(change, order);
  return { buildId, templateId, change, ...(lasts ? { lasts } : {}), ...(plannedAt ? { plannedAt } : {}) };
}

function* settle(
  play: Play<Activities>,
  { buildId, pace, policy }: BuildOrder,
  { changes, early, youngestGrant }: ToPrepare,
  within: number,
): Steps<Pick<Prepared, "grantedAt" | "pace">> {
  const deadline = new Date(play.now().getTime() + within * 1000).toISOString();
  const young = youngestGrant ? { youngestGrant } : {};
  const own = policy.mode === "act";
  const order: ChangesOrder = { buildId, changes, early, own, settle: pace.settle, deadline, ...young };
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
