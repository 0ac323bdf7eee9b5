import { createHash } from "node:crypto";
import type { Build, FinalState } from "../shared/build.ts";
import { normalize } from "../shared/decide/armId.ts";
import type { Store } from "../shared/store/store.ts";

/** How the latest build of a lineage ended. */
export interface LineageState {
  readonly lineage: string;
  readonly state: FinalState;
  readonly endedAt: string;
  /** The image version it made. */
  readonly version?: string;
}

type Documents = Pick<Store, "documents">;

const digest = (text: string) => createHash("sha256").update(normalize(text)).digest("hex").slice(0, 32);
const stateDocument = (lineage: string) => `lineages/${digest(lineage)}/latest.json`;
const memberDocument = (templateId: string) => `lineages/of-template/${digest(templateId)}.json`;

/** Keeps how a build ended for its lineage, unless a later one is kept; one that was cancelled says nothing about the image. */
export async function keepLineageState({ documents }: Documents, build: Build): Promise<void> {
  const { lineage, state, endedAt, templateId, artifacts = [] } = build;
  if (!endedAt || state === "cancelled") return;
  const known = await documents.get<LineageState>(stateDocument(lineage));
  if (known && known.endedAt > endedAt) return;
  const version = artifacts
    .find(({ kind }) => kind === "imageVersion")
    ?.id.split("/")
    .at(-1);
  const latest = { lineage, state: state as FinalState, endedAt, ...(version ? { version } : {}) };
  await documents.put(memberDocument(templateId), { lineage });
  await documents.put(stateDocument(lineage), latest satisfies LineageState);
}

/** The same by the lineage itself, or by the id of any template that ever belonged to it. */
export async function readLineageState({ documents }: Documents, id: string): Promise<LineageState | undefined> {
  const member = await documents.get<{ readonly lineage: string }>(memberDocument(id));
  return documents.get<LineageState>(stateDocument(member?.lineage ?? id));
}
