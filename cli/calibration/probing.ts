import type { Observation, Probe, Verdict } from "../../shared/decide/permissions/calibration.ts";
import { verdictOn } from "../../shared/decide/permissions/calibration.ts";
import { fieldsOf, textOf } from "../../shared/decide/template/templateBody.ts";
import { type Lab, must, propertyOf, until, versions } from "./lab.ts";
import { assign, galleryOf, makeDefinition, makeIdentity, makeRole, templateBody, templateOf } from "./sandbox.ts";

const api = versions.templates;
/** Longest a provisioning and a build may take (s). */
const provisioningSeconds = 1800;
const buildSeconds = 3 * 3600;

/** Gives a probe its identity, its image definition and its rights; the ids of its assignments. */
export async function equip(lab: Lab, { name, grants }: Probe): Promise<readonly string[]> {
  const principalId = await makeIdentity(lab, name);
  await makeDefinition(lab, name);
  const scopes = { galleryPublisher: galleryOf(lab), imageWriter: lab.group };
  const ids: string[] = [];
  for (const key of ["galleryPublisher", "imageWriter"] as const) {
    const actions = grants[key];
    if (actions) ids.push(await assign(lab, await makeRole(lab, `${name} ${key}`, actions), scopes[key], principalId));
  }
  return ids;
}

/** Submits a template and waits for what the service makes of it. */
export async function submit(lab: Lab, name: string, identity = name): Promise<Verdict> {
  const id = templateOf(lab, name);
  await must(lab.arm("PUT", id, api, templateBody(lab, identity)), `template ${name}`);
  const ended = await until(
    lab,
    async () => {
      const reply = await lab.arm("GET", id, api);
      return ["Succeeded", "Failed"].includes(propertyOf(reply, "provisioningState")) ? reply : undefined;
    },
    provisioningSeconds,
    5,
  );
  if (!ended) return { kind: "other", text: "it was not provisioned in time" };
  if (propertyOf(ended, "provisioningState") === "Succeeded") return verdictOn(undefined);
  const error = fieldsOf(fieldsOf(fieldsOf(ended.body).properties).provisioningError);
  return verdictOn(textOf(error.message) || "it failed to provision, without a reason");
}

/** Takes a template away and waits until it is gone, with its staging group. */
export async function dismiss(lab: Lab, name: string): Promise<void> {
  const id = templateOf(lab, name);
  const gone = await until(
    lab,
    async () => {
      const reply = await lab.arm("GET", id, api);
      if (reply.status === 404) return true;
      if (propertyOf(reply, "provisioningState") !== "Deleting") await lab.arm("DELETE", id, api);
      return undefined;
    },
    provisioningSeconds,
  );
  if (!gone) throw new Error(`the template ${name} could not be deleted`);
}

const runOf = (body: unknown) => fieldsOf(fieldsOf(fieldsOf(body).properties).lastRunStatus);

/** Waits for the end of the run of a template. */
async function runEnd(lab: Lab, name: string): Promise<Verdict> {
  const over = ["Succeeded", "PartiallySucceeded", "Failed", "Canceled"];
  const ended = await until(
    lab,
    async () => {
      const run = runOf((await lab.arm("GET", templateOf(lab, name), api)).body);
      return over.includes(textOf(run.runState)) ? run : undefined;
    },
    buildSeconds,
    30,
  );
  if (!ended) return { kind: "other", text: "the build did not end in time" };
  if (textOf(ended.runState) === "Succeeded") return verdictOn(undefined);
  return verdictOn(`${textOf(ended.runState)}: ${textOf(ended.message)}`);
}

function grantsOf({ about }: Probe): string {
  if (about === "control") return "with every right";
  if (about === "nothing") return "without a right";
  return about === "withoutImages" ? "without images/*" : `without ${about.action}`;
}

const wordOf = (verdict: Verdict) => (verdict.kind === "other" ? verdict.text : verdict.kind);

/** Submits a probe's template and, where that is taken, builds it; `during` is done once the build runs. */
export async function probe(lab: Lab, one: Probe, during?: () => Promise<void>): Promise<Observation> {
  const submitted = await submit(lab, one.name);
  lab.tell(`a template ${grantsOf(one)}: ${wordOf(submitted)}`);
  // A template without rights would only cost a build.
  if (submitted.kind !== "taken" || one.about === "nothing") return { probe: one, submitted };
  await must(lab.arm("POST", `${templateOf(lab, one.name)}/run`, api), `run of ${one.name}`);
  await during?.();
  const built = await runEnd(lab, one.name);
  lab.tell(`its build, ${grantsOf(one)}: ${wordOf(built)}`);
  return { probe: one, submitted, built };
}

/** Runs a template, cancels it, and reads its operation record to the end; undefined where it did not end by the cancelling. */
export async function cancelledOperation(lab: Lab, name: string): Promise<string | undefined> {
  const run = await must(lab.arm("POST", `${templateOf(lab, name)}/run`, api), `run of ${name}`);
  await lab.sleep(120);
  const cancel = await lab.arm("POST", `${templateOf(lab, name)}/cancel`, api);
  const link = run.headers.get("azure-asyncoperation") ?? run.headers.get("location");
  if (!link || cancel.status >= 300) return undefined;
  const end = await runEnd(lab, name);
  if (end.kind === "taken" || !end.text.startsWith("Canceled")) return undefined;
  return until(
    lab,
    async () => {
      const status = textOf(fieldsOf((await lab.arm("GET", link, api)).body).status);
      return status === "" || status === "InProgress" ? undefined : status;
    },
    3600,
    30,
  );
}
