import { grantAgeFloor, type PropagationSample } from "../shared/decide/ageFloor.ts";
import type { Deps } from "./activities/deps.ts";

/** Samples kept of each role: old ones make room, because Azure changes. */
const kept = 20;

const documentOf = (roleKey: string) => `propagation/${roleKey}.json`;

/** How old (seconds) the youngest grant of these roles must be before it is trusted: as measured in this tenant, else as set. */
export async function ageFloor({ store, settings }: Deps, roleKeys: readonly string[]): Promise<number> {
  const { settle, propagation } = settings.pace;
  const floors = [...new Set(roleKeys)].map(async (roleKey) => {
    const samples = await store.documents.get<readonly PropagationSample[]>(documentOf(roleKey));
    return grantAgeFloor(samples ?? [], settle, propagation);
  });
  return Math.max(0, ...(await Promise.all(floors)));
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
