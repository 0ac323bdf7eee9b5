import { nameOf } from "../ids.ts";
import { compact, isObject, objectOf } from "../json.ts";
import type { Json, JsonObject, World } from "../world.ts";
import { isSecret } from "./parameters.ts";
import type { Order, Step } from "./template.ts";

export const deploymentType = "Microsoft.Resources/deployments";

/** How far one resource of a deployment is. */
export interface Progress extends Step {
  readonly state: "waiting" | "running" | "succeeded" | "failed";
  readonly statusCode?: string;
  readonly error?: JsonObject;
  readonly timestamp: string;
}

/** A deployment as GET shows it: its parameters without the values of secret ones. */
export function shownDeployment(world: World, order: Order, steps: readonly Step[], more: JsonObject): JsonObject {
  const declared = objectOf(order.template.parameters);
  const parameters = Object.entries(order.parameters).map(([name, value]): [string, JsonObject] => {
    const type = objectOf(declared[name]).type ?? "String";
    return [name, isSecret(declared[name]) ? { type } : { type, value }];
  });
  const providers = new Map<string, Set<string>>();
  for (const { type } of steps) {
    const [namespace = "", ...rest] = type.split("/");
    providers.set(namespace, (providers.get(namespace) ?? new Set()).add(rest.join("/")));
  }
  return compact({
    mode: "Incremental",
    timestamp: new Date(world.clock.now()).toISOString(),
    duration: "PT0S",
    parameters: Object.fromEntries(parameters),
    providers: [...providers].map(([namespace, types]) => ({
      namespace,
      resourceTypes: [...types].map((resourceType) => ({ resourceType })),
    })),
    dependencies: steps
      .filter(({ after }) => after.length > 0)
      .map((step) => ({
        ...named(step.id, step.type),
        dependsOn: step.after.map((id) => named(id, typeAt(steps, id))),
      })),
    ...more,
  });
}

const typeAt = (steps: readonly Step[], id: string) => steps.find((step) => step.id === id)?.type ?? "";
const named = (id: string, resourceType: string): JsonObject => ({ id, resourceType, resourceName: nameOf(id) });

/** An entry of a deployment's list of operations; nothing for a resource whose turn has not come. */
export function shownOperation(deploymentId: string, step: Progress, index: number): JsonObject[] {
  if (step.state === "waiting") return [];
  const operationId = `${index}`.padStart(16, "0");
  const states = { running: "Running", succeeded: "Succeeded", failed: "Failed" };
  const properties = compact({
    provisioningOperation: "Create",
    provisioningState: states[step.state],
    timestamp: step.timestamp,
    duration: "PT0S",
    statusCode: step.statusCode,
    statusMessage: step.error ? { error: step.error } : undefined,
    targetResource: named(step.id, step.type),
  });
  return [{ id: `${deploymentId}/operations/${operationId}`, operationId, properties }];
}

/** The outputs of a template, each with its type; what is secret is left without its value. */
export function outputsOf(template: JsonObject, evaluated: (value: Json) => Json): JsonObject {
  const outputs = Object.entries(objectOf(template.outputs)).filter(([, output]) => isObject(output));
  const wanted = outputs.filter(([, output]) => evaluated(objectOf(output).condition ?? true) !== false);
  return Object.fromEntries(
    wanted.map(([name, output]): [string, JsonObject] => {
      const { type = "String", value = null } = objectOf(output);
      return [name, isSecret(output) ? { type } : { type, value: evaluated(value) }];
    }),
  );
}
