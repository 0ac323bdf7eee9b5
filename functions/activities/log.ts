import { maskedLog, tailOf } from "../../shared/decide/logText.ts";
import type { Deps } from "./deps.ts";

/** A build's log as it was last seen, secrets masked. */
export interface KeptLog {
  /** ISO; when it was read. */
  readonly at: string;
  readonly text: string;
}

/** Where the log of a build is kept: it outlives the container and the staging group it came from. */
export const logDocument = (buildId: string) => `builds/${buildId}/log.json`;

/** Lines shown in the build itself. */
const tailLines = 20;

/**
 * Copies the log from the build's container, which goes when the build ends. Undefined where there is none (any more); a log
 * that cannot be read costs nothing but itself.
 */
export async function keepLog(
  { azure, store }: Pick<Deps, "azure" | "store">,
  buildId: string,
  stagingGroupId: string | undefined,
): Promise<KeptLog | undefined> {
  if (!stagingGroupId) return undefined;
  const text = await azure.readBuildLog(stagingGroupId).catch(() => undefined);
  if (!text) return undefined;
  const kept: KeptLog = { at: new Date().toISOString(), text: maskedLog(text) };
  await store.documents.put(logDocument(buildId), kept);
  await store.builds.update(buildId, { logTail: tailOf(kept.text, tailLines) });
  return kept;
}
