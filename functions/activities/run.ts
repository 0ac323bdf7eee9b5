import type { RunOutput } from "../../shared/azure/azure.ts";
import { type Artifact, publishedVersions } from "../../shared/build.ts";
import { typeOf } from "../../shared/decide/armId.ts";
import { commandsFor, missingTargets, remainderOf } from "../../shared/decide/builds/remainder.ts";
import { templateChanged } from "../../shared/decide/builds/watch.ts";
import type { TemplateBody, TemplateFacts } from "../../shared/decide/planning/facts.ts";
import { Refused } from "../../shared/problem.ts";
import { notePublished } from "../curating.ts";
import { bodyDocument } from "../documents.ts";
import type { Deps } from "./deps.ts";
import { tell } from "./story.ts";
import { isPlanned, plannedBody, templateGone } from "./template.ts";

type About = { readonly buildId: string; readonly templateId: string };
type ToStart = About & {
  readonly previousStart?: string;
  /** Which run of the build; the first where absent. */
  readonly run?: number;
  /** ISO; when the template was last seen provisioned, free and as planned. */
  readonly seenAt?: string;
  /** Why a run is asked for again. */
  readonly because?: string;
};

/** How old (ms) that may be. */
const seenFor = 60_000;

/** Minutes a build may take where the template does not say (image-builder.md §2.4). */
const defaultTimeout = 240;

/** Starting and cancelling a run, and collecting what it left. */
export const runActivities = ({ azure, store }: Deps) => {
  const existing = async (templateId: string): Promise<TemplateFacts> => {
    const template = await azure.readTemplate(templateId);
    if (!template) throw new Refused(templateGone(templateId));
    return template;
  };

  const artifactOf = async ({ name, artifactId, artifactUri }: RunOutput): Promise<Artifact | undefined> => {
    if (artifactUri) return vhdOf(name, artifactUri.split("?")[0] ?? artifactUri);
    if (!artifactId) return undefined;
    if (typeOf(artifactId) === "microsoft.compute/images")
      return { runOutputName: name, kind: "managedImage", id: artifactId };
    const version = await azure.readImageVersion(artifactId);
    const regions = version ? { regions: version.regions } : {};
    return { runOutputName: name, kind: "imageVersion", id: artifactId, ...regions };
  };

  return {
    /**
     * Asks for a run unless one is under way or began since the plan: an answer can be lost, and the service has no queue.
     * Who asks for the first time, of a template that was seen as planned a moment ago, need not read it again. Answers which
     * run not to take for ours.
     */
    async startRun({ buildId, templateId, previousStart, run = 1, seenAt, because }: ToStart) {
      const first = await store.seen.first("runAsked", `${buildId}:${run}`);
      const seen = first && seenAt !== undefined && Date.now() - Date.parse(seenAt) < seenFor;
      const template = seen ? undefined : await existing(templateId);
      const { properties } = template?.body ?? (await plannedBody(store, buildId));
      const timeoutMinutes = Number(properties?.buildTimeoutInMinutes) || defaultTimeout;
      if (template && !(await isPlanned(store, buildId, template))) throw new Refused(templateChanged(templateId));
      if (template && adoptable(template, previousStart)) {
        tell(`following the run that began ${template.lastRun?.startTime}`);
        return { timeoutMinutes };
      }
      if ((await azure.startRun(templateId)) === "busy")
        throw new Error("the service is busy with this template; it will be read again");
      tell(because ? `run accepted again, because of: ${because}` : "run accepted");
      return { timeoutMinutes, ...(previousStart ? { previousStart } : {}) };
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
      const made = artifacts.filter((artifact) => artifact !== undefined);
      await notePublished({ store }, buildId, publishedVersions({ artifacts: made }));
      const build = await store.builds.update(buildId, { artifacts: made });
      for (const artifact of made)
        tell(`${artifact.runOutputName}: ${artifact.id}${artifact.warning ? ` (${artifact.warning})` : ""}`);
      const body = (await store.documents.get<TemplateBody>(bodyDocument(buildId))) ?? {};
      const missing = missingTargets(body, made);
      if (missing.length > 0) tell(`not made: ${missing.join(", ")}`);
      const rest = remainderOf(build, body, made);
      return { missing, byHand: rest ? commandsFor(rest) : [] };
    },

    /** Whether the image versions of a run that gave up waiting are there by now. */
    async lookForImage({ buildId, templateId, since }: About & { readonly since: string }) {
      if (await store.seen.has("cancel", buildId)) return { found: "none" as const, cancelAsked: true };
      const outputs = await azure.readRunOutputs(templateId);
      const ids = outputs.flatMap(({ artifactId }) =>
        artifactId && /\/versions\//i.test(artifactId) ? [artifactId] : [],
      );
      const versions = await Promise.all(ids.map((id) => azure.readImageVersion(id)));
      const ours = versions.filter((version) => version && Date.parse(version.publishedAt) >= Date.parse(since));
      const states = ours.map((version) => version?.provisioningState.toLowerCase() ?? "");
      const found = states.includes("failed") ? "failed" : lateState(states);
      tell(found === "there" ? "the image version appeared after the time-out" : `image version: ${found}`);
      return { found, cancelAsked: false };
    },
  };
};

/** A VHD lies in the template's staging account, which goes with the template (image-builder.md §6.4). */
const vhdOf = (runOutputName: string, id: string): Artifact => ({
  runOutputName,
  kind: "vhd",
  id,
  warning: `it is deleted with its template; copy it out: az storage blob copy start --source-uri '${id}' --account-name <yours> --destination-container vhds --destination-blob image.vhd --auth-mode login`,
});

function lateState(states: readonly string[]): "there" | "coming" | "none" {
  if (states.length === 0) return "none";
  return states.every((state) => state === "succeeded") ? "there" : "coming";
}

function adoptable({ lastRun }: TemplateFacts, previousStart: string | undefined): boolean {
  if (!lastRun) return false;
  return lastRun.startTime !== previousStart || lastRun.runState.toLowerCase() === "running";
}
