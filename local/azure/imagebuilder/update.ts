import { correlationOf, soon } from "../compute/answers.ts";
import { array, asJson, at, object, text } from "../compute/paths.ts";
import {
  type Answer,
  AzureError,
  type Call,
  type Caller,
  type Json,
  type JsonObject,
  type Resource,
  type World,
} from "../world.ts";
import { present } from "./answer.ts";
import { existing } from "./existing.ts";
import { updateJob } from "./jobs.ts";
import { parseBody } from "./parse.ts";
import { validationFailed } from "./refusals.ts";
import { isBusy } from "./run.ts";
import { normalizedTargets, requireLinkedRights, showPrincipal } from "./submission.ts";
import { submissionProblem } from "./submissionChecks.ts";
import { changeTemplate, findTemplate, locationOf, provisioningStateOf, targetsOf, templateType } from "./template.ts";
import { templateUpdate } from "./templateSchema.ts";
import { requireIdentity, requireVmProfile } from "./validate.ts";
import { requireDistribute } from "./validateDistribute.ts";

interface Update {
  readonly templateId: string;
  readonly operationId: string;
  readonly caller: Caller;
  readonly correlationId: string;
  /** The template as it was, for an update that fails. */
  readonly before: JsonObject;
}

/** PATCH of a template: tags at once (recorded), identity, distribute and vmProfile as a long operation; nothing else (image-builder.md §2.8). */
export function update(world: World, call: Call): Answer {
  const template = existing(world, call);
  refuseOthers(call);
  const patch = parseBody(templateUpdate, call.body, call.apiVersion);
  requireLinkedRights(world, call, patch);
  const tagsOnly = patch.identity === undefined && patch.properties === undefined;
  if (!tagsOnly) guard(world, template);
  const changed = applied(template, patch);
  const correlationId = correlationOf(world, call);
  if (tagsOnly) {
    world.store.putResource({ ...template, body: changed });
    raise(world, template.id, { caller: call.caller, correlationId }, true);
    return { status: 200, body: present({ ...template, body: changed }, call) };
  }
  const operation = world.operations.begin(call, "Microsoft.VirtualMachineImages", locationOf(template), {
    asyncOperation: true,
    location: true,
  });
  const payload: Update = {
    templateId: template.id,
    operationId: operation.id,
    caller: call.caller,
    correlationId,
    before: template.body,
  };
  world.jobs.at(soon(world, world.switches.templateProvisioningSeconds), updateJob, asJson(payload));
  world.store.putResource({ ...template, body: changed });
  changeTemplate(world, template.id, { provisioningState: "Updating" });
  return { status: 202, headers: operation.headers };
}

/** What a template is built from and how never changes; the text is assumed. Other unknown fields are the parser's affair. */
function refuseOthers(call: Call): void {
  const other = Object.keys(object(call.body, "properties")).find(
    (name) => !["distribute", "vmprofile"].includes(name.toLowerCase()),
  );
  if (other)
    throw validationFailed(
      `'ImageTemplate': Field 'properties.${other}' cannot be updated. Only 'identity', 'tags', 'properties.distribute' and 'properties.vmProfile' can.`,
    );
}

function guard(world: World, template: Resource): void {
  const state = provisioningStateOf(template);
  if (!["Creating", "Updating", "Deleting"].includes(state) && (world.switches.updatesDuringRuns || !isBusy(template)))
    return;
  throw new AzureError(
    world.switches.guardStatus,
    "OperationNotAllowed",
    `Operation 'PATCH' is not allowed in provisioningState: '${state.toLowerCase()}'`,
  );
}

/** The body after a PATCH; an identity that is set to null goes away. */
function applied(template: Resource, patch: JsonObject): JsonObject {
  const before = template.body;
  const properties = object(patch, "properties");
  if (properties.distribute) requireSameOutputs(template, array(properties, "distribute"));
  if (properties.distribute) requireDistribute(array(properties, "distribute"));
  const vmProfile = properties.vmProfile
    ? { ...object(before, "properties", "vmProfile"), ...object(properties, "vmProfile") }
    : at(before, "properties", "vmProfile");
  requireVmProfile(object(vmProfile));
  const body = asJson({
    ...before,
    tags: patch.tags ?? before.tags,
    identity: patch.identity ? mergedIdentity(before, patch) : before.identity,
    properties: {
      ...object(before, "properties"),
      ...(properties.distribute ? { distribute: normalizedTargets(properties) } : {}),
      vmProfile,
    },
  });
  if (patch.identity) requireIdentity(body);
  return body;
}

function mergedIdentity(before: JsonObject, patch: JsonObject): JsonObject {
  const asked = object(patch, "identity", "userAssignedIdentities");
  const named = (id: string) => Object.keys(asked).some((one) => one.toLowerCase() === id.toLowerCase());
  const kept = Object.entries(object(before, "identity", "userAssignedIdentities")).filter(([id]) => !named(id));
  const added = Object.entries(asked).filter(([, value]) => value !== null);
  const type: Json = text(patch, "identity", "type") ?? text(before, "identity", "type") ?? "UserAssigned";
  return { type, userAssignedIdentities: Object.fromEntries([...kept, ...added.map(([id]) => [id, {}] as const)]) };
}

/** The text is the troubleshooting page's. */
function requireSameOutputs(template: Resource, targets: readonly Json[]): void {
  for (const target of targetsOf(template)) {
    const name = text(target, "runOutputName") ?? "";
    if (targets.some((one) => text(one, "runOutputName") === name)) continue;
    throw validationFailed(
      `Distribute target with Runoutput name ${name} not found in the update request. Deleting a distribution target is not allowed.`,
    );
  }
}

/** Ends an update; one that the service finds wrong leaves the template as it was. */
export function endUpdate(world: World, payload: JsonObject): void {
  const { templateId, operationId, before, ...who } = payload as unknown as Update;
  const template = findTemplate(world, templateId);
  if (!template || provisioningStateOf(template) !== "Updating") return;
  const problem = submissionProblem(world, template);
  raise(world, templateId, who, problem === undefined);
  const error = problem && { code: problem.code, message: problem.message };
  world.operations.finish(operationId, error ? { status: "Failed", error } : { status: "Succeeded" });
  if (problem) world.store.putResource({ ...template, body: before });
  else {
    showPrincipal(world, templateId);
    // A template that failed stays failed: only its identity can be mended, so that it can be deleted.
    changeTemplate(world, templateId, { provisioningState: text(before, "properties", "provisioningState") ?? "" });
  }
}

function raise(world: World, resourceId: string, who: Pick<Update, "caller" | "correlationId">, good: boolean): void {
  const eventType = good ? "Microsoft.Resources.ResourceWriteSuccess" : "Microsoft.Resources.ResourceWriteFailure";
  world.events.emit({
    eventType,
    resourceId,
    operationName: `${templateType}/write`,
    caller: who.caller,
    correlationId: who.correlationId,
  });
}
