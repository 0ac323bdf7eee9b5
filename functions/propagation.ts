import type { MissingRight } from "../shared/decide/builds/diagnosis.ts";
import { grantAgeFloor, type PropagationSample } from "../shared/decide/permissions/ageFloor.ts";
import { refusedRequirement } from "../shared/decide/permissions/refusedRight.ts";
import { assignmentName } from "../shared/decide/permissions/roles.ts";
import type { Change, Plan, Requirement } from "../shared/decide/planning/plan.ts";
import type { RefusedGrant } from "../shared/watch.ts";
import type { Deps } from "./activities/deps.ts";
import { planDocument } from "./documents.ts";
import { grantEntryId, ledgerId } from "./effects.ts";

/** Samples kept of each role: old ones make room, because Azure changes. */
const kept = 20;

const documentOf = (roleKey: string) => `propagation/${roleKey}.json`;

/** How old (seconds) the youngest grant of these roles must be before the service is asked for what takes them, and on what evidence. */
export interface AgeFloor {
  readonly seconds: number;
  /** Grants that were measured; 0 where the setting holds. */
  readonly basedOn: number;
}

/** The age floor of these roles: as measured in this tenant, else as set. */
export async function ageFloor({ store, settings }: Deps, roleKeys: readonly string[]): Promise<AgeFloor> {
  const { settle, propagation } = settings.pace;
  const floors = [...new Set(roleKeys)].map(async (roleKey) => {
    const samples = (await store.documents.get<readonly PropagationSample[]>(documentOf(roleKey))) ?? [];
    return { seconds: grantAgeFloor(samples, settle, propagation), basedOn: samples.length };
  });
  return (await Promise.all(floors)).reduce((a, b) => (b.seconds > a.seconds ? b : a), { seconds: 0, basedOn: 0 });
}

/** Keeps what a build measured. */
export async function keepSample(
  { store }: Deps,
  roleKeys: readonly string[],
  sample: PropagationSample,
): Promise<void> {
  for (const roleKey of new Set(roleKeys)) {
    const samples = (await store.documents.get<readonly PropagationSample[]>(documentOf(roleKey))) ?? [];
    const others = samples.filter(({ buildId }) => buildId !== sample.buildId);
    await store.documents.put(documentOf(roleKey), [...others, sample].slice(-kept));
  }
}

/** What the build's plan knows of a right that the service refused; undefined where the plan does not require it, so that waiting cures nothing. */
export async function refusedGrantOf(
  { store }: Pick<Deps, "store">,
  buildId: string,
  right: MissingRight | undefined,
): Promise<RefusedGrant | undefined> {
  const plan = right && (await store.documents.get<Plan>(planDocument(buildId)));
  const need = plan && refusedRequirement(plan.requirements, right);
  if (!need) return undefined;
  const entry = await store.ledger.get(entryOf(plan.changes, need));
  return entry?.state === "made" ? { at: entry.at } : {};
}

/** One grant may serve several requirements, under the name of the widest. */
function entryOf(changes: readonly Change[], { id, scope, principalId, role }: Requirement): string {
  const change = changes.find((one) => one.kind === "assignRole" && one.requirements.includes(id));
  return change ? ledgerId(change) : grantEntryId({ scope, name: assignmentName(scope, principalId, role.id) });
}
