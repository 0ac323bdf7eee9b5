import type { Problem } from "../../problem.ts";
import { isTemplateId, resourceGroupId, typeOf } from "../armId.ts";
import { topologyProblems } from "../network/topology.ts";
import type { Facts } from "../planning/facts.ts";
import type { PlanPart } from "../planning/planBuild.ts";
import { planningProblem } from "../planning/planningProblem.ts";
import type { Policy } from "../planning/policy.ts";
import { absentTargets } from "./absentTargets.ts";
import { parseBlobUri } from "./blobUri.ts";
import { sourceOf, stagingGroupOf, targetsOf, templateIdentityIds, vmIdentityIds } from "./templateBody.ts";
import { minimalRights, privateFiles, templateWarnings } from "./templateWarnings.ts";

/** What in the template itself, or in what it names, stands in the way of a build or should be known. */
export function templateProblems(facts: Facts, policy: Policy): PlanPart {
  const { body } = facts.template;
  return {
    changes: [],
    blockers: [
      ...(isTemplateId(facts.template.id) ? [] : [invalid(facts.template.id, "/id", "the id of an image template")]),
      ...identityProblems(facts),
      ...understoodProblems(facts),
      ...idProblems(facts),
      ...topologyProblems(body, facts.subnets),
      ...absentTargets(facts),
      ...privateFiles(facts.template.body),
    ],
    warnings: [
      ...templateWarnings(facts),
      ...(policy.requirementSet === "minimal" ? [minimalRights()] : []),
      ...facts.unread,
    ],
  };
}

function identityProblems(facts: Facts): readonly Problem[] {
  const ids = templateIdentityIds(facts.template.body);
  const [id] = ids;
  if (id === undefined)
    return [
      planningProblem("IdentityMissing", "The template names no user-assigned identity", {
        fix: ["Create the template anew with exactly one user-assigned identity: the service works as that identity."],
        errors: [{ pointer: "/identity/userAssignedIdentities", detail: "one identity is required" }],
      }),
    ];
  if (ids.length > 1)
    return [
      planningProblem("TooManyIdentities", "The template names more than one identity", {
        fix: ["Leave exactly one user-assigned identity on the template."],
        errors: [{ pointer: "/identity/userAssignedIdentities", detail: "exactly one identity is supported" }],
      }),
    ];
  if (facts.identity !== undefined) return [];
  const fix = ["Create the identity, or give the template one that exists."];
  return [planningProblem("IdentityNotFound", "The template's identity was not found", { scope: id, fix })];
}

function understoodProblems(facts: Facts): readonly Problem[] {
  const source = sourceOf(facts.template.body);
  const targets = targetsOf(facts.template.body);
  const problems: Problem[] = [];
  if (source.kind === "unknown")
    problems.push(unsupported("UnsupportedSource", "/properties/source/type", source.type));
  if (targets.length === 0) problems.push(unsupported("UnsupportedTarget", "/properties/distribute", ""));
  for (const target of targets)
    if (target.kind === "unknown")
      problems.push(unsupported("UnsupportedTarget", `/properties/distribute/${target.index}/type`, target.type));
  return problems;
}

function unsupported(code: string, pointer: string, type: string): Problem {
  const title = type === "" ? "The template lacks a part that a build needs" : `"${type}" is not a type this app knows`;
  return planningProblem(code, title, {
    errors: [{ pointer, detail: title }],
    fix: [`Correct ${pointer} in the template.`],
  });
}

const version = "microsoft.compute/galleries/images/versions";
const definition = "microsoft.compute/galleries/images";
const image = "microsoft.compute/images";
const identity = "microsoft.managedidentity/userassignedidentities";

// An id is checked before anything is concluded from it: what is not exactly an id of the right type is refused, never repaired.
function idProblems(facts: Facts): readonly Problem[] {
  const { body } = facts.template;
  const source = sourceOf(body);
  const problems: Problem[] = [];
  const check = (id: string, pointer: string, ...types: readonly string[]) => {
    // None of these types lives outside of a resource group.
    if (resourceGroupId(id) === undefined || !types.includes(typeOf(id) ?? ""))
      problems.push(invalid(id, pointer, `the id of a ${types.join(" or ")}`));
  };
  if (source.kind === "ManagedImage") check(source.imageId, "/properties/source/imageId", image);
  if (source.kind === "SharedImageVersion")
    check(source.imageVersionId, "/properties/source/imageVersionId", version, definition);
  for (const target of targetsOf(body)) {
    const place = `/properties/distribute/${target.index}`;
    if (target.kind === "ManagedImage") check(target.imageId, `${place}/imageId`, image);
    if (target.kind === "SharedImage") check(target.galleryImageId, `${place}/galleryImageId`, definition, version);
    if (target.kind === "VHD" && target.uri !== undefined && parseBlobUri(target.uri) === undefined)
      problems.push(invalid(target.uri.replace(/\?.*/, ""), `${place}/uri`, "the address of a blob"));
  }
  for (const id of templateIdentityIds(body)) check(id, "/identity/userAssignedIdentities", identity);
  for (const id of vmIdentityIds(body)) check(id, "/properties/vmProfile/userAssignedIdentities", identity);
  const staging = stagingGroupOf(body);
  if (staging !== undefined && (resourceGroupId(staging) === undefined || typeOf(staging) !== undefined))
    problems.push(invalid(staging, "/properties/stagingResourceGroup", "the id of a resource group"));
  return problems;
}

function invalid(id: string, pointer: string, wanted: string): Problem {
  const detail = `"${id}" is not ${wanted}`;
  return planningProblem("InvalidResourceId", "The template names something that is not a proper id", {
    detail,
    errors: [{ pointer, detail }],
    fix: [`Write the full ARM id at ${pointer}, without relative or encoded parts.`],
  });
}
