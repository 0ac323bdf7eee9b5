import { type Effect, isShare, shareCommand } from "../../shared/decide/gallery/share.ts";
import { builtInRole, sameRole } from "../../shared/decide/permissions/roles.ts";
import { fenceProblem } from "../../shared/decide/planning/fence.ts";
import type { Change } from "../../shared/decide/planning/plan.ts";
import { type Problem, Refused } from "../../shared/problem.ts";
import type { LedgerEntry } from "../../shared/store/store.ts";
import { measure } from "../../shared/telemetry.ts";
import { editedResource, hold, isGrant, ledgerId, letGo, sentence, withEntry } from "../effects.ts";
import { type AgeFloor, ageFloor, keepSample } from "../propagation.ts";
import type { Deps } from "./deps.ts";
import { tell } from "./story.ts";

type Assignment = Extract<Change, { kind: "assignRole" }>;

type Asked = {
  /** The build it is for, or the share. */
  readonly buildId: string;
  /** The template it is for; of a share, the image. */
  readonly templateId: string;
  readonly change: Effect;
  /** `build`: to be taken back when the last build that uses it has ended. */
  readonly lasts?: "build";
  /** ISO; when the plan behind the change was read: a young one need not be read again. */
  readonly plannedAt?: string;
};

type Rule = Extract<Change, { kind: "addSecurityRule" }>;

type Looked = {
  readonly buildId: string;
  readonly changes: readonly Change[];
  /** Names of the grants that must be old enough before the service is asked. */
  readonly early: readonly string[];
  /** This app made them itself, so they were seen to stand; only registrations may still go on. */
  readonly own?: boolean;
};

/** How old (ms) a plan's reading may be to count as what stands at the moment of a write. */
const freshMs = 60_000;

type Learned = {
  readonly buildId: string;
  readonly roleKeys: readonly string[];
  readonly seconds: number;
  readonly afterRefusal: boolean;
};

interface ChangesReading {
  readonly cancelAsked: boolean;
  readonly standing: boolean;
  /** ISO; when the youngest of all grants was made. */
  readonly youngestGrant?: string;
  /** ISO; when the youngest that must work before the service is asked was made. */
  readonly youngestEarly?: string;
  /** Seconds that one must be old. */
  readonly settle?: number;
  /** Seconds: there is an oracle to ask, which is waited for so long where it says "not yet". */
  readonly oracleFor?: number;
}

/** Making one planned change, and looking whether planned changes stand. */
export const changeActivities = (deps: Deps) => ({
  /** Makes one change, with its intention in the ledger before and its outcome after. Harmless when repeated. `stood`: as wanted, and settled; a subnet is then let go. */
  applyChange: (asked: Asked) => applyEffect(deps, asked),

  /** Which rules of one security group have not settled as wanted; where none is left, the group is let go for the next build. */
  async settleRules(asked: { readonly buildId: string; readonly nsgId: string; readonly rules: readonly Rule[] }) {
    const { buildId, nsgId, rules } = asked;
    const missing = await deps.azure.missingRules(nsgId, rules);
    if (missing.length === 0) await letGo(deps, nsgId, buildId);
    else await hold(deps, nsgId, buildId);
    return { missing };
  },

  /** Whether all changes read as made, when the youngest grants among them were, and how old those must be that the service asks for at once. */
  async checkChanges({ buildId, changes, early, own }: Looked): Promise<ChangesReading> {
    if (await deps.store.seen.has("cancel", buildId)) return { cancelAsked: true, standing: false };
    for (const change of own ? changes.filter(({ kind }) => kind === "registerProvider") : changes)
      if (!(await deps.azure.changeStands(change))) {
        tell(`not there yet: ${sentence(change)}`);
        return { cancelAsked: false, standing: false };
      }
    const grants = changes.filter((change) => change.kind === "assignRole");
    const youngestGrant = await youngest(deps, grants);
    if (youngestGrant === undefined) return { cancelAsked: false, standing: true };
    const first = grants.filter(({ name }) => early.includes(name));
    const youngestEarly = await youngest(deps, first);
    const floor = await ageFloor(
      deps,
      first.map(({ roleKey }) => roleKey),
    );
    tell(ripening(youngestEarly, floor));
    const { azure, pace } = deps.settings;
    const oracle = azure.accessOracle ? { oracleFor: pace.propagation } : {};
    const wait = youngestEarly ? { youngestEarly, settle: floor.seconds, ...oracle } : {};
    return { cancelAsked: false, standing: true, youngestGrant, ...wait };
  },

  /** Keeps how old a grant of these roles was when it was seen to work: the next build waits no longer than that takes. */
  async learnPropagation({ buildId, roleKeys, ...measured }: Learned) {
    tell(`grants worked at an age of ${measured.seconds} s${measured.afterRefusal ? ", after a refusal" : ""}`);
    measure("goldsmith.propagation.wait", measured.seconds, { afterRefusal: measured.afterRefusal });
    await keepSample(deps, roleKeys, { at: new Date().toISOString(), buildId, ...measured });
    return {};
  },
});

/** Makes one change or share, with its intention in the ledger before and its outcome after. */
export async function applyEffect(deps: Deps, asked: Asked): Promise<{ readonly outcome: "made" | "stood" }> {
  const { buildId, change } = asked;
  const problem = stopped(deps, change) ?? fenceProblem(change, deps.settings.policy);
  if (problem) throw new Refused(problem);
  const resource = editedResource(change);
  if (resource) await hold(deps, resource, buildId);
  const id = ledgerId(change);
  const outcome = await withEntry(deps, id, buildId, () => record(deps, id, asked));
  if (resource && outcome === "stood" && change.kind !== "addSecurityRule") await letGo(deps, resource, buildId);
  return { outcome };
}

/** What was there before is known before the write: after a crash between write and record nobody could tell any more. */
async function record(deps: Deps, id: string, asked: Asked): Promise<"made" | "stood"> {
  const { store } = deps;
  const { buildId, templateId, change } = asked;
  const known = await store.ledger.get(id);
  const ours = known?.state === "made" || known?.state === "intended";
  const lasts = known?.state === "made" && known.lasts === undefined ? undefined : asked.lasts;
  if (!isShare(change))
    await store.uses.add(id, asked.lasts ? { kind: "build", id: buildId } : { kind: "template", id: templateId });
  const made = known?.state === "made" && (await stillThere(deps, change)) ? known : undefined;
  const { lasts: _, ...base } = made ?? { id, change, buildId, templateId, at: new Date().toISOString() };
  const entry = { ...base, ...(lasts ? { lasts } : {}), ...(ours && known.before ? { before: known.before } : {}) };
  let written: LedgerEntry = { ...entry, state: "intended" };
  const intend = async (before?: string) => {
    written = { ...entry, state: "intended", ...(before !== undefined && !ours ? { before } : {}) };
    await store.ledger.put(written);
  };
  const outcome = await make(deps, asked, known === undefined, intend);
  await store.ledger.put({ ...written, state: outcome === "made" || ours ? "made" : "stood" });
  const stands = known?.state === "made" && known.buildId === buildId ? "settled" : "stood already";
  tell(`${outcome === "made" ? "made" : stands}: ${sentence(change)}`);
  return outcome;
}

/** A grant that somebody took away is as young as its next writing. */
async function stillThere({ azure }: Deps, change: Effect): Promise<boolean> {
  if (change.kind !== "assignRole" && change.kind !== "shareImage") return true;
  return (await azure.readGrant(change.scope, change.name)) !== undefined;
}

/** The kill switch: as long as it is set no right is granted and nothing shared, whoever asks. */
function stopped({ settings }: Deps, change: Effect): Problem | undefined {
  if (settings.stop !== "grants" || !isGrant(change)) return undefined;
  const yourself = isShare(change)
    ? `Share it yourself: ${shareCommand(change, "add")}`
    : "Grant the right yourself (POST /api/plans?as=az prints how)";
  return {
    code: "GrantsStopped",
    title: "Granting is switched off",
    detail: `GOLDSMITH_STOP=grants is set, so ${sentence(change)} was not granted.`,
    ...("scope" in change ? { scope: change.scope, principalId: change.principalId } : {}),
    fix: [yourself, "Or have the operator clear GOLDSMITH_STOP"],
  };
}

type Intend = (before?: string) => Promise<void>;

/** Makes the change after `intend` has written it down. `unknown`: no build of ours ever wrote it. */
async function make(deps: Deps, asked: Asked, unknown: boolean, intend: Intend): Promise<"made" | "stood"> {
  const { azure } = deps;
  const { change } = asked;
  if (change.kind === "setSubnetPolicy" || change.kind === "delegateSubnet")
    return (await azure.changeSubnet(change, intend)) === "started" ? "made" : "stood";
  await intend();
  switch (change.kind) {
    case "assignRole":
      return grant(deps, asked, change);
    case "shareImage":
      return azure.assignRole(
        change,
        `Goldsmith ${asked.buildId}: shared with ${change.principalType} ${change.principalId}`,
      );
    case "shareGallery":
      return (await azure.shareGallery(change)) === "started" ? "made" : "stood";
    case "addSecurityRule":
      return (await azure.addSecurityRule(change, unknown && isFresh(asked))) === "started" ? "made" : "stood";
    case "ensureRoleDefinition":
      return seen(await azure.ensureRole(change), change.roleDefinitionId);
    case "registerProvider":
      await azure.registerProvider(change.subscriptionId, change.namespace);
      return "made";
  }
}

/** A role that was written can be assigned once it is read (rbac-network-arm.md §1.4); until then the activity is tried again. */
function seen(outcome: "made" | "stood" | "started", id: string): "made" | "stood" {
  if (outcome === "started") throw new Error(`the role definition ${id} is not seen yet`);
  return outcome;
}

const isFresh = ({ plannedAt }: Asked) => plannedAt !== undefined && Date.now() - Date.parse(plannedAt) < freshMs;

/**
 * Grants, once the definition that stands is the one of `roles.json`: a role may have been widened since it was deployed. The
 * plan compares it too (`RoleDefinitionChanged`), from one list for all its grants; that counts for a minute.
 */
async function grant({ azure, settings }: Deps, asked: Asked, change: Assignment) {
  if (!builtInRole(change.roleKey) && !isFresh(asked)) {
    const standing = await azure.readRole(change.roleDefinitionId);
    // A role written a moment ago is not seen by every replica yet (rbac-network-arm.md §1.4).
    if (!standing && settings.policy.roles === "managed")
      throw new Error(`the role definition ${change.roleDefinitionId} is not seen`);
    if (!standing || !sameRole(standing, change.roleKey)) throw new Refused(roleDiffers(change.roleDefinitionId));
  }
  return azure.assignRole(change, `Goldsmith build ${asked.buildId}: ${change.requirements.join(", ")}`);
}

/** What a timeline tells of the wait for rights: how long, and on what evidence. */
function ripening(youngestEarly: string | undefined, { seconds, basedOn }: AgeFloor): string {
  const read = "all changes read as made";
  if (!youngestEarly) return `${read}; the rights granted are those to distribute, which ripen while the build runs`;
  const evidence = basedOn > 0 ? `as ${basedOn} earlier grants showed` : "as set, for none was measured here yet";
  return `${read}; grants are tried at an age of ${seconds} s, ${evidence}`;
}

async function youngest(deps: Deps, grants: readonly Assignment[]): Promise<string | undefined> {
  const written = await Promise.all(grants.map((grant) => writtenAt(deps, grant)));
  return written
    .filter((at) => at !== undefined)
    .sort()
    .at(-1);
}

/** When a grant was written: by our ledger, else by what Azure says. */
async function writtenAt({ azure, store }: Deps, change: Assignment): Promise<string | undefined> {
  const entry = await store.ledger.get(ledgerId(change));
  if (entry?.state === "made") return entry.at;
  return entry?.state === "stood" ? undefined : (await azure.readGrant(change.scope, change.name))?.createdOn;
}

const roleDiffers = (id: string) => ({
  code: "RoleDefinitionChanged",
  title: "A role that should be granted is not the one that was deployed",
  detail: `The definition ${id} is missing or differs from infra/roles.json.`,
  scope: id,
  fix: ["Deploy infra again, so that the role definitions are as roles.json says", "Find out who edited the role"],
});
