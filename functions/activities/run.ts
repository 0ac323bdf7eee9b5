import type { WatchEnd } from "../../orchestrations/watchRun.ts";
import type { RunOutput } from "../../shared/azure/azure.ts";
import type { Artifact } from "../../shared/build.ts";
import { contentHash } from "../../shared/decide/contentHash.ts";
import { missingRight } from "../../shared/decide/diagnosis.ts";
import type { TemplateFacts } from "../../shared/decide/facts.ts";
import { runOutcome } from "../../shared/decide/outcome.ts";
import { type Problem, Refused } from "../../shared/problem.ts";
import type { Deps } from "./deps.ts";
import { tell } from "./story.ts";
import { templateGone } from "./template.ts";

type About = { readonly buildId: string; readonly templateId: string };

/** One look at a run. */
export type RunReading =
  | { readonly kind: "running"; readonly cancelAsked?: boolean; readonly changed?: boolean }
  | { readonly kind: "ended"; readonly end: WatchEnd };

/** Minutes a build may take where the template does not say (image-builder.md §2.4). */
const defaultTimeout = 240;

/** Starting, reading and cancelling a run, and collecting what it left. */
export const runActivities = ({ azure, store }: Deps) => {
  const existing = async (templateId: string): Promise<TemplateFacts> => {
    const template = await azure.readTemplate(templateId);
    if (!template) throw new Refused(templateGone(templateId));
    return template;
  };

  /** The service's own words for where the run stands; written only when they change. */
  const noteProgress = async (buildId: string, { lastRun }: TemplateFacts) => {
    const build = await store.builds.get(buildId);
    const stage = lastRun?.runSubState ?? lastRun?.runState;
    if (!stage || (build?.stage === stage && build.runStartedAt === lastRun?.startTime)) return;
    tell(stage);
    const runStartedAt = lastRun?.startTime ? { runStartedAt: lastRun.startTime } : {};
    await store.builds.update(buildId, { stage, ...runStartedAt, updatedAt: new Date().toISOString() });
  };

  const artifactOf = async ({ name, artifactId, artifactUri }: RunOutput): Promise<Artifact | undefined> => {
    if (artifactUri) return { runOutputName: name, kind: "vhd", id: artifactUri.split("?")[0] ?? artifactUri };
    if (!artifactId) return undefined;
    if (!/\/versions\//i.test(artifactId)) return { runOutputName: name, kind: "managedImage", id: artifactId };
    const version = await azure.readImageVersion(artifactId);
    const regions = version ? { regions: version.regions } : {};
    return { runOutputName: name, kind: "imageVersion", id: artifactId, ...regions };
  };

  return {
    /**
     * Asks for a run unless one is under way or began since the plan: an answer can be lost, and the service has no
     * queue. Answers which run not to take for ours.
     */
    async startRun({ buildId, templateId, previousStart }: About & { readonly previousStart?: string }) {
      const template = await existing(templateId);
      const timeoutMinutes = Number(template.body.properties?.buildTimeoutInMinutes) || defaultTimeout;
      const build = await store.builds.get(buildId);
      if (build && contentHash(template.body) !== build.contentHash) throw new Refused(changed(templateId));
      if (adoptable(template, previousStart)) {
        tell(`following the run that began ${template.lastRun?.startTime}`);
        return { timeoutMinutes };
      }
      if ((await azure.startRun(templateId)) === "busy")
        throw new Error("the service is busy with this template; it will be read again");
      tell("run accepted");
      return { timeoutMinutes, ...(previousStart ? { previousStart } : {}) };
    },

    async readRun(
      asked: About & { readonly contentHash: string; readonly previousStart?: string },
    ): Promise<RunReading> {
      const template = await existing(asked.templateId);
      const outcome = runOutcome(template, asked.previousStart);
      const isChanged = contentHash(template.body) !== asked.contentHash;
      await noteProgress(asked.buildId, template);
      if (outcome.kind === "running")
        return { kind: "running", cancelAsked: await store.seen.has("cancel", asked.buildId), changed: isChanged };
      tell(`run ${outcome.kind}`);
      const startedAt = template.lastRun?.startTime;
      const base = startedAt ? { startedAt } : {};
      if (isChanged) return { kind: "ended", end: { kind: "failed", ...base, problem: changed(asked.templateId) } };
      const problem = outcome.problem;
      return {
        kind: "ended",
        end: {
          kind: outcome.kind,
          ...base,
          ...(problem ? { problem } : {}),
          missingRight: missingRight(template.lastRun?.message ?? "") !== undefined,
        },
      };
    },

    async cancelRun({ buildId, templateId }: About) {
      await store.builds.update(buildId, { state: "cancelling", updatedAt: new Date().toISOString() });
      const outcome = await azure.cancelRun(templateId);
      tell(outcome === "accepted" ? "cancellation accepted by the service" : "nothing to cancel");
      return { outcome };
    },

    /** Run outputs and exact image versions, copied into the build: the next run replaces them in the template. */
    async collectArtifacts({ buildId, templateId }: About) {
      const outputs = await azure.readRunOutputs(templateId);
      const artifacts = await Promise.all(outputs.map(artifactOf));
      await store.builds.update(buildId, { artifacts: artifacts.filter((artifact) => artifact !== undefined) });
      for (const artifact of artifacts) if (artifact) tell(`${artifact.runOutputName}: ${artifact.id}`);
      return {};
    },
  };
};

function adoptable({ lastRun }: TemplateFacts, previousStart: string | undefined): boolean {
  if (!lastRun) return false;
  return lastRun.startTime !== previousStart || lastRun.runState.toLowerCase() === "running";
}

const changed = (templateId: string): Problem => ({
  code: "TemplateChanged",
  title: "The template is no longer the one that was planned",
  detail: "Somebody changed or replaced it after the plan was made, so its result is not trusted.",
  scope: templateId,
  fix: ["Ask for a build of the template as it is now"],
});
