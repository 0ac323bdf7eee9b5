import { contentHash } from "../../shared/decide/contentHash.ts";
import { gatedBody, ungatedTargets } from "../../shared/decide/gate.ts";
import { itemsOf } from "../../shared/decide/templateBody.ts";
import { type Problem, Refused } from "../../shared/problem.ts";
import { isVerified } from "../../shared/verification.ts";
import { contentKey } from "../building.ts";
import { hold, letGo } from "../effects.ts";
import type { Deps } from "./deps.ts";
import { tell } from "./story.ts";
import { templateGone } from "./template.ts";

type AboutVersion = { readonly buildId: string; readonly versionId: string };
type Verified = { readonly buildId?: string; readonly verificationId: string };

/** Keeping what is not proven out of `latest`. */
export const gateActivities = (deps: Deps) => {
  const { azure, store } = deps;

  /** One writer at a time: a version has no ETag, and its tags are replaced as a whole. */
  async function alone(versionId: string, holder: string, work: () => Promise<void>): Promise<void> {
    await hold(deps, versionId, holder);
    try {
      await work();
    } finally {
      await letGo(deps, versionId, holder);
    }
  }

  return {
    /** Sees to it that the template publishes what is excluded from `latest`, changing its targets where that is allowed. */
    async gateTemplate({ buildId, templateId }: { readonly buildId: string; readonly templateId: string }) {
      const template = await azure.readTemplate(templateId);
      if (!template) throw new Refused(templateGone(templateId));
      if (ungatedTargets(template.body).length === 0) return {};
      const gated = gatedBody(template.body);
      // Known before it is written: the event of our own write must not start a build.
      await store.seen.first("content", contentKey(templateId, gated));
      await store.builds.update(buildId, { contentHash: contentHash(gated) });
      await azure.patchDistribute(templateId, itemsOf(gated.properties?.distribute));
      tell("the template's gallery targets are excluded from latest now");
      return {};
    },

    /** The image versions of a build, each excluded from `latest` by now whatever the template said. */
    async holdBack({ buildId }: { readonly buildId: string }): Promise<{ readonly versionIds: readonly string[] }> {
      const build = await store.builds.get(buildId);
      const versionIds = (build?.artifacts ?? []).filter(({ kind }) => kind === "imageVersion").map(({ id }) => id);
      for (const id of versionIds) {
        const version = await azure.readImageVersion(id);
        if (!version || version.excluded) continue;
        await alone(id, buildId, () => azure.markVersion(id, { excluded: true, tags: {} }));
        tell(`${id} was published into latest and is excluded now`);
      }
      return { versionIds };
    },

    /** Lets `latest` mean a version that is proven, and says so in its tags; one write, so that there is no version without the link. */
    async openGate({ verificationId, buildId }: Verified) {
      const record = await store.verifications.get(verificationId);
      if (record?.state !== "proven" || !record.proof || !record.versionId)
        throw new Refused(notProven(verificationId));
      const { versionId, proof, gate } = record;
      const tags = {
        goldsmithProof: verificationId,
        goldsmithProofHash: proof.hash,
        goldsmithProvenAt: record.endedAt ?? record.updatedAt,
        goldsmithFailure: "",
      };
      await alone(versionId, buildId ?? verificationId, () =>
        azure.markVersion(versionId, { ...(gate ? { excluded: false } : {}), tags }),
      );
      tell(`${versionId} is proven${gate ? ", and latest may mean it" : ""}`);
      return {};
    },

    /** Writes onto a version why it is not proven; it stays excluded. */
    async markUnproven({ verificationId, versionId, buildId }: Verified & AboutVersion) {
      const record = await store.verifications.get(verificationId);
      const reason =
        record && isVerified(record.state)
          ? `${record.problem?.code ?? record.state}: ${record.problem?.title ?? ""}`
          : "not verified";
      const tags = { goldsmithFailure: reason.slice(0, 250), goldsmithVerification: verificationId };
      await alone(versionId, buildId, () => azure.markVersion(versionId, { excluded: true, tags }));
      tell(`${versionId} stays excluded: ${reason}`);
      return {};
    },
  };
};

const notProven = (verificationId: string): Problem => ({
  code: "NotProven",
  title: "The version is not proven, so it stays excluded from latest",
  detail: `GET /api/verifications/${verificationId} says why.`,
  stage: "verifying",
  fix: ["Look at the verification", "Build again, or verify again with gate: true"],
});
