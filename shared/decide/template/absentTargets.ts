import type { Problem } from "../../problem.ts";
import { normalize, parentId, parseId, resourceGroupId } from "../armId.ts";
import { storageAccountNames } from "../permissions/requirements.ts";
import type { Facts } from "../planning/facts.ts";
import { planningProblem } from "../planning/planningProblem.ts";
import { definitionOf, galleryOf, sourceOf, targetsOf, vmIdentityIds, vnetConfigOf } from "./templateBody.ts";

/** What a template names and what was looked for and not found: galleries, images, groups, networks, storage accounts. */
export function absentTargets(facts: Facts): readonly Problem[] {
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
  return [
    ...wanted.flatMap(([code, what, id]) => absent(facts, code, what, id)),
    ...missingNetwork(facts),
    ...missingAccounts(facts),
  ];
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
  return planningProblem(code, `The ${what} was not found`, { scope: id, fix });
}

function missingAccounts(facts: Facts): readonly Problem[] {
  const names = storageAccountNames(facts.template.body);
  return names
    .filter((name) => facts.storageAccounts?.[name] === undefined)
    .map((name) =>
      planningProblem("StorageAccountNotFound", `The storage account ${name} was not found`, {
        detail: `The template uses blobs of ${name}; its id is needed to grant access to them.`,
        fix: [`Make sure that ${name} exists in a subscription this app can read.`],
      }),
    );
}
