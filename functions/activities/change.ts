import { createHash } from "node:crypto";
import { normalize, parentId } from "../../shared/decide/armId.ts";
import { grantFenceProblems, networkFenceProblems } from "../../shared/decide/fence.ts";
import type { Change, Plan } from "../../shared/decide/plan.ts";
import { builtInRole, sameRole } from "../../shared/decide/roles.ts";
import { type Problem, Refused } from "../../shared/problem.ts";
import type { LedgerEntry } from "../../shared/store/store.ts";
import type { Deps } from "./deps.ts";
import { planDocument } from "./plan.ts";
import { tell } from "./story.ts";

type Asked = { readonly buildId: string; readonly templateId: string; readonly change: Change };
type Done = { readonly outcome: "made" | "stood"; readonly before?: string };

/** How long (ms) one edit of a virtual network may keep others out. */
const editMs = 120_000;

/** Making one planned change, and looking whether planned changes stand. */
export const changeActivities = (deps: Deps) => ({
  /** Makes one change, with its intention in the ledger before and its outcome after. Harmless when repeated. */
  async applyChange({ buildId, templateId, change }: Asked) {
    const [outside] = await fenceProblems(deps, buildId, change);
    if (outside) throw new Refused(outside);
    const id = ledgerId(change);
    const entry: LedgerEntry = { id, change, buildId, templateId, at: new Date().toISOString(), state: "intended" };
    const known = await deps.store.ledger.get(id);
    if (known?.state !== "made") await deps.store.ledger.put(entry);
    const done = await make(deps, buildId, change);
    tell(`${done.outcome === "made" ? "made" : "stood already"}: ${sentence(change)}`);
    const ours = done.outcome === "made" || known?.state === "intended" || known?.state === "made";
    if (known?.state !== "made")
      await deps.store.ledger.put({
        ...entry,
        state: ours ? "made" : "stood",
        ...(done.before ? { before: done.before } : {}),
      });
    return { outcome: done.outcome };
  },

  /** Whether all changes read as made, and when the youngest grant among them was (ISO). */
  async checkChanges({ buildId, changes }: { readonly buildId: string; readonly changes: readonly Change[] }) {
    if (await deps.store.seen.has("cancel", buildId)) return { cancelAsked: true, standing: false };
    for (const change of changes)
      if (!(await deps.azure.changeStands(change))) {
        tell(`not there yet: ${sentence(change)}`);
        return { cancelAsked: false, standing: false };
      }
    const written = await Promise.all(changes.map((change) => writtenAt(deps, change)));
    const youngestGrant = written
      .filter((at) => at !== undefined)
      .sort()
      .at(-1);
    return { cancelAsked: false, standing: true, ...(youngestGrant ? { youngestGrant } : {}) };
  },
});

/** The fence as it is set now, not as it was when the build was asked for: an operator may have closed it meanwhile. */
async function fenceProblems({ settings, store }: Deps, buildId: string, change: Change): Promise<readonly Problem[]> {
  const { fence } = settings.policy;
  switch (change.kind) {
    case "assignRole": {
      const plan = await store.documents.get<Plan>(planDocument(buildId));
      const own = plan?.identity?.principalId === change.principalId ? { identityId: plan.identity.resourceId } : {};
      return grantFenceProblems(fence, { ...change, ...own });
    }
    case "addSecurityRule":
      return networkFenceProblems(fence, change.nsgId);
    case "setSubnetPolicy":
    case "delegateSubnet":
      return networkFenceProblems(fence, change.subnetId);
    case "registerProvider":
      return networkFenceProblems(fence, `/subscriptions/${change.subscriptionId}`);
  }
}

function make(deps: Deps, buildId: string, change: Change): Promise<Done> {
  switch (change.kind) {
    case "assignRole":
      return grant(deps, buildId, change);
    case "setSubnetPolicy":
    case "delegateSubnet":
      return alone(deps, buildId, parentId(change.subnetId) ?? change.subnetId, async () => {
        const { kind, before } = await deps.azure.changeSubnet(change);
        return { outcome: kind === "started" ? "made" : "stood", before };
      });
    case "addSecurityRule":
      return alone(deps, buildId, change.nsgId, async () => {
        return { outcome: (await deps.azure.addSecurityRule(change)) === "started" ? "made" : "stood" };
      });
    case "registerProvider":
      return deps.azure.registerProvider(change.subscriptionId, change.namespace).then(() => ({ outcome: "made" }));
  }
}

/** Grants, once the definition that stands is the one of `roles.json`: a role may have been widened since it was deployed. */
async function grant({ azure }: Deps, buildId: string, change: Extract<Change, { kind: "assignRole" }>): Promise<Done> {
  if (!builtInRole(change.roleKey)) {
    const standing = await azure.readRole(change.roleDefinitionId);
    if (!standing || !sameRole(standing, change.roleKey)) throw new Refused(roleDiffers(change.roleDefinitionId));
  }
  const outcome = await azure.assignRole(change, `Goldsmith build ${buildId}: ${change.requirements.join(", ")}`);
  return { outcome };
}

/** Edits of one resource happen one at a time, across builds and instances: Azure would drop or cancel one of two. */
async function alone(deps: Deps, buildId: string, resourceId: string, edit: () => Promise<Done>): Promise<Done> {
  const name = `edit/${normalize(resourceId)}`;
  const lease = await deps.store.leases.acquire(name, buildId, editMs);
  if (!lease) throw new Error(`another build edits ${resourceId}`);
  try {
    return await edit();
  } finally {
    await deps.store.leases.release(name, buildId);
  }
}

/** When a grant was written: by our ledger, else by what Azure says. */
async function writtenAt({ azure, store }: Deps, change: Change): Promise<string | undefined> {
  if (change.kind !== "assignRole") return undefined;
  const entry = await store.ledger.get(ledgerId(change));
  if (entry?.state === "made") return entry.at;
  return entry?.state === "stood" ? undefined : (await azure.readGrant(change.scope, change.name))?.createdOn;
}

/** The same effect has the same entry, whoever asks for it and however often. */
function ledgerId(change: Change): string {
  return createHash("sha256").update(essence(change).toLowerCase()).digest("hex").slice(0, 32);
}

function essence(change: Change): string {
  switch (change.kind) {
    case "assignRole":
      return `${change.kind}|${change.scope}|${change.name}`;
    case "setSubnetPolicy":
      return `${change.kind}|${change.subnetId}|${change.property}`;
    case "delegateSubnet":
      return `${change.kind}|${change.subnetId}|${change.serviceName}`;
    case "addSecurityRule":
      return `${change.kind}|${change.nsgId}|${change.rule.name}`;
    case "registerProvider":
      return `${change.kind}|${change.subscriptionId}|${change.namespace}`;
  }
}

function sentence(change: Change): string {
  switch (change.kind) {
    case "assignRole":
      return `role ${change.roleKey} for ${change.principalId} at ${change.scope}`;
    case "setSubnetPolicy":
      return `${change.property} ${change.value} on ${change.subnetId}`;
    case "delegateSubnet":
      return `delegation of ${change.subnetId} to ${change.serviceName}`;
    case "addSecurityRule":
      return `rule ${change.rule.name} (priority ${change.rule.priority}) in ${change.nsgId}`;
    case "registerProvider":
      return `registration of ${change.namespace} in ${change.subscriptionId}`;
  }
}

const roleDiffers = (id: string) => ({
  code: "RoleDefinitionChanged",
  title: "A role that should be granted is not the one that was deployed",
  detail: `The definition ${id} is missing or differs from infra/roles.json.`,
  scope: id,
  fix: ["Deploy infra again, so that the role definitions are as roles.json says", "Find out who edited the role"],
});
