import { compareVersions } from "../decide/gallery/facts.ts";
import type { TargetFacts } from "../decide/planning/facts.ts";
import { definitionOf, fieldsOf, itemsOf, textOf } from "../decide/template/templateBody.ts";
import { galleryApi, platformApi } from "./apiVersions.ts";
import type { ImageVersionFacts, VersionMark } from "./azure.ts";
import type { Connection } from "./connection.ts";
import { idOf, tagsOf, textAt } from "./json.ts";
import { listAll, orMissing, partsOf, plain } from "./rest.ts";

/** A resource that a template refers to, from its JSON; undefined JSON means: it does not exist. */
export function targetFacts(id: string, json: unknown): TargetFacts {
  if (json === undefined) return { id, exists: false, tags: {} };
  const resource = fieldsOf(json);
  const properties = fieldsOf(resource.properties);
  const osDisk = fieldsOf(fieldsOf(properties.storageProfile).osDisk);
  return {
    id,
    exists: true,
    tags: tagsOf(resource.tags),
    ...textAt("location", resource.location),
    ...textAt("osType", textOf(properties.osType) || osDisk.osType),
    ...textAt("hyperVGeneration", properties.hyperVGeneration),
    ...storageFirewall(properties),
  };
}

/** Who is let into a storage account; with public access off, no rule of its firewall counts. */
function storageFirewall(
  properties: Readonly<Record<string, unknown>>,
): Pick<TargetFacts, "networkDefaultAction" | "allowedSubnetIds"> {
  if (textOf(properties.publicNetworkAccess).toLowerCase() === "disabled")
    return { networkDefaultAction: "Deny", allowedSubnetIds: [] };
  if (properties.networkAcls === undefined) return {};
  const rules = fieldsOf(properties.networkAcls);
  return {
    ...textAt("networkDefaultAction", rules.defaultAction),
    allowedSubnetIds: itemsOf(rules.virtualNetworkRules).map(idOf),
  };
}

/** An image version with its replication per region, or undefined where it does not exist. */
export async function readImageVersion(arm: Connection, id: string): Promise<ImageVersionFacts | undefined> {
  partsOf(id);
  const query = { $expand: "ReplicationStatus" };
  const answer = await orMissing(arm.send({ method: "GET", path: id, apiVersion: galleryApi, query }));
  if (answer === undefined) return undefined;
  const version = fieldsOf(answer.body);
  const properties = fieldsOf(version.properties);
  const summary = itemsOf(fieldsOf(properties.replicationStatus).summary).map(fieldsOf);
  return {
    id: textOf(version.id),
    publishedAt: textOf(fieldsOf(properties.publishingProfile).publishedDate),
    excluded: isExcluded(fieldsOf(properties.publishingProfile)),
    tags: tagsOf(version.tags),
    provisioningState: textOf(properties.provisioningState),
    regions: summary.map(({ region, state, progress }) => ({
      name: textOf(region),
      state: textOf(state),
      progress: typeof progress === "number" ? progress : 0,
    })),
  };
}

function isExcluded(profile: Readonly<Record<string, unknown>>): boolean {
  return (
    profile.excludeFromLatest === true ||
    itemsOf(profile.targetRegions).some((one) => fieldsOf(one).excludeFromLatest === true)
  );
}

/** Writes tags and, where it says so, whether `latest` may mean the version, in all its regions. A PATCH replaces tags and regions as a whole, so both are read first. */
export async function markVersion(
  arm: Connection,
  id: string,
  { excluded, endOfLife, tags }: VersionMark,
): Promise<void> {
  partsOf(id);
  const { body } = await arm.send({ method: "GET", path: id, apiVersion: galleryApi });
  const version = fieldsOf(body);
  const profile = fieldsOf(fieldsOf(version.properties).publishingProfile);
  const targetRegions = itemsOf(profile.targetRegions).map((one) => ({
    ...fieldsOf(one),
    excludeFromLatest: excluded,
  }));
  const publishingProfile = {
    ...(excluded === undefined ? {} : { targetRegions, excludeFromLatest: excluded }),
    ...(endOfLife === undefined ? {} : { endOfLifeDate: endOfLife }),
  };
  const properties = Object.keys(publishingProfile).length === 0 ? {} : { properties: { publishingProfile } };
  const change = { tags: { ...tagsOf(version.tags), ...tags }, ...properties };
  await arm.send({ method: "PATCH", path: id, apiVersion: galleryApi, body: change });
}

/** The version that `…/versions/latest` means in a region: highest number, not newest date, without excluded ones (image-builder.md §8.2). Undefined where there is none. */
export async function resolveLatest(arm: Connection, latestId: string, region: string): Promise<string | undefined> {
  const path = `${plain(definitionOf(latestId))}/versions`;
  const versions = await orMissing(listAll(arm, path, galleryApi));
  return newestVersion(versions ?? [], region);
}

/** The id of the highest usable version among these in a region (its display or its short name). */
export function newestVersion(versions: readonly unknown[], region: string): string | undefined {
  const usable = versions.map(fieldsOf).filter((version) => isUsable(version, region));
  const [highest] = usable.sort((left, right) => compareVersions(textOf(right.name), textOf(left.name)));
  return highest && textOf(highest.id);
}

/** The newest version of a Marketplace image in a region: by name, as the service's own `latest`. Undefined where there is none. */
export async function newestPlatformVersion(
  arm: Connection,
  subscriptionId: string,
  region: string,
  { publisher, offer, sku }: { readonly publisher: string; readonly offer: string; readonly sku: string },
): Promise<string | undefined> {
  const location = `/subscriptions/${subscriptionId}/providers/Microsoft.Compute/locations/${shortRegion(region)}`;
  const path = `${location}/publishers/${publisher}/artifacttypes/vmimage/offers/${offer}/skus/${sku}/versions`;
  const answer = await orMissing(arm.send({ method: "GET", path, apiVersion: platformApi }));
  const names = itemsOf(answer?.body).map((version) => textOf(fieldsOf(version).name));
  return names.sort(compareVersions).at(-1);
}

function isUsable(version: Readonly<Record<string, unknown>>, region: string): boolean {
  const properties = fieldsOf(version.properties);
  const profile = fieldsOf(properties.publishingProfile);
  const here = itemsOf(profile.targetRegions)
    .map(fieldsOf)
    .find((target) => shortRegion(textOf(target.name)) === shortRegion(region));
  return (
    /^\d+\.\d+\.\d+$/.test(textOf(version.name)) &&
    isReady(textOf(properties.provisioningState)) &&
    profile.excludeFromLatest !== true &&
    here !== undefined &&
    here.excludeFromLatest !== true
  );
}

/** Whether a version in that state can be used: one that is being changed keeps its replicas. */
export const isReady = (state: string): boolean => state === "Succeeded" || state === "Updating";

function shortRegion(region: string): string {
  return region.toLowerCase().replaceAll(" ", "");
}
