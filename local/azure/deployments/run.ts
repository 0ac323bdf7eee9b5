import { sameId } from "../ids.ts";
import { objectOf, textOf } from "../json.ts";
import { AzureError, type Caller, type Json, type JsonObject, type World } from "../world.ts";
import { counting, evaluate, type Functions } from "./evaluate.ts";
import { deploymentType, outputsOf, type Progress } from "./present.ts";
import { deploymentFailed } from "./refusals.ts";
import { functionsOf, type Order, refusing } from "./template.ts";

/** What a running deployment works from; it holds secrets, and goes when the deployment ends. */
export interface Work {
  readonly order: Order;
  readonly caller: Caller;
}

/** What the store keeps of a deployment beside what it shows. */
export interface Hidden {
  readonly operationId: string;
  readonly steps: readonly Progress[];
}

const job = "deployment";
const everyMs = 2_000;
const workKey = (id: string) => `deployment:${id}`;

/** A `reference` to a resource of the same template whose turn has not come: an unwritten dependency. */
class NotYet extends Error {}

/** Lets a deployment begin; its resources are written in the name of whoever deploys, each with the rights and refusals of its own PUT. */
export function beginWork(world: World, id: string, work: Work): void {
  world.store.put("secret", workKey(id), work);
  world.jobs.at(world.clock.now(), job, { id });
}

/** Ends a deployment that is under way: what was begun goes on, what waits is left. */
export function cancelWork(world: World, id: string): void {
  end(world, id, "Canceled", { code: "DeploymentCanceled", message: "The deployment was canceled." });
}

/** Registers the job that carries deployments on. */
export function registerDeployments(world: World): void {
  world.jobs.on(job, async ({ id }) => await advance(world, String(id)));
}

async function advance(world: World, id: string): Promise<void> {
  const work = world.store.get<Work>("secret", workKey(id));
  const standing = world.store.resource(id);
  if (!work || !standing) return;
  const hidden = standing.hidden as unknown as Hidden;
  let steps: readonly Progress[] = hidden.steps.map((step) => (step.state === "running" ? looked(world, step) : step));
  const failing = () => steps.some(({ state }) => state === "failed");
  for (const [index, step] of steps.entries()) {
    if (failing() || step.state !== "waiting" || !ready(step, steps)) continue;
    const begun = await start(world, work, step, steps);
    steps = steps.with(index, begun);
  }
  world.store.putResource({ ...standing, hidden: { ...hidden, steps } as unknown as JsonObject });
  if (steps.some(({ state }) => state === "running") || (!failing() && steps.some(({ state }) => state === "waiting")))
    return world.jobs.at(world.clock.now() + everyMs, job, { id });
  if (!failing()) return succeed(world, id, work, steps);
  end(world, id, "Failed", deploymentFailed(steps.flatMap(({ error }) => (error ? [error] : []))));
}

const ready = ({ after }: Progress, steps: readonly Progress[]) =>
  after.every((id) => steps.some((step) => sameId(step.id, id) && step.state === "succeeded"));

/** A resource whose write was accepted, as it stands now. */
function looked(world: World, step: Progress): Progress {
  const properties = objectOf(world.store.resource(step.id)?.body.properties);
  const state = textOf(properties.provisioningState) ?? "Succeeded";
  const timestamp = new Date(world.clock.now()).toISOString();
  if (state === "Succeeded") return { ...step, state: "succeeded", timestamp };
  if (state !== "Failed" && state !== "Canceled") return step;
  const cause = objectOf(properties.provisioningError ?? properties.error);
  const error = {
    code: "ResourceDeploymentFailure",
    target: step.id,
    message: `The resource write operation failed to complete successfully, because it reached terminal provisioning state '${state}'.`,
    ...(Object.keys(cause).length > 0 ? { details: [cause] } : {}),
  };
  return { ...step, state: "failed", statusCode: "Conflict", error, timestamp };
}

async function start(world: World, work: Work, step: Progress, steps: readonly Progress[]): Promise<Progress> {
  const timestamp = new Date(world.clock.now()).toISOString();
  try {
    const body = refusing(() => bodyOf(world, work, step, steps));
    const { status } = await world.ask(work.caller, "PUT", step.id, step.apiVersion, body);
    return looked(world, { ...step, state: "running", statusCode: status === 201 ? "Created" : "OK", timestamp });
  } catch (error) {
    if (error instanceof NotYet || (error instanceof AzureError && error.status === 429)) return step;
    if (!(error instanceof AzureError)) throw error;
    const { code, message, details } = error;
    const shown = { code, message, target: step.id, ...(details ? { details } : {}) };
    return {
      ...step,
      state: "failed",
      statusCode: statusText[error.status] ?? String(error.status),
      error: shown,
      timestamp,
    };
  }
}

const statusText: Readonly<Record<number, string>> = {
  400: "BadRequest",
  403: "Forbidden",
  404: "NotFound",
  409: "Conflict",
};
const ofTemplate = [
  "apiVersion",
  "comments",
  "condition",
  "copy",
  "dependsOn",
  "name",
  "resourceGroup",
  "scope",
  "subscriptionId",
  "type",
];

/** What is sent for a resource: everything that is not the template's own, evaluated. */
function bodyOf(world: World, work: Work, step: Progress, steps: readonly Progress[]): JsonObject {
  const source = objectOf((work.order.template.resources as readonly Json[])[step.at]);
  const functions = runningFunctions(world, work, steps, step.copy);
  const own = Object.entries(source).filter(([name]) => !ofTemplate.includes(name));
  if (step.type.toLowerCase() !== deploymentType.toLowerCase())
    return objectOf(evaluate(Object.fromEntries(own), functions));
  const properties = objectOf(source.properties);
  const inner = /^inner$/i.test(textOf(objectOf(properties.expressionEvaluationOptions).scope) ?? "");
  const { template, ...rest } = properties;
  const evaluated = objectOf(evaluate(rest, functions));
  const nested = inner ? template : evaluate(template ?? null, functions);
  return {
    ...objectOf(evaluate(Object.fromEntries(own.filter(([name]) => name !== "properties")), functions)),
    properties: { ...evaluated, template: nested ?? null },
  };
}

function runningFunctions(world: World, { order, caller }: Work, steps: readonly Progress[], copy?: number): Functions {
  return functionsOf(world, order, {
    ...(copy === undefined ? {} : { copyindex: counting(copy, undefined) }),
    reference: (what = "", _version = "", full = "") => {
      const step = steps.find(
        ({ id }) => sameId(id, String(what)) || id.toLowerCase().endsWith(`/${String(what).toLowerCase()}`),
      );
      if (step && step.state !== "succeeded") throw new NotYet();
      const found = world.store.resource(step?.id ?? String(what));
      if (!found) throw new AzureError(404, "ResourceNotFound", `The resource '${String(what)}' was not found.`);
      world.rights.require(caller, `${found.type}/read`, found.id);
      return String(full).toLowerCase() === "full" ? found.body : objectOf(found.body.properties);
    },
  });
}

function succeed(world: World, id: string, work: Work, steps: readonly Progress[]): void {
  try {
    const functions = runningFunctions(world, work, steps);
    const outputs = refusing(() => outputsOf(work.order.template, (value) => evaluate(value, functions)));
    const outputResources = steps.map((step) => ({ id: step.id }));
    end(world, id, "Succeeded", undefined, { outputs, outputResources });
  } catch (error) {
    if (!(error instanceof AzureError)) throw error;
    end(world, id, "Failed", {
      code: "DeploymentOutputEvaluationFailed",
      message: `Unable to evaluate template outputs: ${error.message}`,
    });
  }
}

function end(
  world: World,
  id: string,
  state: "Succeeded" | "Failed" | "Canceled",
  error?: JsonObject,
  more: JsonObject = {},
): void {
  const standing = world.store.resource(id);
  world.store.delete("secret", workKey(id));
  if (!standing) return;
  const properties = {
    ...objectOf(standing.body.properties),
    ...more,
    provisioningState: state,
    ...(error ? { error } : {}),
  };
  world.store.putResource({ ...standing, body: { ...standing.body, properties } });
  const { operationId } = standing.hidden as unknown as Hidden;
  world.operations.finish(operationId, { status: state, ...(error ? { error } : {}) });
}
