import { diagnose, missingRight } from "../../shared/decide/builds/diagnosis.ts";
import type { Facts, TemplateBody, TemplateFacts } from "../../shared/decide/planning/facts.ts";
import { contentHash } from "../../shared/decide/template/contentHash.ts";
import { type Problem, Refused } from "../../shared/problem.ts";
import type { RefusedGrant } from "../../shared/watch.ts";
import { bodyDocument } from "../documents.ts";
import { refusedGrantOf } from "../propagation.ts";
import type { Deps } from "./deps.ts";
import { tell } from "./story.ts";

type About = { readonly buildId: string; readonly templateId: string };

/** A template as far as a build waits for it. */
export type TemplateReading =
  | { readonly kind: "settling" }
  | {
      readonly kind: "settled";
      readonly state: "Succeeded" | "Failed";
      /** ISO; when it was seen provisioned, as planned, and free to be run. */
      readonly seenAt?: string;
      readonly previousStart?: string;
      readonly problem?: Problem;
      readonly refusedGrant?: RefusedGrant;
    };

const busyStates = ["creating", "updating", "deleting"];

/** Reading, creating and (only what failed, and only as it was planned) deleting the template. */
export const templateActivities = ({ azure, store }: Deps) => ({
  async readTemplate({ buildId, templateId }: About): Promise<TemplateReading> {
    const seenAt = new Date().toISOString();
    const found = await azure.readTemplate(templateId);
    if (!found) throw new Refused(templateGone(templateId));
    const state = (found.provisioningState ?? "Succeeded").toLowerCase();
    if (busyStates.includes(state)) return { kind: "settling" };
    tell(`template ${state}`);
    if (state !== "succeeded") return { kind: "settled", state: "Failed", ...(await failure(store, buildId, found)) };
    const ready = isFree(found) && (await isPlanned(store, buildId, found));
    return { kind: "settled", state: "Succeeded", ...previousStart(found), ...(ready ? { seenAt } : {}) };
  },

  async createTemplate({ buildId, templateId }: About) {
    const body = await plannedBody(store, buildId);
    const outcome = await azure.createTemplate(templateId, body);
    tell(outcome === "started" ? "template created" : "template is there already");
    return { outcome };
  },

  /** Deletes the template if it failed and is the planned one; says whether it is gone. */
  async deleteTemplate({ buildId, templateId }: About) {
    const found = await azure.readTemplate(templateId);
    if (!found) return { gone: true };
    const state = (found.provisioningState ?? "Succeeded").toLowerCase();
    if (busyStates.includes(state)) return { gone: false };
    if (state === "succeeded" || contentHash(found.body) !== contentHash(await plannedBody(store, buildId)))
      throw new Refused(notOurs(templateId));
    tell("failed template deleted, to be created anew");
    return { gone: (await azure.deleteTemplate(templateId)) === "gone" };
  },
});

/** Provisioned, and no run goes on that somebody else started. */
export const isFree = ({ provisioningState, lastRun }: TemplateFacts): boolean =>
  (provisioningState ?? "Succeeded") === "Succeeded" && !/^(running|cancell?ing)$/i.test(lastRun?.runState ?? "");

/** Whether a template is still the one that was planned. */
export async function isPlanned(store: Deps["store"], buildId: string, found: TemplateFacts): Promise<boolean> {
  const build = await store.builds.get(buildId);
  return !build || contentHash(found.body) === build.contentHash;
}

/** The body that a build was planned with. */
export async function plannedBody(store: Deps["store"], buildId: string): Promise<TemplateBody> {
  const body = await store.documents.get<TemplateBody>(bodyDocument(buildId));
  if (!body) throw new Error(`the template body of build ${buildId} is not in the store`);
  return body;
}

const previousStart = ({ lastRun }: TemplateFacts) => (lastRun?.startTime ? { previousStart: lastRun.startTime } : {});

async function failure(store: Deps["store"], buildId: string, { id, provisioningError }: Facts["template"]) {
  const message = provisioningError?.message ?? "The service gave no reason.";
  const problem = diagnose({ code: provisioningError?.code, message, stage: "creating", scope: id });
  const refusedGrant = await refusedGrantOf({ store }, buildId, missingRight(message));
  return { problem, ...(refusedGrant ? { refusedGrant } : {}) };
}

export const templateGone = (templateId: string): Problem => ({
  code: "TemplateGone",
  title: "The template does not exist",
  scope: templateId,
  status: 404,
  fix: ["Check the id", "Write the template, or ask for a build with its body"],
});

const notOurs = (templateId: string): Problem => ({
  code: "TemplateReplaced",
  title: "The template changed while the build prepared it, so it was left alone",
  scope: templateId,
  fix: ["Ask for a build of the template as it is now"],
});
