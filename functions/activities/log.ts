import { maskedLog, tailOf } from "../../shared/decide/builds/logText.ts";
import type { Deps } from "./deps.ts";

/** A build's log as it was last seen, secrets masked. */
export interface KeptLog {
  /** ISO; when it was read. */
  readonly at: string;
  readonly text: string;
  /** Nothing comes any more. */
  readonly whole?: boolean;
}

/** Where the log of a build is kept: it outlives the container and the staging group it came from. */
export const logDocument = (buildId: string) => `builds/${buildId}/log.json`;

/** Lines shown in the build itself. */
const tailLines = 20;

/** Copies the log from the build's container, which goes when the build ends; `whole` where nothing comes any more. Undefined where there is none. */
export function keepLiveLog(
  deps: Pick<Deps, "azure" | "store">,
  buildId: string,
  stagingGroupId: string | undefined,
  whole = false,
): Promise<KeptLog | undefined> {
  return keep(deps, buildId, whole, async () => stagingGroupId && deps.azure.readBuildLog(stagingGroupId));
}

/**
 * The log of a run that has ended: what the service put into the staging account, because the container is gone by now or
 * will be soon; what was kept before, where it was kept whole already or nothing else is found.
 */
export async function keepFinalLog(
  deps: Pick<Deps, "azure" | "store">,
  buildId: string,
  stagingGroupId: string | undefined,
  end: { readonly kind: string; readonly startedAt?: string },
): Promise<KeptLog | undefined> {
  const before = await deps.store.documents.get<KeptLog>(logDocument(buildId));
  if (!stagingGroupId || !end.startedAt || (before?.whole && end.kind === "succeeded")) return before;
  const { startedAt } = end;
  const stored = await keep(deps, buildId, true, () => deps.azure.readStoredLog(stagingGroupId, startedAt));
  return stored ?? (await keepLiveLog(deps, buildId, stagingGroupId, true)) ?? before;
}

/** A log that cannot be read costs nothing but itself. */
async function keep(
  { store }: Pick<Deps, "store">,
  buildId: string,
  whole: boolean,
  read: () => Promise<string | undefined>,
): Promise<KeptLog | undefined> {
  const text = await read().catch(() => undefined);
  if (!text) return undefined;
  const kept: KeptLog = { at: new Date().toISOString(), text: maskedLog(text), ...(whole ? { whole } : {}) };
  await store.documents.put(logDocument(buildId), kept);
  await store.builds.update(buildId, { logTail: tailOf(kept.text, tailLines) });
  return kept;
}
