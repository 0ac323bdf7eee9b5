import type { Problem } from "../problem.ts";
import { isTemplateId, normalize, parentId, parseId, resourceGroupId, typeOf } from "./armId.ts";
import type { Facts } from "./facts.ts";
import type { PlanPart } from "./planBuild.ts";
import type { Policy } from "./policy.ts";
import { storageAccountNames } from "./requirements.ts";
import {
  definitionOf,
  galleryOf,
  remoteFilesOf,
  sourceOf,
  stagingGroupOf,
  targetsOf,
  templateIdentityIds,
  vmIdentityIds,
  vnetConfigOf,
} from "./templateBody.ts";
import { topologyProblems } from "./topology.ts";

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
      ...missingTargets(facts),
      ...missingAccounts(facts),
    ],
    warnings: [...warningsOf(facts), ...(policy.requirementSet === "minimal" ? [minimal()] : []), ...facts.unread],
  };
}

function identityProblems(facts: Facts): readonly Problem[] {
  const ids = templateIdentityIds(facts.template.body);
  const [id] = ids;
  if (id === undefined)
    return [
      problem("IdentityMissing", "The template names no user-assigned identity", {
        fix: ["Create the template anew with exactly one user-assigned identity: the service works as that identity."],
        errors: [{ pointer: "/identity/userAssignedIdentities", detail: "one identity is required" }],
      }),
    ];
  if (ids.length > 1)
    return [
      problem("TooManyIdentities", "The template names more than one identity", {
        fix: ["Leave exactly one user-assigned identity on the template."],
        errors: [{ pointer: "/identity/userAssignedIdentities", detail: "exactly one identity is supported" }],
      }),
    ];
  if (facts.identity !== undefined) return [];
  const fix = ["Create the identity, or give the template one that exists."];
  return [problem("IdentityNotFound", "The template's identity was not found", { scope: id, fix })];
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
  return problem(code, title, { errors: [{ pointer, detail: title }], fix: [`Correct ${pointer} in the template.`] });
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
    if (!types.includes(typeOf(id) ?? "")) problems.push(invalid(id, pointer, `the id of a ${types.join(" or ")}`));
  };
  if (source.kind === "ManagedImage") check(source.imageId, "/properties/source/imageId", image);
  if (source.kind === "SharedImageVersion")
    check(source.imageVersionId, "/properties/source/imageVersionId", version, definition);
  for (const target of targetsOf(body)) {
    const place = `/properties/distribute/${target.index}`;
    if (target.kind === "ManagedImage") check(target.imageId, `${place}/imageId`, image);
    if (target.kind === "SharedImage") check(target.galleryImageId, `${place}/galleryImageId`, definition, version);
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
  return problem("InvalidResourceId", "The template names something that is not a proper id", {
    detail,
    errors: [{ pointer, detail }],
    fix: [`Write the full ARM id at ${pointer}, without relative or encoded parts.`],
  });
}

function missingTargets(facts: Facts): readonly Problem[] {
  const { body } = facts.template;
  const source = sourceOf(body);
  const wanted: (readonly [string, string, string])[] = [];
  const gallery = (id: string) => {
    wanted.push(["GalleryNotFound", "gallery", galleryOf(definitionOf(id))]);
    wanted.push(["ImageDefinitionNotFound", "image definition", definitionOf(id)]);
  };
  if (source.kind === "ManagedImage") wanted.push(["SourceImageNotFound", "source image", source.imageId]);
  if (source.kind === "SharedImageVersion") gallery(source.imageVersionId);
  for (const target of targetsOf(body)) {
    if (target.kind === "SharedImage") gallery(target.galleryImageId);
    const group = target.kind === "ManagedImage" ? resourceGroupId(target.imageId) : undefined;
    if (group !== undefined) wanted.push(["ResourceGroupNotFound", "resource group", group]);
  }
  for (const id of vmIdentityIds(body)) wanted.push(["VmIdentityNotFound", "identity of the build VM", id]);
  return [...wanted.flatMap(([code, what, id]) => absent(facts, code, what, id)), ...missingNetwork(facts)];
}

function missingNetwork(facts: Facts): readonly Problem[] {
  const { subnetId, containerInstanceSubnetId } = vnetConfigOf(facts.template.body);
  return [subnetId, containerInstanceSubnetId].flatMap((id) => {
    if (id === undefined || parseId(id) === undefined || facts.subnets[normalize(id)] !== undefined) return [];
    const vnet = parentId(id);
    const missing = vnet === undefined ? [] : absent(facts, "VirtualNetworkNotFound", "virtual network", vnet);
    return missing.length > 0 || unread(facts, id) ? missing : [notFound("SubnetNotFound", "subnet", id)];
  });
}

function unread(facts: Facts, id: string): boolean {
  return facts.unread.some((one) => one.scope !== undefined && normalize(one.scope) === normalize(id));
}

// Only what was looked for and not found is missing; what could not be read is a warning of its own.
function absent(facts: Facts, code: string, what: string, id: string): readonly Problem[] {
  const found = facts.targets[normalize(id)];
  return found !== undefined && !found.exists ? [notFound(code, what, id)] : [];
}

function notFound(code: string, what: string, id: string): Problem {
  const fix = [`Create the ${what} ${id}, or correct the template.`];
  return problem(code, `The ${what} was not found`, { scope: id, fix });
}

function missingAccounts(facts: Facts): readonly Problem[] {
  const names = storageAccountNames(facts.template.body);
  return names
    .filter((name) => facts.storageAccounts?.[name] === undefined)
    .map((name) =>
      problem("StorageAccountNotFound", `The storage account ${name} was not found`, {
        detail: `The template uses blobs of ${name}; its id is needed to grant access to them.`,
        fix: [`Make sure that ${name} exists in a subscription this app can read.`],
      }),
    );
}

function warningsOf(facts: Facts): readonly Problem[] {
  const { body } = facts.template;
  const floating = targetsOf(body).filter((target) => target.kind === "SharedImage" && !target.versioned);
  const loose = remoteFilesOf(body).filter((file) => file.checksum === undefined);
  const { subnetId, containerInstanceSubnetId } = vnetConfigOf(body);
  const versions = floating.map((target) =>
    problem("FloatingVersion", "The image version's number is left to the service", {
      detail: `distribute[${target.index}] sets no versioning; the service then counts by dates, which does not sort against 1.x.`,
      fix: [`Set versioning at /properties/distribute/${target.index}, e.g. {"scheme":"Latest"}.`],
    }),
  );
  const scripts = loose.map((file) =>
    problem("NotPinned", "A script or file is not pinned by a checksum", {
      detail: `${file.pointer} may have other content at the next build.`,
      fix: [`Set sha256Checksum beside ${file.pointer}.`],
    }),
  );
  const legacy = subnetId !== undefined && containerInstanceSubnetId === undefined ? [betterTopology()] : [];
  return [...versions, ...scripts, ...legacy];
}

function betterTopology(): Problem {
  return problem("BetterTopology", "A container subnet of your own would be better than the proxy VM", {
    detail:
      "With containerInstanceSubnetId a build needs no proxy VM, load balancer or private link, and no change of the build subnet.",
    fix: [
      "Add a subnet to the same virtual network and delegate it to Microsoft.ContainerInstance/containerGroups.",
      "Name it in vmProfile.vnetConfig.containerInstanceSubnetId (API version 2024-02-01 or later) and remove proxyVmSize.",
    ],
  });
}

function minimal(): Problem {
  return problem("MinimalRights", "Only rights known to be used are planned, not all that the documents list", {
    detail:
      "Gallery output without Microsoft.Compute/images/* on the gallery's resource group follows Microsoft's own modules, not its documents.",
    fix: ["If distribution fails for a missing right, set GOLDSMITH_REQUIREMENT_SET to documented."],
  });
}

function problem(code: string, title: string, more: Partial<Problem>): Problem {
  return { code, title, stage: "planning", ...more };
}
