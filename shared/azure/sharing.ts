import { lastSegment } from "../decide/armId.ts";
import type { Offer } from "../decide/gallery/offer.ts";
import { hasGroup, levelOf, type Share, type SharingFacts } from "../decide/gallery/share.ts";
import { sharingRoles } from "../decide/permissions/roles.ts";
import type { GrantFacts } from "../decide/planning/facts.ts";
import { regionName } from "../decide/region.ts";
import { definitionOf, fieldsOf, galleryOf, itemsOf, textOf } from "../decide/template/templateBody.ts";
import { galleryApi } from "./apiVersions.ts";
import { ArmFailure } from "./armFailure.ts";
import type { Connection } from "./connection.ts";
import { definitionFacts } from "./imageFacts.ts";
import { tagsOf } from "./json.ts";
import { listAll, orMissing, partsOf, plain, readResource } from "./rest.ts";
import type { rolesOf } from "./roleAssignments.ts";

type ShareGallery = Extract<Share, { kind: "shareGallery" }>;

/** Sharing galleries directly, and looking who may use images. */
export function sharingOf(arm: Connection, roles: ReturnType<typeof rolesOf>) {
  return {
    readSharing: (galleryId: string) => readSharing(arm, galleryId),

    /** `stood` once it is there and settled; while another change is under way, nothing is asked for. */
    async shareGallery(share: ShareGallery): Promise<"started" | "stood"> {
      const facts = await readSharing(arm, share.galleryId);
      if (facts?.settled && hasGroup(facts, share)) return "stood";
      if (!facts || facts.settled) await update(arm, share, "Add");
      return "started";
    },

    /** `gone` once it is not there (or the gallery is not), and settled. */
    async unshareGallery(share: ShareGallery): Promise<"started" | "gone"> {
      const facts = await readSharing(arm, share.galleryId);
      if (!facts || (facts.settled && !hasGroup(facts, share))) return "gone";
      if (facts.settled) await update(arm, share, "Remove");
      return "started";
    },

    /** Who may read a gallery or something in it by one of the two roles: assignments there, above and below. */
    async readersOf(scope: string): Promise<readonly GrantFacts[]> {
      const reading = new Set(sharingRoles.map(({ id }) => id));
      const grants = await roles.allGrants(scope);
      return grants.filter(({ roleDefinitionId }) => reading.has(lastSegment(roleDefinitionId).toLowerCase()));
    },

    readOffers: (imageId: string) => readOffers(arm, imageId),
  };
}

/** A gallery with whom it is shared with directly; undefined where it is not there. Groups are shown only where they are asked for. */
async function readSharing(arm: Connection, galleryId: string): Promise<SharingFacts | undefined> {
  partsOf(galleryId);
  const query = { $expand: "SharingProfile/Groups" };
  const answer = await orMissing(arm.send({ method: "GET", path: galleryId, apiVersion: galleryApi, query }));
  if (answer === undefined) return undefined;
  const { id, tags, properties: more } = fieldsOf(answer.body);
  const properties = fieldsOf(more);
  const { permissions, groups } = fieldsOf(properties.sharingProfile);
  const idsOf = (type: string) =>
    itemsOf(groups)
      .map(fieldsOf)
      .filter((group) => textOf(group.type) === type)
      .flatMap((group) => itemsOf(group.ids).map(textOf));
  return {
    id: textOf(id) || galleryId,
    uniqueName: textOf(fieldsOf(properties.identifier).uniqueName),
    tags: tagsOf(tags),
    permissions: textOf(permissions) || "Private",
    groups: { Subscriptions: idsOf("Subscriptions"), AADTenants: idsOf("AADTenants") },
    settled: !["Updating", "Migrating", "Deleting"].includes(textOf(properties.provisioningState)),
  };
}

/** Asks for a change; where somebody else's came first, nothing: it is looked at again. */
async function update(arm: Connection, { galleryId, group, id }: ShareGallery, operationType: "Add" | "Remove") {
  const body = { operationType, groups: [{ type: group, ids: [id] }] };
  try {
    await arm.send({ method: "POST", path: `${galleryId}/share`, apiVersion: galleryApi, body });
  } catch (error) {
    if (!(error instanceof ArmFailure) || !error.says("Conflict")) throw error;
  }
}

/** The images that an id stands for, as far as commands need them: all of a gallery, or one. None where it is not there. */
async function readOffers(arm: Connection, imageId: string): Promise<readonly Offer[]> {
  if (levelOf(imageId) === "gallery") {
    const path = `${plain(galleryOf(imageId))}/images`;
    return ((await orMissing(listAll(arm, path, galleryApi))) ?? []).map((json) => offerOf(json));
  }
  const definition = await readResource(arm, definitionOf(imageId), galleryApi);
  if (definition === undefined) return [];
  if (levelOf(imageId) === "definition") return [offerOf(definition)];
  const version = await readResource(arm, imageId, galleryApi);
  return version === undefined ? [] : [offerOf(definition, version)];
}

function offerOf(definition: unknown, version?: unknown): Offer {
  const { id, location, properties } = fieldsOf(definition);
  const { id: versionId, properties: more } = fieldsOf(version);
  const [first] = itemsOf(fieldsOf(fieldsOf(more).publishingProfile).targetRegions).map(fieldsOf);
  const { generation: _, ...facts } = definitionFacts(fieldsOf(properties));
  const region = regionName(textOf(first?.name) || textOf(location));
  return { id: textOf(versionId) || textOf(id), ...facts, region };
}
