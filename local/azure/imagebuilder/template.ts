import { array, asJson, at, object, text } from "../compute/paths.ts";
import type { Caller, Json, JsonObject, Resource, World } from "../world.ts";

/** The resource type of image templates. */
export const templateType = "Microsoft.VirtualMachineImages/imageTemplates";

/** `endTime` of a run that has not ended (image-builder.md §2.7). */
export const notEnded = "0001-01-01T00:00:00Z";

/** `lastRunStatus.runState`. */
export type RunState = "Running" | "Canceling" | "Succeeded" | "PartiallySucceeded" | "Failed" | "Canceled";
/** `lastRunStatus.runSubState`. */
export type SubState = "Queued" | "Building" | "Customizing" | "Optimizing" | "Validating" | "Distributing";

/** `lastRunStatus` as the service shows it; the sub state is absent in Canceling and in every final state. */
export interface LastRunStatus {
  readonly startTime: string;
  readonly endTime: string;
  readonly runState: RunState;
  readonly runSubState?: SubState;
  readonly message: string;
}

/** What the service knows of a template and never shows. */
export interface TemplateSecrets {
  /** Who submitted it; events of what the service does by itself carry this caller. */
  readonly submittedBy: Caller;
  readonly apiVersion: string;
  readonly runId?: string;
  readonly failedInARow?: number;
}

/** The template in the store, or undefined where there is none (any more). */
export function findTemplate(world: World, id: string): Resource | undefined {
  const resource = world.store.resource(id);
  return resource?.type === templateType ? resource : undefined;
}

/** What the service keeps of a template besides what it shows. */
export function secretsOf(template: Resource): TemplateSecrets {
  return template.hidden as unknown as TemplateSecrets;
}

/** Replaces members of a template's properties and hidden knowledge; does nothing where the template is gone. */
export function changeTemplate(
  world: World,
  id: string,
  properties: JsonObject,
  hidden: Partial<TemplateSecrets> = {},
): void {
  const template = findTemplate(world, id);
  if (!template) return;
  world.store.putResource({
    ...template,
    body: { ...template.body, properties: ordered({ ...object(template.body, "properties"), ...properties }) },
    hidden: asJson({ ...template.hidden, ...hidden }),
  });
}

const order = [
  "source",
  "customize",
  "optimize",
  "validate",
  "distribute",
  "provisioningState",
  "provisioningError",
  "lastRunStatus",
];

/** Members in the order in which the service shows them. */
function ordered(properties: JsonObject): JsonObject {
  const rest = Object.keys(properties).filter((name) => !order.includes(name));
  const names = [...order.filter((name) => properties[name] !== undefined), ...rest];
  return Object.fromEntries(names.map((name) => [name, properties[name] as Json]));
}

/** `properties.provisioningState`. */
export function provisioningStateOf(template: Resource): string {
  return text(template.body, "properties", "provisioningState") ?? "";
}

/** `properties.lastRunStatus`; undefined before the first run. */
export function lastRunOf(template: Resource): LastRunStatus | undefined {
  return at(template.body, "properties", "lastRunStatus") as LastRunStatus | undefined;
}

/** The resource id of the template's one identity. */
export function identityIdOf(body: JsonObject): string {
  return Object.keys(object(body, "identity", "userAssignedIdentities"))[0] ?? "";
}

/** The principal of the template's identity; undefined where the identity was deleted. */
export function identityPrincipal(world: World, template: Resource): string | undefined {
  return text(world.store.resource(identityIdOf(template.body))?.body, "properties", "principalId");
}

/** The location of a template. */
export function locationOf(template: Resource): string {
  return text(template.body, "location") ?? "";
}

/** `properties.distribute`. */
export function targetsOf(template: Resource): readonly Json[] {
  return array(template.body, "properties", "distribute");
}

/** A time as Go prints it: nanoseconds, in UTC. */
export function goTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace("Z", "000000Z");
}
