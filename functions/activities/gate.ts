import { publishedVersions } from "../../shared/build.ts";
import { sameId } from "../../shared/decide/armId.ts";
import { templateChanged } from "../../shared/decide/builds/watch.ts";
import { gatedBody, isWithheld, ungatedTargets } from "../../shared/decide/gallery/gate.ts";
import { versionHashOf } from "../../shared/decide/gallery/imageCheck.ts";
import { contentHash } from "../../shared/decide/template/contentHash.ts";
import { itemsOf } from "../../shared/decide/template/templateBody.ts";
import { type Problem, Refused } from "../../shared/problem.ts";
import { isVerified } from "../../shared/verification.ts";
import { contentKey } from "../building.ts";
import { alone } from "../effects.ts";
import type { Deps } from "./deps.ts";
import { tell } from "./story.ts";
import { templateGone } from "./template.ts";

type AboutVersion = { readonly buildId: string; readonly versionId: string };
type Verified = { readonly buildId?: string; readonly verificationId: string };

/** Keeping what is not proven out of `latest`. */
export const gateActivities = (deps: Deps) => {
  const { azure, store } = deps;

  async function noteEnd(
    buildId: string,
    versionId: string,
    verification: { id: string; state: string },
  ): Promise<void> {
    const build = await store.builds.get(buildId);
    const artifacts = (build?.artifacts ?? []).map((one) =>
      sameId(one.id, versionId) ? { ...one, verification } : one,
    );
    await store.builds.update(buildId, { artifacts });
  }

  return {
    /** Sees to it that the template publishes what is excluded from `latest`, changing its targets where that is allowed. */
    async gateTemplate({ buildId, templateId }: { readonly buildId: string; readonly templateId: string }) {
      const template = await azure.readTemplate(templateId);
      if (!template) throw new Refused(templateGone(templateId));
      if (ungatedTargets(template.body).length === 0) return { changed: false };
      const gated = gatedBody(template.body);
      const planned = (await store.builds.get(buildId))?.contentHash;
      if (deps.settings.gate !== "patch" || planned !== contentHash(gated))
        throw new Refused(templateChanged(templateId));
      // Known before it is written: the event of our own write must not start a build, nor that of the template as it was.
      for (const body of [template.body, gated]) await store.seen.first("content", contentKey(templateId, body));
      await azure.patchDistribute(templateId, itemsOf(gated.properties?.distribute));
      tell("the template's gallery targets are excluded from latest now");
      return { changed: true };
    },

    /** The image versions of a build, each excluded from `latest` by now whatever the template said. */
    async holdBack({ buildId }: { readonly buildId: string }): Promise<{ readonly versionIds: readonly string[] }> {
      const build = await store.builds.get(buildId);
      const versionIds = publishedVersions(build ?? {});
      for (const id of versionIds) {
        const version = await azure.readImageVersion(id);
        if (!version || version.excluded) continue;
        await alone(deps, id, buildId, () => azure.markVersion(id, { excluded: true, tags: {} }));
        tell(`${id} was published into latest and is excluded now`);
      }
      return { versionIds };
    },

    /** Lets `latest` mean a version that is proven, and says so in its tags; one write, so that there is no version without the link. */
    async openGate({ verificationId, buildId }: Verified) {
      const record = await store.verifications.get(verificationId);
      if (record?.state !== "proven" || !record.proof || !record.versionId)
        throw new Refused(notProven(verificationId));
      const { versionId, proof } = record;
      const standing = await azure.readImageVersion(versionId);
      if (!standing || versionHashOf({ versionId, publishedAt: standing.publishedAt }) !== record.versionHash)
        throw new Refused(replaced(versionId));
      const gate = record.gate && !isWithheld(standing.tags);
      const tags = {
        goldsmithProof: verificationId,
        goldsmithProofHash: proof.hash,
        goldsmithProvenAt: record.endedAt ?? record.updatedAt,
        goldsmithFailure: "",
      };
      await alone(deps, versionId, buildId ?? verificationId, () =>
        azure.markVersion(versionId, { ...(gate ? { excluded: false } : {}), tags }),
      );
      if (buildId) await noteEnd(buildId, versionId, { id: verificationId, state: record.state });
      tell(`${versionId} is proven${gate ? ", and latest may mean it" : ""}`);
      return {};
    },

    /** Whether a gate that was opened stands open: the write takes its time, and can fail. */
    async readGateOpen({ verificationId }: Verified): Promise<{ readonly kind: "settling" | "open" }> {
      const record = await store.verifications.get(verificationId);
      const version = await azure.readImageVersion(record?.versionId ?? "");
      if (version?.provisioningState === "Updating") return { kind: "settling" };
      if (
        !version ||
        version.provisioningState === "Failed" ||
        (record?.gate && version.excluded && !isWithheld(version.tags))
      )
        throw new Refused(notOpened(record?.versionId ?? ""));
      return { kind: "open" };
    },

    /** Writes onto a version why it is not proven; it stays excluded. */
    async markUnproven({ verificationId, versionId, buildId }: Verified & AboutVersion) {
      const record = await store.verifications.get(verificationId);
      const reason =
        record && isVerified(record.state)
          ? `${record.problem?.code ?? record.state}: ${record.problem?.title ?? ""}`
          : "not verified";
      const tags = { goldsmithFailure: reason.slice(0, 250), goldsmithVerification: verificationId };
      await alone(deps, versionId, buildId, () => azure.markVersion(versionId, { excluded: true, tags }));
      await noteEnd(buildId, versionId, { id: verificationId, state: record?.state ?? "unknown" });
      tell(`${versionId} stays excluded: ${reason}`);
      return {};
    },
  };
};

const notOpened = (versionId: string): Problem => ({
  code: "GateNotOpened",
  title: "The version is proven, but Azure did not include it in latest",
  scope: versionId,
  stage: "verifying",
  fix: ["Look at the version in the portal", "Ask for the verification again with gate: true"],
});

const replaced = (versionId: string): Problem => ({
  code: "VersionReplaced",
  title: "Another version stands under that name than the one that was proven",
  scope: versionId,
  stage: "verifying",
  fix: ["Find out who published it anew", "Ask for the verification again with gate: true"],
});

const notProven = (verificationId: string): Problem => ({
  code: "NotProven",
  title: "The version is not proven, so it stays excluded from latest",
  detail: `GET /api/verifications/${verificationId} says why.`,
  stage: "verifying",
  fix: ["Look at the verification", "Build again, or verify again with gate: true"],
});
