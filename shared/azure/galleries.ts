import { parseId } from "../decide/armId.ts";
import type { ImageUse, ImageUses, LostGroup, StoredImage, StoredVersion } from "../decide/gallery/facts.ts";
import { matchesAction } from "../decide/permissions/grants.ts";
import { definitionOf, fieldsOf, itemsOf, textOf } from "../decide/template/templateBody.ts";
import { computeApi, galleryApi, groupsApi, templateReadApi } from "./apiVersions.ts";
import { ArmFailure } from "./armFailure.ts";
import type { Connection } from "./connection.ts";
import { tagsOf, textAt } from "./json.ts";
import { readPermissions } from "./permissions.ts";
import { listAll, orMissing, partsOf, plain, readResource } from "./rest.ts";

const definitionPattern = /\/galleries\/[^/]+\/images\/[^/]+/i;

/** An image definition with all its versions; undefined where it is not there. */
export async function readStoredImage(arm: Connection, id: string): Promise<StoredImage | undefined> {
  partsOf(id);
  const definition = await readResource(arm, id, galleryApi);
  if (definition === undefined) return undefined;
  const versions = await listAll(arm, `${plain(id)}/versions`, galleryApi);
  const { id: real, tags } = fieldsOf(definition);
  return { id: textOf(real) || id, tags: tagsOf(tags), versions: versions.map(storedVersion) };
}

function storedVersion(json: unknown): StoredVersion {
  const version = fieldsOf(json);
  const properties = fieldsOf(version.properties);
  const profile = fieldsOf(properties.publishingProfile);
  const regions = itemsOf(profile.targetRegions).map(fieldsOf);
  return {
    id: textOf(version.id),
    name: textOf(version.name),
    tags: tagsOf(version.tags),
    provisioningState: textOf(properties.provisioningState),
    excluded:
      profile.excludeFromLatest === true ||
      (regions.length > 0 && regions.every(({ excludeFromLatest }) => excludeFromLatest === true)),
    ...textAt("publishedAt", profile.publishedDate),
    ...textAt("endOfLife", profile.endOfLifeDate),
    blockedUntilEnd: fieldsOf(properties.safetyProfile).blockDeletionBeforeEndOfLife === true,
  };
}

/**
 * Who uses images of galleries in these subscriptions. A list shows only what the caller may read, and says nothing of the
 * rest: so a subscription counts as read only if the app may read every machine there.
 */
export async function readImageUses(arm: Connection, subscriptionIds: readonly string[]): Promise<ImageUses> {
  const uses: ImageUse[] = [];
  const unread: string[] = [];
  for (const subscriptionId of subscriptionIds)
    for (const type of ["virtualMachines", "virtualMachineScaleSets"] as const) {
      const subscription = `/subscriptions/${subscriptionId}`;
      try {
        await mustReadAll(arm, subscription, `Microsoft.Compute/${type}/read`);
        const all = await listAll(arm, `${subscription}/providers/Microsoft.Compute/${type}`, computeApi);
        uses.push(...all.flatMap(useOf));
      } catch (error) {
        if (!(error instanceof ArmFailure) && !(error instanceof Unreadable)) throw error;
        unread.push(`${subscription} (${type})`);
      }
    }
  return { uses, unread };
}

class Unreadable extends Error {}

async function mustReadAll(arm: Connection, scope: string, action: string): Promise<void> {
  const permissions = await readPermissions(arm, scope);
  const matches = (pattern: string) => matchesAction(pattern, action);
  const allowed = permissions.some(({ actions, notActions }) => actions.some(matches) && !notActions.some(matches));
  if (!allowed) throw new Unreadable(`the app may not ${action} at ${scope}`);
}

/** What a machine or scale set was made from; nothing where it is no gallery image. */
function useOf(json: unknown): readonly ImageUse[] {
  const { id, properties } = fieldsOf(json);
  const { storageProfile, virtualMachineProfile } = fieldsOf(properties);
  const profile = fieldsOf(storageProfile ?? fieldsOf(virtualMachineProfile).storageProfile);
  const { id: imageId, exactVersion } = fieldsOf(profile.imageReference);
  const image = textOf(imageId);
  if (!definitionPattern.test(image)) return [];
  const definitionId = definitionOf(image);
  const version = /\/versions\/(\d+\.\d+\.\d+)$/i.exec(image)?.[1] ?? textOf(exactVersion);
  // The machines of a scale set may have been made from what latest meant before.
  const exact = version !== "" && virtualMachineProfile === undefined;
  const named = /\/versions\/\d/i.test(image);
  return [
    { id: textOf(id), definitionId, ...(exact || named ? { versionId: `${definitionId}/versions/${version}` } : {}) },
  ];
}

/** Starts the deletion of an image version; `gone` where it is not there (any more). */
export async function deleteVersion(arm: Connection, id: string): Promise<"started" | "gone"> {
  partsOf(id);
  const answer = await orMissing(arm.send({ method: "DELETE", path: id, apiVersion: galleryApi }));
  return answer === undefined || answer.status === 204 ? "gone" : "started";
}

/** Writes these tags of a resource and leaves its other ones and everything else alone (Microsoft.Resources/tags, Merge). */
export async function mergeTags(arm: Connection, id: string, tags: Readonly<Record<string, string>>): Promise<void> {
  partsOf(id);
  const path = `${id}/providers/Microsoft.Resources/tags/default`;
  await arm.send({ method: "PATCH", path, apiVersion: groupsApi, body: { operation: "Merge", properties: { tags } } });
}

/** Staging groups without a template, in a subscription. They are reported and never deleted. */
export async function readLostGroups(arm: Connection, subscriptionId: string): Promise<readonly LostGroup[]> {
  const groups = await listAll(arm, `/subscriptions/${subscriptionId}/resourcegroups`, groupsApi);
  const staging = groups.map(fieldsOf).flatMap(({ id, tags }) => {
    const { createdBy = "", imageTemplateName = "", imageTemplateResourceGroupName = "" } = tagsOf(tags);
    if (createdBy.toLowerCase() !== "azurevmimagebuilder" || !imageTemplateName || !imageTemplateResourceGroupName)
      return [];
    const group = `/subscriptions/${subscriptionId}/resourceGroups/${imageTemplateResourceGroupName}`;
    return [
      {
        id: textOf(id),
        templateId: `${group}/providers/Microsoft.VirtualMachineImages/imageTemplates/${imageTemplateName}`,
      },
    ];
  });
  const lost: LostGroup[] = [];
  for (const one of staging)
    if (parseId(one.templateId) && (await readResource(arm, one.templateId, templateReadApi)) === undefined)
      lost.push(one);
  return lost;
}
