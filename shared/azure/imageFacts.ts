import { compareVersions } from "../decide/gallery/facts.ts";
import type { ImageFacts } from "../decide/gallery/imageCheck.ts";
import { regionName } from "../decide/region.ts";
import { definitionOf, fieldsOf, itemsOf, textOf } from "../decide/template/templateBody.ts";
import type { ImageWish } from "../verification.ts";
import { galleryApi } from "./apiVersions.ts";
import type { Connection } from "./connection.ts";
import { isReady } from "./images.ts";
import { textAt } from "./json.ts";
import { listAll, orMissing, plain, readResource } from "./rest.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The image that a wish means in a region, with why it is that version; undefined where there is none. `subscriptionId` is the consumer's, for what is shared with it. */
export async function imageBehind(
  arm: Connection,
  wish: ImageWish,
  region: string,
  subscriptionId: string,
): Promise<ImageFacts | undefined> {
  if (wish.kind === "shared") return sharedImage(arm, wish.id, region, subscriptionId);
  const definitionId = definitionOf(wish.id);
  const definition = await readResource(arm, definitionId, galleryApi);
  if (definition === undefined) return undefined;
  if (wish.kind === "version" && !/\/versions\/latest$/i.test(wish.id)) {
    const version = await readVersion(arm, wish.id);
    return version && ownFacts(definition, version, "the version that was named");
  }
  const all = (await orMissing(listAll(arm, `${plain(definitionId)}/versions`, galleryApi))) ?? [];
  const { chosen, because } = chooseLatest(all.map(fieldsOf), region);
  if (!chosen) return { ...ownFacts(definition, {}, because), versionId: "" };
  const version = await readVersion(arm, textOf(chosen.id));
  return version && ownFacts(definition, version, because);
}

async function readVersion(arm: Connection, id: string): Promise<Fields | undefined> {
  const query = { $expand: "ReplicationStatus" };
  const answer = await orMissing(arm.send({ method: "GET", path: plain(id), apiVersion: galleryApi, query }));
  return answer && fieldsOf(answer.body);
}

/** What `latest` means in a region, and why the higher ones are not it. */
export function chooseLatest(
  versions: readonly Fields[],
  region: string,
): { readonly chosen?: Fields; readonly because: string } {
  const ordered = versions.toSorted((left, right) => compareVersions(textOf(right.name), textOf(left.name)));
  const skipped: string[] = [];
  for (const version of ordered) {
    const reason = skipReason(version, region);
    if (reason === undefined) {
      const others = skipped.length === 0 ? "" : `; skipped: ${skipped.join(", ")}`;
      return {
        chosen: version,
        because: `${textOf(version.name)} is the highest version that latest may mean in ${region}${others}`,
      };
    }
    skipped.push(`${textOf(version.name)} (${reason})`);
  }
  return {
    because:
      skipped.length === 0
        ? "the definition has no versions"
        : `no version may be latest in ${region}: ${skipped.join(", ")}`,
  };
}

function skipReason(version: Fields, region: string): string | undefined {
  const properties = fieldsOf(version.properties);
  const profile = fieldsOf(properties.publishingProfile);
  const here = itemsOf(profile.targetRegions)
    .map(fieldsOf)
    .find(({ name }) => regionName(textOf(name)) === regionName(region));
  if (!isReady(textOf(properties.provisioningState))) return `state ${textOf(properties.provisioningState)}`;
  if (profile.excludeFromLatest === true) return "excluded from latest";
  if (here === undefined) return "not replicated there";
  return here.excludeFromLatest === true ? "excluded from latest there" : undefined;
}

function ownFacts(definition: unknown, version: Fields, because: string): ImageFacts {
  const properties = fieldsOf(version.properties);
  const profile = fieldsOf(properties.publishingProfile);
  const status = itemsOf(fieldsOf(properties.replicationStatus).summary).map(fieldsOf);
  return {
    versionId: textOf(version.id),
    because,
    ...definitionFacts(fieldsOf(fieldsOf(definition).properties)),
    provisioningState: textOf(properties.provisioningState),
    publishedAt: textOf(profile.publishedDate),
    excluded: profile.excludeFromLatest === true,
    regions: itemsOf(profile.targetRegions)
      .map(fieldsOf)
      .map(({ name, excludeFromLatest }) => {
        const found = status.find(({ region }) => regionName(textOf(region)) === regionName(textOf(name)));
        return {
          name: regionName(textOf(name)),
          state: textOf(found?.state) || "Unknown",
          excluded: excludeFromLatest === true,
        };
      }),
  };
}

/** What a definition says of its images. */
export function definitionFacts(
  properties: Fields,
): Pick<ImageFacts, "osType" | "osState" | "generation" | "architecture" | "securityType"> {
  const security = itemsOf(properties.features)
    .map(fieldsOf)
    .find(({ name }) => textOf(name) === "SecurityType");
  return {
    osType: textOf(properties.osType) === "Windows" ? ("Windows" as const) : ("Linux" as const),
    osState: textOf(properties.osState),
    generation: textOf(properties.hyperVGeneration) || "V1",
    architecture: textOf(properties.architecture) || "x64",
    ...textAt("securityType", security?.value),
  };
}

/** What is shared directly is read in the consumer's own subscription and region; only versions that are there are shown. */
async function sharedImage(
  arm: Connection,
  id: string,
  region: string,
  subscriptionId: string,
): Promise<ImageFacts | undefined> {
  const [, gallery = "", image = "", version = ""] =
    /^\/sharedGalleries\/([^/]+)\/images\/([^/]+)\/versions\/([^/]+)$/i.exec(id) ?? [];
  const place = `/subscriptions/${subscriptionId}/providers/Microsoft.Compute/locations/${regionName(region)}/sharedGalleries/${gallery}/images/${image}`;
  const definition = await orMissing(arm.send({ method: "GET", path: plain(place), apiVersion: galleryApi }));
  if (!definition) return undefined;
  const versions = (await orMissing(listAll(arm, `${place}/versions`, galleryApi))) ?? [];
  const all = versions.map(fieldsOf).toSorted((left, right) => compareVersions(textOf(right.name), textOf(left.name)));
  const latest = version.toLowerCase() === "latest";
  const found = all.find((one) =>
    latest ? fieldsOf(one.properties).excludeFromLatest !== true : textOf(one.name) === version,
  );
  if (!found) return undefined;
  const because = latest
    ? `${textOf(found.name)} is the highest shared version in ${region} that is not excluded from latest`
    : "the version that was named";
  return {
    versionId: `/sharedGalleries/${gallery}/images/${image}/versions/${textOf(found.name)}`,
    because,
    ...definitionFacts(fieldsOf(fieldsOf(definition.body).properties)),
    provisioningState: "Succeeded",
    publishedAt: textOf(fieldsOf(found.properties).publishedDate),
    excluded: fieldsOf(found.properties).excludeFromLatest === true,
    regions: [{ name: regionName(region), state: "Completed", excluded: false }],
  };
}
