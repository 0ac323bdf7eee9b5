import { versionType } from "../compute/latest.ts";
import { text } from "../compute/paths.ts";
import { markProvisioned } from "../compute/settle.ts";
import { nameOf, resourceGroupOf, subscriptionOf } from "../ids.ts";
import type { Json, Resource, World } from "../world.ts";
import { putImage, putVersion, vhdUri } from "./artifacts.ts";
import { buildFaultOf } from "./buildFaults.ts";
import { planVersion } from "./numbering.ts";
import { noAuthorization, notAuthorized } from "./refusals.ts";
import { definitionOf, missingRight, targetRequirements } from "./requirements.ts";
import type { Run, TargetResult } from "./runs.ts";
import { identityPrincipal, targetsOf } from "./template.ts";

/** Begins one distribute target: rights and existence are looked at now, and an image version appears as Creating. */
export function beginTarget(world: World, template: Resource, run: Run, index: number): TargetResult {
  const standing = run.results[index];
  if (standing) return standing;
  const target = targetsOf(template)[index] ?? null;
  const problem = targetFailure(world, template, run, target, index);
  if (problem) return { kind: "failed", message: problem };
  const type = text(target, "type");
  if (type === "VHD") return { kind: "done", artifactUri: vhdUri(template, run, target, index) };
  if (type === "ManagedImage") return { kind: "planned", artifactId: text(target, "imageId") ?? "" };
  const artifactId = `${definitionOf(target)}/versions/${planVersion(world, target, run.source)}`;
  return world.store.resource(artifactId)
    ? {
        kind: "failed",
        message: galleryText(
          world,
          target,
          `Code="Conflict" Message="The gallery image version '${artifactId}' already exists."`,
        ),
      }
    : { kind: "planned", artifactId };
}

/** Writes the planned image version, still Creating; a step that is done again writes the same one. */
export function startArtifact(world: World, template: Resource, run: Run, index: number): void {
  const planned = run.results[index];
  const target = targetsOf(template)[index] ?? null;
  if (planned?.kind === "planned" && text(target, "type") === "SharedImage")
    putVersion(world, template, run, target, planned.artifactId);
}

/** Ends one distribute target: its image is there. */
export function finishTarget(world: World, template: Resource, run: Run, index: number): TargetResult | undefined {
  const planned = run.results[index];
  if (planned?.kind !== "planned") return planned;
  const target = targetsOf(template)[index] ?? null;
  if (text(target, "type") === "ManagedImage") putImage(world, template, run, target, planned.artifactId);
  else markProvisioned(world, planned.artifactId, "Succeeded");
  const principal = world.principals.get(identityPrincipal(world, template) ?? "");
  if (world.switches.serviceWritesRaiseEvents && principal) {
    const operationName =
      text(target, "type") === "ManagedImage" ? "Microsoft.Compute/images/write" : `${versionType}/write`;
    const { principalId, clientId, principalType } = principal;
    const caller = { principalId, clientId, principalType, tenantId: world.tenantId };
    const eventType = "Microsoft.Resources.ResourceWriteSuccess";
    world.events.emit({
      eventType,
      resourceId: planned.artifactId,
      operationName,
      caller,
      correlationId: run.correlationId,
    });
  }
  return { kind: "done", artifactId: planned.artifactId };
}

/** What a cancelled run leaves of a target that it was at: an image version that failed. */
export function abandonTarget(world: World, run: Run, index: number): void {
  const planned = run.results[index];
  if (planned?.kind === "planned" && world.store.resource(planned.artifactId)?.type === versionType)
    markProvisioned(world, planned.artifactId, "Failed");
}

function targetFailure(world: World, template: Resource, run: Run, target: Json, index: number): string | undefined {
  const fault = buildFaultOf(world, template.id, "Distributing", index);
  if (fault)
    return (
      fault.message ?? galleryText(world, target, 'Code="InternalOperationError" Message="Internal error occurred."')
    );
  const principalId = identityPrincipal(world, template);
  if (!principalId) return notAuthorized(template.id).message;
  const image = text(target, "imageId");
  const missing = missingRight(world, principalId, targetRequirements(world, target));
  const refusal =
    missing &&
    `StatusCode=403 -- Original Error: Code="AuthorizationFailed" Message="${noAuthorization(principalId, missing.action, missing.scope)}"`;
  if (image) return imageFailure(world, template, run, target, image, refusal);
  if (text(target, "type") !== "SharedImage") return undefined;
  if (refusal)
    return galleryText(
      world,
      target,
      `compute.GalleryImageVersionsClient#CreateOrUpdate: Failure sending request: ${refusal}`,
    );
  if (world.store.resource(definitionOf(target))) return undefined;
  return galleryText(
    world,
    target,
    `compute.GalleryImagesClient#Get: Failure responding to request: StatusCode=404 -- Original Error: Code="ResourceNotFound" Message="The Resource '${definitionOf(target)}' was not found."`,
  );
}

function imageFailure(
  world: World,
  template: Resource,
  run: Run,
  target: Json,
  imageId: string,
  refusal: string | undefined,
) {
  const prefix = `Error publishing VHD to managed image:${imageId}, Location:${text(target, "location")}. Error: Creating image from VHD '${vhdUri(template, run, target, 0)}' [with 10 retries] reported non-success status`;
  if (refusal) return `${prefix} (Timedout [compute.ImagesClient#CreateOrUpdate: Failure sending request: ${refusal}])`;
  const group = `/subscriptions/${subscriptionOf(imageId)}/resourceGroups/${resourceGroupOf(imageId)}`;
  if (!world.store.resource(group))
    return `${prefix} (StatusCode=404 -- Original Error: Code="ResourceGroupNotFound" Message="Resource group '${resourceGroupOf(imageId)}' could not be found.")`;
  const standing = text(world.store.resource(imageId)?.body, "location");
  if (
    !standing ||
    standing.replaceAll(" ", "").toLowerCase() === text(target, "location")?.replaceAll(" ", "").toLowerCase()
  )
    return undefined;
  return `${prefix} (StatusCode=409 -- Original Error: Code="InvalidResourceLocation" Message="The resource '${nameOf(imageId)}' already exists in location '${standing}'.")`;
}

/** The frame is the troubleshooting page's. */
function galleryText(world: World, target: Json, error: string): string {
  const definition = definitionOf(target);
  const parts = definition.split("/");
  const location = text(world.store.resource(definition)?.body, "location") ?? "";
  return `Error publishing MDI to Azure Compute Gallery:${definition}, Location:${location}. Error: Error returned from SIG client while publishing MDI to Azure Compute Gallery for dstImageLocation: ${location}, dstSubscription: ${parts[2]}, dstResourceGroupName: ${parts[4]}, dstGalleryName: ${parts[8]}, dstGalleryImageName: ${parts[10]}. Error: ${error}`;
}
