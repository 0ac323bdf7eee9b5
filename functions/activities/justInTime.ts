import { isFinal } from "../../shared/build.ts";
import { normalize, sameId } from "../../shared/decide/armId.ts";
import { type Effect, isShare } from "../../shared/decide/gallery/share.ts";
import { assignmentName } from "../../shared/decide/permissions/roles.ts";
import type { Facts } from "../../shared/decide/planning/facts.ts";
import type { Change, Plan } from "../../shared/decide/planning/plan.ts";
import { type Problem, Refused } from "../../shared/problem.ts";
import type { LedgerEntry } from "../../shared/store/store.ts";
import { grantEntryId, ledgerId, withEntry } from "../effects.ts";
import type { Deps } from "./deps.ts";
import { type TakenBack, takeBack } from "./undo.ts";

/** Whether rights may live only as long as builds, and what lingers that should be gone. */
export const justInTimeActivities = (deps: Deps) => ({
  /** Refuses just-in-time grants where somebody or something starts runs that this app does not see, or a lock keeps grants from being removed. */
  async checkJustInTime({ templateId }: { readonly buildId: string; readonly templateId: string }) {
    const template = await deps.azure.readTemplate(templateId);
    if (!template) return {};
    const reasons = unfit(template.body, await deps.azure.countTriggers(templateId));
    if (reasons.length > 0) throw new Refused(notJustInTime(templateId, reasons));
    return {};
  },

  /** Entries that should have been taken back: no build uses them any more (it was killed, purged or lost), or their template is gone. */
  async listLeftOvers(_: Record<string, never>): Promise<{ readonly entryIds: readonly string[] }> {
    const left: string[] = [];
    for (const entry of await deps.store.ledger.list()) if (await isLeftOver(deps, entry)) left.push(entry.id);
    return { entryIds: left };
  },

  /** Takes such an entry back, if it still is one. */
  async sweepEntry({ sweepId, entryId }: { readonly sweepId: string; readonly entryId: string }) {
    return withEntry(deps, entryId, sweepId, async (): Promise<{ readonly outcome: TakenBack }> => {
      const entry = await deps.store.ledger.get(entryId);
      if (!entry || !(await isLeftOver(deps, entry))) return { outcome: "kept" };
      return { outcome: await takeBack(deps, entryId, sweepId) };
    });
  },
});

/** Whether an effect outlived what it was for. Rights that stand for good go with the last template that rests on them. */
export async function isLeftOver(deps: Deps, { id, state, lasts, change, templateId }: LedgerEntry): Promise<boolean> {
  if (state !== "made" && state !== "intended") return false;
  if (lasts === undefined && change.kind !== "assignRole") return false;
  const uses = await deps.store.uses.list(id);
  const builds = await Promise.all(
    uses.flatMap((use) => (use.kind === "build" ? [deps.store.builds.get(use.id)] : [])),
  );
  if (builds.some((build) => build && !isFinal(build.state))) return false;
  return lasts === "build" || allGone(deps, [templateId, ...templatesOf(uses)]);
}

const templatesOf = (uses: readonly { readonly kind: string; readonly id: string }[]) =>
  uses.flatMap(({ kind, id }) => (kind === "template" ? [id] : []));

/** Whether none of the templates exists any more, and no build is about to create one. */
async function allGone(deps: Deps, templateIds: readonly string[]): Promise<boolean> {
  for (const id of new Set(templateIds.map(normalize))) if (!(await isGone(deps, id))) return false;
  return true;
}

async function isGone({ azure, store }: Deps, templateId: string): Promise<boolean> {
  if ((await store.builds.active(templateId)).length > 0) return false;
  return (await azure.readTemplate(templateId)) === undefined;
}

/** Why rights of a template cannot live only as long as Goldsmith's builds of it. */
export function unfit(body: Facts["template"]["body"], triggers: number): readonly string[] {
  const { autoRun, stagingResourceGroup } = (body.properties ?? {}) as {
    autoRun?: { state?: string };
    stagingResourceGroup?: string;
  };
  return [
    ...(triggers > 0 ? ["it has triggers, which start runs by themselves"] : []),
    ...(autoRun?.state?.toLowerCase() === "enabled" ? ["autoRun starts a run as soon as it is created"] : []),
    ...(stagingResourceGroup ? ["it has a staging resource group of its own, which outlives the build"] : []),
  ];
}

const notJustInTime = (templateId: string, reasons: readonly string[]): Problem => ({
  code: "NotJustInTime",
  title: "The rights of this template cannot live only as long as a build",
  detail: `${templateId}: ${reasons.join("; ")}.`,
  scope: templateId,
  status: 409,
  fix: ['Ask for the build with "grants": "standing"', "Or take away what starts runs outside Goldsmith"],
});

/** How long (ms) a removed assignment may still be listed (rbac-network-arm.md §2.6): a plan may have counted on it. */
const lingeringMs = 15 * 60_000;

/**
 * What a plan rests on without making it, because Goldsmith made it before. For good: this template is noted as a user.
 * Only for as long as another build runs, or taken back just now: it is a change of this build too, or it would be gone under it.
 */
export async function borrowedChanges({ store }: Deps, plan: Plan, facts: Facts): Promise<readonly Change[]> {
  const planned = new Set(plan.changes.map(ledgerId));
  const borrowed: Change[] = [];
  for (const id of restedOn(plan)) {
    if (planned.has(id) || !(await store.ledger.get(id))) continue;
    await store.uses.add(id, { kind: "template", id: plan.templateId });
    // Read after it was noted: who takes it back looks at the notes first.
    const entry = await store.ledger.get(id);
    const justUndone = entry?.state === "undone" && Date.parse(entry.at) + lingeringMs > Date.now();
    if (entry && !isShare(entry.change) && (justUndone || (entry.lasts === "build" && isOurs(entry))))
      borrowed.push(entry.change);
  }
  const passing = (await store.ledger.list({ lasts: "build" })).filter(isOurs);
  const network = passing.filter(({ id, change }) => !planned.has(id) && touches(change, facts));
  return [...borrowed, ...network.flatMap(({ change }) => (isShare(change) ? [] : [change]))];
}

const isOurs = ({ state }: LedgerEntry) => state === "made" || state === "intended";

function restedOn(plan: Plan): readonly string[] {
  const names = plan.requirements
    .filter(({ satisfied }) => satisfied)
    .map((need) => ({ scope: need.scope, name: assignmentName(need.scope, need.principalId, need.role.id) }));
  return [...new Set(names.map(grantEntryId))];
}

/** Whether a network change is about what a template builds in. */
function touches(change: Effect, { subnets }: Facts): boolean {
  const used = Object.values(subnets);
  if (change.kind === "addSecurityRule") return used.some(({ nsg }) => nsg && sameId(nsg.id, change.nsgId));
  if (change.kind !== "setSubnetPolicy" && change.kind !== "delegateSubnet") return false;
  return used.some(({ id }) => sameId(id, change.subnetId));
}
