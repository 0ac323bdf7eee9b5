import { authorizationRecords } from "../authorization/records.ts";
import { asJson, object, text } from "../compute/paths.ts";
import { sameRegion } from "../compute/regions.ts";
import { resourceGroupOf, sameId, scopeContains, subscriptionOf } from "../ids.ts";
import { enforced } from "../policy/assigned.ts";
import { AzureError, type JsonObject, type Resource, type World } from "../world.ts";
import { notAuthorized } from "./refusals.ts";
import type { SubmissionProblem } from "./submissionChecks.ts";
import { changeTemplate, identityPrincipal, locationOf } from "./template.ts";

const groupType = "Microsoft.Resources/resourceGroups";
const contributor = "b24988ac-6180-42a0-ab88-20f7382dd24c";
/** The service's own application; its object id differs from tenant to tenant (image-builder.md §3.1). */
const serviceClientId = "cf32a0cc-373c-47c9-9156-0db11f6a6dfc";

/** Where a template's build resources and logs live. `made`: the service created the group and will delete it. */
export interface Staging {
  readonly groupId: string;
  readonly made: boolean;
  readonly accountName: string;
}

/** The staging group planned for a template; undefined before its submission got that far. */
export function stagingOf(template: Resource): Staging | undefined {
  return template.hidden?.staging as unknown as Staging | undefined;
}

/** `IT_<group>_<template>_<guid>`, cut to 80 characters before the GUID (recorded; image-builder.md §6.4). */
function stagingName(group: string, template: string, guid: string): string {
  return `${`IT_${group}_${template}`.slice(0, 80 - 1 - guid.length)}_${guid}`;
}

/** Makes the staging group ready, with the storage account for logs; says why an own group cannot be used. */
export function prepareStaging(world: World, template: Resource): SubmissionProblem | undefined {
  const asked = text(template.body, "properties", "stagingResourceGroup");
  const standing = asked ? world.store.resource(asked) : undefined;
  const problem = standing && ownGroupProblem(world, template, standing);
  if (problem) return problem;
  const staging = stagingOf(template) ?? plannedStaging(world, template, asked, standing);
  // What is planned is written first: a job that is cut off here and done again makes no second group.
  world.store.putResource({ ...template, hidden: { ...template.hidden, staging: asJson(staging) } });
  const forbidden =
    policyRefusal(() => putGroup(world, template, staging, standing)) ??
    policyRefusal(() => putAccount(world, template, staging));
  if (forbidden) return { code: forbidden.code, provisioningErrorCode: "Other", message: forbidden.message };
  if (!standing) grantContributor(world, template, staging.groupId);
  changeTemplate(world, template.id, { exactStagingResourceGroup: staging.groupId });
  return undefined;
}

function plannedStaging(
  world: World,
  template: Resource,
  asked: string | undefined,
  standing: Resource | undefined,
): Staging {
  const name = stagingName(resourceGroupOf(template.id) ?? "", text(template.body, "name") ?? "", world.guid());
  const groupId = asked || `/subscriptions/${subscriptionOf(template.id)}/resourceGroups/${name}`;
  const accountName = world.guid().replaceAll("-", "").slice(0, 24);
  return { groupId, made: standing === undefined, accountName };
}

function bad(message: string): SubmissionProblem {
  return { code: "ValidationFailed", provisioningErrorCode: "BadStagingResourceGroup", message };
}

/** An own group must be in the template's region, empty, and the identity Contributor in it (image-builder.md §2.4). */
function ownGroupProblem(world: World, template: Resource, group: Resource): SubmissionProblem | undefined {
  const principalId = identityPrincipal(world, template) ?? "";
  const own = stagingOf(template) !== undefined;
  const writes = [
    "Microsoft.Storage/storageAccounts/write",
    "Microsoft.ContainerInstance/containerGroups/write",
    "Microsoft.Resources/deployments/write",
  ];
  if (writes.some((action) => world.rights.decide(principalId, action, group.id).kind === "denied"))
    return { ...notAuthorized(group.id), provisioningErrorCode: "BadStagingResourceGroup" };
  if (!sameRegion(text(group.body, "location") ?? "", locationOf(template)))
    return bad(
      `Validation failed: The staging resource group '${group.id}' must be in the same region as the image template: ${locationOf(template)}.`,
    );
  if (!own && contentsOf(world, group.id).length > 0)
    return bad(`Validation failed: The staging resource group '${group.id}' must be empty.`);
  return undefined;
}

/** Everything in a resource group. */
export function contentsOf(world: World, groupId: string): readonly Resource[] {
  return world.store
    .list<Resource>("resource", `${groupId}/`)
    .map(([, resource]) => resource)
    .filter((resource) => scopeContains(groupId, resource.id) && !sameId(groupId, resource.id));
}

/** The tags that the service puts on a staging group and relies on (image-builder.md §6.4). */
function tagsOf(template: Resource): JsonObject {
  return asJson({
    createdBy: "AzureVMImageBuilder",
    imageTemplateName: text(template.body, "name"),
    imageTemplateResourceGroupName: resourceGroupOf(template.id),
    ...object(template.body, "properties", "managedResourceTags"),
  });
}

function putGroup(world: World, template: Resource, { groupId }: Staging, standing: Resource | undefined): void {
  const body = standing?.body ?? {
    id: groupId,
    name: resourceGroupOf(groupId) ?? "",
    type: groupType,
    location: locationOf(template),
    properties: { provisioningState: "Succeeded" },
  };
  const usedBy = standing ? { usedBy: template.id } : {};
  const tagged = { ...body, tags: { ...object(body, "tags"), ...tagsOf(template), ...usedBy } };
  world.store.putResource({ id: groupId, type: groupType, body: enforced(world, groupId, tagged) });
}

function putAccount(world: World, template: Resource, { groupId, accountName }: Staging): void {
  const type = "Microsoft.Storage/storageAccounts";
  const id = `${groupId}/providers/${type}/${accountName}`;
  const body: JsonObject = {
    id,
    name: accountName,
    type,
    location: locationOf(template),
    kind: "StorageV2",
    sku: { name: "Standard_LRS", tier: "Standard" },
    tags: tagsOf(template),
    properties: {
      provisioningState: "Succeeded",
      allowBlobPublicAccess: false,
      minimumTlsVersion: "TLS1_2",
      supportsHttpsTrafficOnly: true,
      primaryLocation: locationOf(template),
      primaryEndpoints: { blob: `${world.endpoint}/${accountName}/` },
    },
  };
  world.store.putResource({ id, type, body: enforced(world, id, body) });
}

/** What a policy says to the service's own writes: they are the caller's like any other (image-builder.md §5.4). */
export function policyRefusal(write: () => unknown): AzureError | undefined {
  try {
    write();
    return undefined;
  } catch (error) {
    if (error instanceof AzureError && error.code === "RequestDisallowedByPolicy") return error;
    throw error;
  }
}

/** In a group of its own making the service makes the template's identity Contributor, at once in force (image-builder.md §3.2). */
function grantContributor(world: World, template: Resource, groupId: string): void {
  const principalId = identityPrincipal(world, template);
  const records = authorizationRecords(world.store);
  const standing = records.assignments().some((one) => sameId(one.scope, groupId) && one.principalId === principalId);
  if (!principalId || standing) return;
  const now = world.clock.now();
  const service = servicePrincipal(world);
  records.putAssignment({
    name: world.guid(),
    scope: groupId,
    roleDefinitionId: `/subscriptions/${subscriptionOf(groupId)}/providers/Microsoft.Authorization/roleDefinitions/${contributor}`,
    roleGuid: contributor,
    principalId,
    principalType: "ServicePrincipal",
    createdAt: now,
    updatedAt: now,
    createdBy: service,
    updatedBy: service,
    visibleAt: now,
    effectiveAt: now,
  });
}

/** The object id of the service's own principal in this tenant. */
export function servicePrincipal(world: World): string {
  const known = world.principals.byClientId(serviceClientId);
  const name = "Azure Virtual Machine Image Builder";
  return (
    known ?? world.principals.create(name, "ServicePrincipal", { principalId: world.guid(), clientId: serviceClientId })
  ).principalId;
}

/** Takes the staging group away with the template: all of it where the service made it, only its contents where it did not. */
export function removeStaging(world: World, template: Resource): void {
  const staging = stagingOf(template);
  if (!staging) return;
  for (const resource of contentsOf(world, staging.groupId)) world.store.deleteResource(resource.id);
  if (!staging.made) return;
  world.store.deleteResource(staging.groupId);
  const records = authorizationRecords(world.store);
  for (const one of records.assignments())
    if (scopeContains(staging.groupId, one.scope)) records.deleteAssignment(one.name);
}
