import { object, text } from "../compute/paths.ts";
import { sameRegion } from "../compute/regions.ts";
import type { Json, Resource, World } from "../world.ts";
import { notAuthorized } from "./refusals.ts";
import {
  definitionOf,
  galleryRequirements,
  missingRight,
  type Requirement,
  sourceRequirements,
} from "./requirements.ts";
import { fileProblem, filesOf } from "./scripts.ts";
import { findSource, type SourceImage } from "./sources.ts";
import { identityPrincipal, targetsOf } from "./template.ts";

/** Why a submission fails: the operation's code, the template's `provisioningErrorCode`, the text of both. */
export interface SubmissionProblem {
  readonly code: string;
  readonly provisioningErrorCode: string;
  readonly message: string;
}

/** The text is the troubleshooting page's. */
export const identityUnusable: SubmissionProblem = {
  code: "BadRequest",
  provisioningErrorCode: "Other",
  message:
    "The assigned managed identity cannot be used. Please remove the existing one and re-assign a new identity. For more troubleshooting steps go to https://aka.ms/azvmimagebuilderts.",
};

/** What the service finds wrong with a template that it has accepted: rights of the identity first, then what does not exist or fit (image-builder.md §13). */
export function submissionProblem(world: World, template: Resource): SubmissionProblem | undefined {
  const principalId = identityPrincipal(world, template);
  if (!principalId) return identityUnusable;
  const source = object(template.body, "properties", "source");
  const checkRights = world.switches.rightsCheckedAtSubmission;
  const sourceCode = source.type === "ManagedImage" ? "BadManagedImageSource" : "BadSharedImageVersionSource";
  const denied = checkRights ? rightProblem(world, principalId, sourceRequirements(source), sourceCode) : undefined;
  if (denied) return denied;
  const found = findSource(world, template);
  if (found.kind === "missing")
    return { code: "ValidationFailed", provisioningErrorCode: found.code, message: found.message };
  for (const file of filesOf(template)) {
    const problem = fileProblem(world, template, principalId, file, checkRights);
    if (problem) return problem;
  }
  for (const target of targetsOf(template)) {
    const problem = targetProblem(world, target, found.image, checkRights ? principalId : undefined);
    if (problem) return problem;
  }
  return undefined;
}

function rightProblem(
  world: World,
  principalId: string,
  requirements: readonly Requirement[],
  provisioningErrorCode: string,
) {
  const missing = missingRight(world, principalId, requirements);
  return missing && { ...notAuthorized(missing.scope), provisioningErrorCode };
}

function targetProblem(world: World, target: Json, image: SourceImage, principalId: string | undefined) {
  if (text(target, "type") !== "SharedImage") return undefined;
  const denied =
    principalId && rightProblem(world, principalId, galleryRequirements(target), "BadSharedImageDistribute");
  if (denied) return denied;
  const definitionId = definitionOf(target);
  const definition = world.store.resource(definitionId);
  if (!definition) return badTarget(definitionMissing(definitionId));
  const { hyperVGeneration, osType, osState } = object(definition.body, "properties");
  if (hyperVGeneration !== image.hyperVGeneration)
    return badTarget(
      `Validation failed: Error with Hyper-V Version validation (cross-generation for multiple Hyper-V Versions is not supported). The provided SIG: ${definitionId}, has a different Hyper-V Generation: ${hyperVGeneration}, than source image: ${image.hyperVGeneration}.`,
    );
  if (osType !== image.osType || osState === "Specialized")
    return badTarget(
      `Validation failed: The provided SIG: ${definitionId}, is for images of OS type ${osType} in OS state ${osState}, the source image is ${image.osType}, Generalized.`,
    );
  return regionProblem(target, definition, definitionId);
}

function badTarget(message: string): SubmissionProblem {
  return { code: "ValidationFailed", provisioningErrorCode: "BadSharedImageDistribute", message };
}

function definitionMissing(definitionId: string): string {
  const short = definitionId.slice(definitionId.toLowerCase().indexOf("/providers/") + 11);
  return `Validation failed: Error getting SIG '${definitionId}': compute.GalleryImagesClient#Get: Failure responding to request: StatusCode=404 -- Original Error: autorest/azure: Service returned an error. Status=404 Code="ResourceNotFound" Message="The Resource '${short}' under resource group '${definitionId.split("/")[4] ?? ""}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix"`;
}

/** The regions of a target must include the one that the definition lies in: the version is made there (image-builder-json). */
function regionProblem(target: Json, definition: Resource, definitionId: string): SubmissionProblem | undefined {
  const home = text(definition.body, "location") ?? "";
  const regions = regionsOf(target);
  if (regions.length === 0 || regions.some((region) => sameRegion(region, home))) return undefined;
  return badTarget(
    `Validation failed: The regions of the distribute target ${definitionId} (${regions.join(", ")}) must include the location of the gallery image: ${home}.`,
  );
}

/** The regions that a gallery target names, in either form. */
export function regionsOf(target: Json): readonly string[] {
  const { targetRegions, replicationRegions } = object(target);
  const newer = Array.isArray(targetRegions) ? (targetRegions as readonly Json[]) : [];
  const older = Array.isArray(replicationRegions) ? (replicationRegions as readonly Json[]) : [];
  return newer.length > 0 ? newer.map((region) => text(region, "name") ?? "") : older.map(String);
}
