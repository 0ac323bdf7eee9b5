import { publishedVersions } from "../../shared/build.ts";
import { type BuildShare, buildShares, directProblem, grantedTo, openedBy } from "../../shared/decide/gallery/share.ts";
import { optInProblems } from "../../shared/decide/planning/fence.ts";
import { type Problem, Refused } from "../../shared/problem.ts";
import { effectOf, existingGallery, readRecord, shareEntry, shareId, shareProblem, writeShare } from "../sharing.ts";
import { applyEffect } from "./change.ts";
import type { Deps } from "./deps.ts";

type About = {
  readonly shareId: string;
  /** For the timeline. */
  readonly buildId?: string;
  /** As the build was asked for; the settings' where absent. */
  readonly mode?: "act" | "advise";
};

/** Sharing images: by role, or whole galleries directly. */
export const shareActivities = (deps: Deps) => {
  const { store } = deps;

  const written = async (id: string) => {
    const record = await readRecord(deps, id);
    if (!record) throw new Error(`the share ${id} is not in the store`);
    return record;
  };

  return {
    /** Shares once, if nothing is in the way by what stands now. Not `over`: it is under way, ask again. */
    async applyShare({ shareId: id, mode }: About): Promise<{ readonly over: boolean }> {
      const record = await written(id);
      const share = effectOf(record);
      const problem = shareProblem(deps, share, mode);
      if (problem) throw new Refused(problem);
      const gallery = await existingGallery(deps, record.imageId);
      const obstacle =
        optInProblems(deps.settings.policy, gallery, grantedTo(share))[0] ?? directProblem(gallery, share);
      if (obstacle) throw new Refused(obstacle);
      try {
        const asked = { buildId: id, templateId: openedBy(share), change: share };
        const { outcome } = await applyEffect(deps, asked);
        return { over: share.kind === "shareImage" || outcome === "stood" };
      } catch (error) {
        if (error instanceof Refused) await forget(id);
        throw error;
      }
    },

    /** Writes down how a share ended. */
    async endShare({ shareId: id, problem }: About & { readonly problem?: Problem }) {
      const { problem: _, ...record } = await written(id);
      await writeShare(deps, { ...record, ended: true, ...(problem ? { problem } : {}) });
      return {};
    },

    /** Writes down what a build is to share of what it published. */
    async openShares({
      buildId,
      share,
    }: {
      readonly buildId: string;
      readonly share: readonly BuildShare[];
    }): Promise<{ readonly shareIds: readonly string[] }> {
      const build = await store.builds.get(buildId);
      const versions = publishedVersions(build ?? {});
      const shareIds: string[] = [];
      for (const [imageId, grantee] of buildShares(versions, share)) {
        const id = shareId(effectOf({ imageId, with: grantee }));
        const at = new Date().toISOString();
        const origin = build?.origin ?? { kind: "http" as const };
        await writeShare(deps, { id, imageId, with: grantee, origin, at, buildId, ended: false });
        shareIds.push(id);
      }
      await store.builds.update(buildId, { shares: shareIds });
      return { shareIds };
    },
  };

  /** What was refused was not made: somebody else's share of the same kind must not be taken for ours later. */
  async function forget(id: string): Promise<void> {
    const entry = await store.ledger.get(shareEntry(id));
    if (entry?.state === "intended") await store.ledger.put({ ...entry, state: "undone" });
  }
};
