import { correlationOf, soon } from "../compute/answers.ts";
import { asJson } from "../compute/paths.ts";
import {
  type Answer,
  AzureError,
  type Call,
  type Caller,
  type JsonObject,
  type Resource,
  type World,
} from "../world.ts";
import { removeJob } from "./jobs.ts";
import { notAllowed, notAuthorized } from "./refusals.ts";
import { isBusy, provisioningWord, runWord } from "./run.ts";
import { removeStaging, stagingOf } from "./staging.ts";
import {
  changeTemplate,
  findTemplate,
  identityPrincipal,
  locationOf,
  provisioningStateOf,
  templateType,
} from "./template.ts";

interface Removal {
  readonly templateId: string;
  readonly operationId: string;
  readonly caller: Caller;
  readonly correlationId: string;
}

/** DELETE of a template: 202 with Location, 204 where there is none; refused while it is made, built or cancelled. */
export function remove(world: World, call: Call): Answer {
  const template = findTemplate(world, call.id);
  if (!template) return { status: 204 };
  guard(world, template);
  const operation = world.operations.begin(call, "Microsoft.VirtualMachineImages", locationOf(template), {
    asyncOperation: false,
    location: true,
  });
  const removal: Removal = {
    templateId: template.id,
    operationId: operation.id,
    caller: call.caller,
    correlationId: correlationOf(world, call),
  };
  world.jobs.at(soon(world, world.switches.templateProvisioningSeconds), removeJob, asJson(removal));
  changeTemplate(world, template.id, { provisioningState: "Deleting" });
  return { status: 202, headers: operation.headers };
}

function guard(world: World, template: Resource): void {
  const state = provisioningStateOf(template);
  const status = world.switches.guardStatus;
  if (["Creating", "Updating", "Deleting"].includes(state))
    throw new AzureError(
      status,
      "OperationNotAllowed",
      `Operation 'DELETE' is not allowed in provisioningState: '${state.toLowerCase()}'`,
    );
  if (isBusy(template)) throw notAllowed(status, "delete", provisioningWord(template), runWord(template));
}

/** Ends a deletion: outputs, triggers and the staging group go with the template. An own group needs the identity's rights once more (image-builder.md §6.4). */
export function endRemoval(world: World, payload: JsonObject): void {
  const { templateId, operationId, caller, correlationId } = payload as unknown as Removal;
  const template = findTemplate(world, templateId);
  if (!template || provisioningStateOf(template) !== "Deleting") return;
  const refusal = stagingRefusal(world, template);
  if (refusal) {
    world.operations.finish(operationId, { status: "Failed", error: refusal });
    const provisioningError = { provisioningErrorCode: "BadStagingResourceGroup", message: refusal.message };
    changeTemplate(world, templateId, { provisioningState: "Failed", provisioningError });
    return;
  }
  removeStaging(world, template);
  for (const type of ["runOutputs", "triggers"])
    for (const child of world.store.resources(`${templateType}/${type}`, templateId))
      world.store.deleteResource(child.id);
  const eventType = "Microsoft.Resources.ResourceDeleteSuccess";
  world.events.emit({
    eventType,
    resourceId: templateId,
    operationName: `${templateType}/delete`,
    caller,
    correlationId,
  });
  world.operations.finish(operationId, { status: "Succeeded" });
  world.store.deleteResource(templateId);
}

function stagingRefusal(world: World, template: Resource) {
  const staging = stagingOf(template);
  if (!staging || staging.made || !world.store.resource(staging.groupId)) return undefined;
  const principalId = identityPrincipal(world, template) ?? "";
  const allowed =
    world.rights.decide(principalId, "Microsoft.Storage/storageAccounts/delete", staging.groupId).kind === "allowed";
  return allowed ? undefined : notAuthorized(staging.groupId);
}
