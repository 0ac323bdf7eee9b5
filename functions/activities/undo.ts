import { isFinal } from "../../shared/build.ts";
import { lastSegment } from "../../shared/decide/armId.ts";
import { type Effect, shareCommand } from "../../shared/decide/gallery/share.ts";
import { type Problem, Refused } from "../../shared/problem.ts";
import type { LedgerEntry } from "../../shared/store/store.ts";
import { editedResource, hold, letGo, sentence, withEntry } from "../effects.ts";
import type { Deps } from "./deps.ts";
import { tell } from "./story.ts";

/** How taking back one entry stands. `started`: ask again. `kept`: somebody still rests on it. */
export type TakenBack = "started" | "undone" | "kept" | "refused";

/** One entry of an undo as it is reported. */
export interface UndoLine {
  readonly entryId: string;
  readonly change: Effect;
  readonly outcome: Exclude<TakenBack, "started">;
  readonly problem?: Problem;
  /** For somebody who may, where Goldsmith may not. */
  readonly command?: string;
}

type Undone = { readonly outcome: TakenBack } & Pick<UndoLine, "problem" | "command">;

type Asked = { readonly undoId: string; readonly entryId: string };

/** Where an undo keeps what became of each entry. */
export const undoFolder = (undoId: string) => `undo/${undoId}/`;

/** Taking back what the ledger says Goldsmith made, as it is recorded there, if nobody changed it since. */
export const undoActivities = (deps: Deps) => ({
  /** Takes one entry back because an operator asked, whoever uses it; what is refused is reported, not thrown. */
  async undoEntry({ undoId, entryId }: Asked): Promise<Undone> {
    const known = await deps.store.ledger.get(entryId);
    if (!known) return { outcome: "undone" };
    const line = { entryId, change: known.change };
    const report = (more: Pick<UndoLine, "outcome" | "problem" | "command">) =>
      deps.store.documents.put(`${undoFolder(undoId)}${entryId}.json`, { ...line, ...more } satisfies UndoLine);
    try {
      const outcome = await withEntry(deps, entryId, undoId, () => takeBack(deps, entryId, undoId));
      if (outcome !== "started") await report({ outcome });
      return { outcome };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const refused = { outcome: "refused", problem: error.problem, command: undoCommand(known.change) } as const;
      await report(refused);
      return refused;
    }
  },

  /** What a build made or used that lasts only as long as builds. */
  async listBorrowed({ buildId }: { readonly buildId: string }): Promise<{ readonly entryIds: readonly string[] }> {
    const passing = await deps.store.ledger.list({ lasts: "build" });
    const used: string[] = [];
    for (const { id, state } of passing) {
      if (state !== "made" && state !== "intended") continue;
      const uses = await deps.store.uses.list(id);
      if (uses.some((use) => use.kind === "build" && use.id === buildId)) used.push(id);
    }
    return { entryIds: used };
  },

  /** Gives one such entry back: taken back at once, or left to the builds that still use it. */
  async giveBack({ buildId, entryId }: { readonly buildId: string; readonly entryId: string }) {
    return withEntry(deps, entryId, buildId, async (): Promise<{ readonly outcome: TakenBack }> => {
      const { store } = deps;
      const entry = await store.ledger.get(entryId);
      if (entry?.lasts !== "build" || (await othersUse(deps, entryId, buildId))) {
        await store.uses.remove(entryId, { kind: "build", id: buildId });
        return { outcome: "kept" };
      }
      const outcome = await takeBack(deps, entryId, buildId);
      if (outcome !== "started") await store.uses.remove(entryId, { kind: "build", id: buildId });
      return { outcome };
    });
  },
});

/** Builds other than `buildId` that use an entry and go on. */
async function othersUse({ store }: Deps, entryId: string, buildId: string): Promise<boolean> {
  for (const use of await store.uses.list(entryId)) {
    if (use.kind !== "build" || use.id === buildId) continue;
    const build = await store.builds.get(use.id);
    if (build && !isFinal(build.state)) return true;
  }
  return false;
}

/** Only own work: what stood already, or was taken back, is left alone. */
export async function takeBack(deps: Deps, entryId: string, holder: string): Promise<TakenBack> {
  const entry = await deps.store.ledger.get(entryId);
  if (entry?.state !== "made" && entry?.state !== "intended") return "undone";
  const resource = editedResource(entry.change);
  if (resource) await hold(deps, resource, holder);
  try {
    if ((await deps.azure.undo(entry.change, entry.before)) === "started") return "started";
  } catch (error) {
    if (resource) await letGo(deps, resource, holder);
    throw error;
  }
  if (resource) await letGo(deps, resource, holder);
  const at = new Date().toISOString();
  await deps.store.ledger.put({ ...entry, at, state: "undone" } satisfies LedgerEntry);
  tell(`taken back: ${sentence(entry.change)}`);
  return "undone";
}

/** What somebody who may would type to take a change back. */
export function undoCommand(change: Effect): string {
  switch (change.kind) {
    case "assignRole":
      return `az role assignment delete --ids ${change.scope}/providers/Microsoft.Authorization/roleAssignments/${change.name}`;
    case "shareImage":
    case "shareGallery":
      return shareCommand(change, "remove");
    case "setSubnetPolicy":
      return `az network vnet subnet update --ids ${change.subnetId} --disable-private-link-service-network-policies false`;
    case "delegateSubnet":
      return `az network vnet subnet update --ids ${change.subnetId} --remove delegations`;
    case "addSecurityRule":
      return `az network nsg rule delete --ids ${change.nsgId}/securityRules/${change.rule.name}`;
    case "ensureRoleDefinition":
      return `az role definition delete --name ${lastSegment(change.roleDefinitionId)} --custom-role-only`;
    case "registerProvider":
      return `az provider unregister --namespace ${change.namespace} --subscription ${change.subscriptionId}`;
  }
}
