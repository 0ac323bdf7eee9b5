import type { Approval, Decision } from "../../shared/approval.ts";
import { publishedVersions } from "../../shared/build.ts";
import { approvalSteps, notApproved } from "../../shared/decide/gallery/approval.ts";
import { revokedTag } from "../../shared/decide/gallery/channels.ts";
import { approvalTag } from "../../shared/decide/gallery/gate.ts";
import { versionHashOf } from "../../shared/decide/gallery/imageCheck.ts";
import { type Problem, Refused } from "../../shared/problem.ts";
import { alone } from "../effects.ts";
import type { Deps } from "./deps.ts";
import { tell } from "./story.ts";

type AboutBuild = { readonly buildId: string };

/** Longest time (s) between two looks for a decision, should nobody wake who waits. */
const longestPause = 600;

/** What waits for somebody's say: builds with what they published, and moves of channels. */
export const approveActivities = (deps: Deps) => {
  const { azure, store } = deps;

  return {
    /** Whether there is a decision on what has that id; past its time, or where its end was asked for, that is the decision. `pause`: seconds until the next look. */
    async lookForDecision({ id, decideBy }: { readonly id: string; readonly decideBy: string }): Promise<{
      readonly kind: Decision["kind"] | "none";
      readonly pause: number;
    }> {
      const at = new Date().toISOString();
      const left = Math.ceil((Date.parse(decideBy) - Date.parse(at)) / 1000);
      const standing = await store.decisions.get(id);
      if (standing) return { kind: standing.kind, pause: 0 };
      const over = (await store.seen.has("cancel", id)) ? "cancelled" : left < 0 ? "expired" : undefined;
      if (over) return { kind: (await store.decisions.decide(id, { kind: over, at })).kind, pause: 0 };
      return { kind: "none", pause: Math.min(longestPause, left + 1) };
    },

    /** Keeps what a build published out of `latest`, and says who is waited for and until when. Nothing to approve: no `decideBy`. */
    async askApproval({
      buildId,
      hours,
    }: AboutBuild & { readonly hours: number }): Promise<{ readonly decideBy?: string }> {
      const build = await store.builds.get(buildId);
      const ids = publishedVersions(build ?? {});
      if (!build || ids.length === 0) return {};
      const versions: { readonly id: string; readonly hash: string }[] = [];
      for (const id of ids) {
        const version = await azure.readImageVersion(id);
        if (!version) throw new Refused(replaced(id));
        const waits = `pending ${buildId}`;
        if (!version.excluded || version.tags[approvalTag] !== waits)
          await alone(deps, id, buildId, () =>
            azure.markVersion(id, { excluded: true, tags: { [approvalTag]: waits } }),
          );
        versions.push({ id, hash: versionHashOf({ versionId: id, publishedAt: version.publishedAt }) });
      }
      const askedAt = build.approval?.askedAt ?? new Date().toISOString();
      const decideBy = new Date(Date.parse(askedAt) + hours * 3_600_000).toISOString();
      const approval: Approval = { askedAt, decideBy, versions };
      await store.builds.update(buildId, { state: "awaitingApproval", approval });
      tell("awaitingApproval");
      for (const step of approvalSteps(buildId, approval, build.origin)) tell(step);
      return { decideBy };
    },

    /** Carries the decision out: what is approved may be `latest`, and everything else says in its tags why it may not. */
    async concludeApproval({ buildId }: AboutBuild): Promise<{ readonly problem?: Problem }> {
      const [build, decision] = await Promise.all([store.builds.get(buildId), store.decisions.get(buildId)]);
      if (!build?.approval || !decision) throw new Error(`nothing was decided about the build ${buildId}`);
      await store.builds.update(buildId, { approval: { ...build.approval, decision } });
      const approved = decision.kind === "approved";
      const mark = { [approvalTag]: `${decision.kind} ${buildId} ${decision.at}` };
      for (const { id, hash } of build.approval.versions ?? []) {
        const version = await azure.readImageVersion(id);
        if (!version || versionHashOf({ versionId: id, publishedAt: version.publishedAt }) !== hash) {
          if (approved) throw new Refused(replaced(id));
          continue;
        }
        if (approved && version.tags[revokedTag]) throw new Refused(revoked(id, version.tags[revokedTag]));
        await alone(deps, id, buildId, () => azure.markVersion(id, { excluded: !approved, tags: mark }));
      }
      tell(sentence(decision));
      return approved ? {} : { problem: notApproved(decision) };
    },

    /** Whether what was approved stands open: the write takes its time, and can fail. */
    async readApproved({ buildId }: AboutBuild): Promise<{ readonly kind: "settling" | "open" }> {
      const { approval } = (await store.builds.get(buildId)) ?? {};
      for (const { id } of approval?.versions ?? []) {
        const version = await azure.readImageVersion(id);
        if (version?.provisioningState === "Updating") return { kind: "settling" };
        if (!version || version.provisioningState === "Failed" || version.excluded) throw new Refused(notIncluded(id));
      }
      return { kind: "open" };
    },
  };
};

function sentence({ kind, who, reason }: Decision): string {
  const by = who === undefined ? "" : ` by ${who}`;
  const why = reason === undefined ? "" : `: ${reason}`;
  return `${kind}${by}${why}; latest may ${kind === "approved" ? "" : "not "}mean what was published`;
}

const replaced = (scope: string): Problem => ({
  code: "VersionReplaced",
  title: "Another version stands under that name than the one that was built",
  scope,
  stage: "approving",
  fix: ["Find out who published it anew, or removed it", "Ask for the build again"],
});

const revoked = (scope: string, why: string): Problem => ({
  code: "VersionRevoked",
  title: `The version was revoked before it was approved: ${why}`,
  scope,
  stage: "approving",
  fix: ["Ask for the build again"],
});

const notIncluded = (scope: string): Problem => ({
  code: "GateNotOpened",
  title: "The version is approved, but Azure did not include it in latest",
  scope,
  stage: "approving",
  fix: ["Look at the version in the portal", "Lift excludeFromLatest there"],
});
