import { correlationOf, notFound, soon } from "../compute/answers.ts";
import { latestVersion } from "../compute/latest.ts";
import { platformImage, platformVersion } from "../compute/marketplace.ts";
import { asJson, at, object, text } from "../compute/paths.ts";
import { parentOf, sameId } from "../ids.ts";
import { page } from "../paging.ts";
import { type Answer, AzureError, type Call, type JsonObject, type Resource, type World } from "../world.ts";
import { existing } from "./existing.ts";
import { triggerJob } from "./jobs.ts";
import { parseBody } from "./parse.ts";
import { badValue, missingField, validationFailed } from "./refusals.ts";
import { definitionIn, definitionOf } from "./requirements.ts";
import { startRun } from "./run.ts";
import { flag, member, objectShape, readOnly, text as textShape } from "./schema.ts";
import { findTemplate, locationOf, provisioningStateOf, targetsOf, templateType } from "./template.ts";
import { envelopeMembers } from "./templateSchema.ts";
import { namePattern } from "./validate.ts";

const triggerType = `${templateType}/triggers`;

const shape = objectShape("Trigger", {
  ...envelopeMembers,
  properties: member(
    objectShape("TriggerProperties", {
      kind: member(textShape),
      status: readOnly(flag),
      provisioningState: readOnly(flag),
    }),
  ),
});

/** The triggers of a template. */
export function listTriggers(world: World, call: Call): Answer {
  const template = existing(world, call);
  return page(
    world,
    call,
    world.store.resources(triggerType, template.id).map((trigger) => trigger.body),
  );
}

/** One trigger, or the 404. */
export function getTrigger(world: World, call: Call): Answer {
  existing(world, call);
  const trigger = world.store.resource(call.id);
  if (!trigger) throw notFound(call.id);
  return { status: 200, body: trigger.body };
}

/** PUT of a trigger: one `SourceImage` trigger per template, on a source that says `latest` (image-builder.md §7). */
export function putTrigger(world: World, call: Call): Answer {
  const template = existing(world, call);
  const name = call.params.triggerName ?? "";
  const kind = text(parseBody(shape, call.body, call.apiVersion), "properties", "kind");
  if (!namePattern.test(name)) throw badValue("Trigger", "name", name);
  if (!kind) throw missingField("Trigger.properties", "kind");
  if (kind !== "SourceImage") throw badValue("Trigger.properties", "kind", kind);
  const standing = world.store.resources(triggerType, template.id);
  if (standing.some((one) => !sameId(one.id, call.id)))
    throw new AzureError(409, "Conflict", `The image template already has a trigger of kind '${kind}'.`);
  requireLatest(template);
  const id = `${template.id}/triggers/${name}`;
  const status = { code: "Healthy", message: "Trigger is active.", time: new Date(world.clock.now()).toISOString() };
  const body = asJson({ properties: { kind, provisioningState: "Succeeded", status }, id, name, type: triggerType });
  world.store.putResource({
    id,
    type: triggerType,
    body,
    hidden: asJson({ seen: newestSource(world, template), watch: watch(world, id) }),
  });
  const operation = world.operations.begin(call, "Microsoft.VirtualMachineImages", locationOf(template), {
    asyncOperation: true,
    location: false,
  });
  world.operations.finish(operation.id, { status: "Succeeded" });
  raise(world, call, id, "write");
  return { status: standing.length > 0 ? 200 : 201, headers: operation.headers, body };
}

/** DELETE of a trigger: 202 with Location, 204 where there is none. */
export function deleteTrigger(world: World, call: Call): Answer {
  const trigger = world.store.resource(call.id);
  if (!trigger) return { status: 204 };
  const operation = world.operations.begin(call, "Microsoft.VirtualMachineImages", locationOf(existing(world, call)), {
    asyncOperation: false,
    location: true,
  });
  world.store.deleteResource(trigger.id);
  world.operations.finish(operation.id, { status: "Succeeded" });
  raise(world, call, trigger.id, "delete");
  return { status: 202, headers: operation.headers };
}

function raise(world: World, call: Call, resourceId: string, verb: "write" | "delete"): void {
  const eventType =
    verb === "write" ? "Microsoft.Resources.ResourceWriteSuccess" : "Microsoft.Resources.ResourceDeleteSuccess";
  world.events.emit({
    eventType,
    resourceId,
    operationName: `${triggerType}/${verb}`,
    caller: call.caller,
    correlationId: correlationOf(world, call),
  });
}

function requireLatest(template: Resource): void {
  const source = object(template.body, "properties", "source");
  const definition = definitionIn(String(source.imageVersionId ?? ""));
  const latest =
    source.type === "PlatformImage"
      ? /^latest$/i.test(String(source.version))
      : /\/versions\/latest$/i.test(String(source.imageVersionId ?? ""));
  if (!latest)
    throw validationFailed("A trigger of kind 'SourceImage' needs a source image whose version is 'latest'.");
  if (definition && targetsOf(template).some((target) => sameId(definitionOf(target), definition)))
    throw validationFailed(
      "The source image definition of a template with a trigger must differ from its distribute targets.",
    );
}

/** What `latest` of the template's source is now. */
function newestSource(world: World, template: Resource): string | undefined {
  const { type, publisher, offer, sku, imageVersionId } = object(template.body, "properties", "source");
  if (type !== "PlatformImage")
    return latestVersion(world, definitionIn(String(imageVersionId)), locationOf(template))?.id;
  const image = platformImage(world, String(publisher), String(offer), String(sku));
  return image && platformVersion(image, "latest");
}

/** Plans the next look; the trigger keeps its name, so that of several only the last one planned counts. */
function watch(world: World, triggerId: string): string {
  const name = world.guid();
  world.jobs.at(soon(world, world.switches.triggerSeconds), triggerJob, { triggerId, watch: name });
  return name;
}

/** Looks whether the source has a newer version, runs the template if so, and looks again later. */
export function checkTrigger(world: World, payload: JsonObject): void {
  const trigger = world.store.resource(String(payload.triggerId));
  const template = trigger && findTemplate(world, parentOf(trigger.id));
  if (!trigger || !template || at(trigger.hidden, "watch") !== payload.watch) return;
  const newest = newestSource(world, template);
  const seen = text(trigger.hidden, "seen");
  const healthy = text(trigger.body, "properties", "status", "code") === "Healthy";
  const due = healthy && newest !== undefined && newest !== seen && provisioningStateOf(template) === "Succeeded";
  const ran = due && startRun(world, template.id, { startedBy: "trigger" }) !== undefined;
  world.store.putResource({
    ...trigger,
    hidden: asJson({ seen: ran ? newest : seen, watch: watch(world, trigger.id) }),
  });
}

/** After several failed runs in a row a trigger is off, until a run succeeds again (release notes of September 2024; the code is assumed). */
export function judgeTrigger(world: World, template: Resource, failedInARow: number): void {
  for (const trigger of world.store.resources(triggerType, template.id)) {
    const off = failedInARow >= world.switches.triggerFailureLimit;
    const code = off ? "Disabled" : "Healthy";
    if (text(trigger.body, "properties", "status", "code") === code) continue;
    const message = off
      ? "Trigger is disabled because the image template build failed several times consecutively."
      : "Trigger is active.";
    const status = { code, message, time: new Date(world.clock.now()).toISOString() };
    world.store.putResource({
      ...trigger,
      body: { ...trigger.body, properties: { ...object(trigger.body, "properties"), status } },
    });
  }
}
