import { correlationOf, soon } from "../compute/answers.ts";
import { asJson, at, object, text } from "../compute/paths.ts";
import { regionName } from "../compute/regions.ts";
import type { Answer, Call, Caller, JsonObject, Resource, World } from "../world.ts";
import { present } from "./answer.ts";
import { parseBody } from "./parse.ts";
import { alreadyThere } from "./refusals.ts";
import { startRun } from "./run.ts";
import { prepareStaging } from "./staging.ts";
import { submissionProblem } from "./submissionChecks.ts";
import {
  changeTemplate,
  findTemplate,
  identityIdOf,
  locationOf,
  provisioningStateOf,
  templateType,
} from "./template.ts";
import { template as templateShape } from "./templateSchema.ts";
import { requireValid } from "./validate.ts";

/** Kind of the job that ends a submission. */
export const provisionJob = "imagebuilder.provision";

interface Submission {
  readonly templateId: string;
  readonly operationId: string;
  readonly caller: Caller;
  readonly correlationId: string;
}

/** PUT of an image template: 201 while it is Creating; a template that exists is never overwritten. */
export function submit(world: World, call: Call): Answer {
  const { subscriptionId = "", resourceGroupName = "", imageTemplateName = "" } = call.params;
  world.resourceGroup(subscriptionId, resourceGroupName);
  world.requireProvider(subscriptionId, "Microsoft.VirtualMachineImages");
  const body = parseBody(templateShape, call.body, call.apiVersion);
  requireLinkedRights(world, call, body);
  if (findTemplate(world, call.id)) throw alreadyThere();
  requireValid(imageTemplateName, body, call.apiVersion);
  // The service answers with `resourcegroups` in lower case (recorded).
  const id = `/subscriptions/${subscriptionId}/resourcegroups/${resourceGroupName}/providers/${templateType}/${imageTemplateName}`;
  const template = newTemplate(id, imageTemplateName, body, call);
  const operation = world.operations.begin(call, "Microsoft.VirtualMachineImages", locationOf(template), {
    asyncOperation: true,
    location: false,
  });
  const submission: Submission = {
    templateId: id,
    operationId: operation.id,
    caller: call.caller,
    correlationId: correlationOf(world, call),
  };
  world.jobs.at(soon(world, world.switches.templateProvisioningSeconds), provisionJob, asJson(submission));
  world.store.putResource(template);
  return { status: 201, headers: operation.headers, body: present(template, call) };
}

/** What Azure Resource Manager asks of the caller before the provider sees the body: assign the identities, join the subnets. */
export function requireLinkedRights(world: World, call: Call, body: JsonObject): void {
  const on = { action: `${templateType}/write`, scope: call.id };
  const identities = object(body, "identity", "userAssignedIdentities");
  for (const [id, value] of Object.entries(identities))
    if (value !== null)
      world.rights.requireLinked(call.caller, on, "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action", id);
  if (!world.switches.templateWriteNeedsSubnetJoin) return;
  const network = at(body, "properties", "vmProfile", "vnetConfig");
  for (const field of ["subnetId", "containerInstanceSubnetId"]) {
    const subnetId = text(network, field);
    if (subnetId)
      world.rights.requireLinked(call.caller, on, "Microsoft.Network/virtualNetworks/subnets/join/action", subnetId);
  }
}

function newTemplate(id: string, name: string, body: JsonObject, call: Call): Resource {
  return {
    id,
    type: templateType,
    body: asJson({
      properties: {
        ...normalized(object(body, "properties")),
        provisioningState: "Creating",
        exactStagingResourceGroup: "",
      },
      identity: body.identity,
      tags: body.tags ?? {},
      location: regionName(text(body, "location") ?? ""),
      id,
      name,
      type: templateType,
    }),
    hidden: asJson({ submittedBy: call.caller, apiVersion: call.apiVersion }),
  };
}

/** The defaults that the service writes out (recorded): empty texts, zeros, `versioning: null`, the source's version twice. */
function normalized(properties: JsonObject): JsonObject {
  const source = object(properties, "source");
  const exact =
    source.type === "PlatformImage"
      ? source.version
      : source.type === "SharedImageVersion"
        ? source.imageVersionId
        : undefined;
  return asJson({
    ...properties,
    source: { ...source, ...(exact === undefined ? {} : { exactVersion: exact }) },
    distribute: normalizedTargets(properties),
    buildTimeoutInMinutes: properties.buildTimeoutInMinutes ?? 0,
    vmProfile: { vmSize: "", osDiskSizeGB: 0, ...object(properties, "vmProfile") },
    stagingResourceGroup: properties.stagingResourceGroup ?? "",
  });
}

/** `distribute` with its defaults written out. */
export function normalizedTargets(properties: JsonObject): readonly JsonObject[] {
  const targets = Array.isArray(properties.distribute) ? (properties.distribute as readonly JsonObject[]) : [];
  return targets.map((target) => ({
    ...target,
    artifactTags: target.artifactTags ?? {},
    ...(target.type === "SharedImage"
      ? { excludeFromLatest: target.excludeFromLatest ?? false, versioning: target.versioning ?? null }
      : {}),
  }));
}

/** Ends a submission: the service has looked at what the template names, with the template's identity. */
export function provision(world: World, payload: JsonObject): void {
  const { templateId, operationId, caller, correlationId } = payload as unknown as Submission;
  const template = findTemplate(world, templateId);
  if (!template || provisioningStateOf(template) !== "Creating") return;
  const problem = prepareStaging(world, template) ?? submissionProblem(world, template);
  const error = problem && { code: problem.code, message: problem.message };
  world.operations.finish(operationId, error ? { status: "Failed", error } : { status: "Succeeded" });
  const eventType = problem ? "Microsoft.Resources.ResourceWriteFailure" : "Microsoft.Resources.ResourceWriteSuccess";
  world.events.emit({
    eventType,
    resourceId: templateId,
    operationName: `${templateType}/write`,
    caller,
    correlationId,
  });
  if (problem) {
    const provisioningError = { provisioningErrorCode: problem.provisioningErrorCode, message: problem.message };
    changeTemplate(world, templateId, { provisioningState: "Failed", provisioningError });
    return;
  }
  showPrincipal(world, templateId);
  if (text(template.body, "properties", "autoRun", "state") === "Enabled")
    startRun(world, templateId, { startedBy: "autoRun" });
  // Last of all: a job that a kill cuts off finds the template Creating and is done again.
  changeTemplate(world, templateId, { provisioningState: "Succeeded" });
}

/** Once a template is provisioned, its identity is shown with principal and client id (recorded). */
export function showPrincipal(world: World, templateId: string): void {
  const template = findTemplate(world, templateId);
  if (!template) return;
  const id = identityIdOf(template.body);
  const { principalId, clientId } = object(world.store.resource(id)?.body, "properties");
  const shown = principalId ? asJson({ principalId, clientId }) : {};
  const identity = { ...object(template.body, "identity"), userAssignedIdentities: { [id]: shown } };
  world.store.putResource({ ...template, body: { ...template.body, identity } });
}
