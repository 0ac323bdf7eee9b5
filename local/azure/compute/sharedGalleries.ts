import { nameOf, sameId, subscriptionOf } from "../ids.ts";
import { page } from "../paging.ts";
import { tenantOf } from "../tenants.ts";
import {
  type Answer,
  AzureError,
  type Call,
  type JsonObject,
  type Operation,
  type Resource,
  type World,
} from "../world.ts";
import { galleryApiVersions } from "./galleries.ts";
import { latestVersion, versionsOf } from "./latest.ts";
import { array, at, object, text } from "./paths.ts";
import { replicatedTo } from "./replication.ts";

const galleryType = "Microsoft.Compute/galleries";
const definitionType = "Microsoft.Compute/galleries/images";

/** The version that a shared id (`/sharedGalleries/{unique name}/images/{image}/versions/{version or latest}`) means to this caller; no right is needed, only that the gallery is shared with his subscription or tenant. */
export function sharedImage(world: World, call: Call, sharedId: string, region: string): Resource {
  const [, unique = "", image = "", version = ""] =
    /^\/sharedGalleries\/([^/]+)\/images\/([^/]+)\/versions\/([^/]+)$/i.exec(sharedId) ?? [];
  const definition = unique && sharedDefinition(world, call, unique, image);
  const found =
    definition &&
    (version.toLowerCase() === "latest"
      ? latestVersion(world, definition.id, region)
      : world.store.resource(`${definition.id}/versions/${version}`));
  if (!found) throw notShared(sharedId);
  return found;
}

function sharedDefinition(world: World, call: Call, unique: string, image: string): Resource | undefined {
  const gallery = world.store
    .resources(galleryType)
    .find(
      (one) =>
        one.type === galleryType &&
        sameId(`/${text(one.body, "properties", "identifier", "uniqueName")}`, `/${unique}`),
    );
  if (!gallery || !sharedWith(world, gallery, subscriptionOf(call.id) ?? "")) return undefined;
  return world.store.resource(`${gallery.id}/images/${image}`);
}

/** Whether a gallery is shared directly with a subscription, by its id or by its tenant's. */
function sharedWith(world: World, gallery: Resource, subscriptionId: string): boolean {
  const profile = object(gallery.body, "properties", "sharingProfile");
  if (text(profile, "permissions") !== "Groups") return false;
  const tenantId = tenantOf(world.store, subscriptionId, world.tenantId);
  return array(profile, "groups").some((group) => {
    const ids = array(group, "ids").map((id) => String(id).toLowerCase());
    return ids.includes((text(group, "type") === "AADTenants" ? tenantId : subscriptionId).toLowerCase());
  });
}

function notShared(sharedId: string): AzureError {
  return new AzureError(
    404,
    "SharedGalleryImageNotFound",
    `The shared gallery image '${sharedId}' was not found: it does not exist, or its gallery is not shared with this subscription or tenant.`,
    { target: "imageReference" },
  );
}

const place = "/subscriptions/{subscriptionId}/providers/Microsoft.Compute/locations/{location}/sharedGalleries";
/** `sharedGalleries` of a region came with the second of these (image-builder.md §8.3). */
const apiVersions = galleryApiVersions.filter((version) => version >= "2020-09-30");

const operation = (
  name: string,
  path: string,
  action: string,
  answer: (world: World, call: Call) => Answer,
): Operation => ({
  name,
  method: "GET",
  path: `${place}${path}`,
  apiVersions,
  action: `Microsoft.Compute/locations/sharedGalleries/${action}`,
  answer,
});

/** What is shared directly with a subscription: galleries, definitions, versions. */
export const sharedGalleryOperations: readonly Operation[] = [
  operation("SharedGalleries_List", "", "read", (world, call) =>
    page(
      world,
      call,
      galleriesFor(world, call).map((one) => shownGallery(call, one)),
    ),
  ),
  operation("SharedGalleries_Get", "/{galleryUniqueName}", "read", (world, call) => ({
    status: 200,
    body: shownGallery(call, galleryIn(world, call)),
  })),
  operation("SharedGalleryImages_List", "/{galleryUniqueName}/images", "images/read", (world, call) => {
    const definitions = world.store
      .resources(definitionType, galleryIn(world, call).id)
      .filter(({ type }) => type === definitionType);
    return page(
      world,
      call,
      definitions.map((one) => shownDefinition(call, one)),
    );
  }),
  operation(
    "SharedGalleryImages_Get",
    "/{galleryUniqueName}/images/{galleryImageName}",
    "images/read",
    (world, call) => ({ status: 200, body: shownDefinition(call, definitionIn(world, call)) }),
  ),
  operation(
    "SharedGalleryImageVersions_List",
    "/{galleryUniqueName}/images/{galleryImageName}/versions",
    "images/versions/read",
    (world, call) =>
      page(
        world,
        call,
        versionsHere(world, call).map((one) => shownVersion(call, one)),
      ),
  ),
  operation(
    "SharedGalleryImageVersions_Get",
    "/{galleryUniqueName}/images/{galleryImageName}/versions/{galleryImageVersionName}",
    "images/versions/read",
    (world, call) => {
      const version = versionsHere(world, call).find(({ id }) => nameOf(id) === call.params.galleryImageVersionName);
      if (!version) throw notShared(call.id);
      return { status: 200, body: shownVersion(call, version) };
    },
  ),
];

function galleriesFor(world: World, call: Call): readonly Resource[] {
  return world.store
    .resources(galleryType)
    .filter((one) => one.type === galleryType && sharedWith(world, one, call.params.subscriptionId ?? ""));
}

function galleryIn(world: World, call: Call): Resource {
  const found = galleriesFor(world, call).find((one) =>
    sameId(`/${uniqueName(one)}`, `/${call.params.galleryUniqueName}`),
  );
  if (!found) throw notShared(call.id);
  return found;
}

function definitionIn(world: World, call: Call): Resource {
  const found = world.store.resource(`${galleryIn(world, call).id}/images/${call.params.galleryImageName}`);
  if (!found) throw notShared(call.id);
  return found;
}

/** Only versions that are there in the region that was asked about. */
function versionsHere(world: World, call: Call): readonly Resource[] {
  return versionsOf(world, definitionIn(world, call).id).filter((version) =>
    replicatedTo(world, version, call.params.location ?? ""),
  );
}

const uniqueName = (gallery: Resource) => text(gallery.body, "properties", "identifier", "uniqueName") ?? "";

function shownGallery(call: Call, gallery: Resource): JsonObject {
  return {
    name: uniqueName(gallery),
    location: call.params.location ?? "",
    identifier: { uniqueId: `/SharedGalleries/${uniqueName(gallery)}` },
  };
}

function shownDefinition(call: Call, definition: Resource): JsonObject {
  const { osType, osState, hyperVGeneration, architecture, identifier, features } = object(
    definition.body,
    "properties",
  );
  return {
    name: nameOf(definition.id),
    location: call.params.location ?? "",
    identifier: { uniqueId: `/SharedGalleries/${call.params.galleryUniqueName}/Images/${nameOf(definition.id)}` },
    properties: JSON.parse(
      JSON.stringify({ osType, osState, hyperVGeneration, architecture, identifier, features }),
    ) as JsonObject,
  };
}

function shownVersion(call: Call, version: Resource): JsonObject {
  const profile = at(version.body, "properties", "publishingProfile");
  return {
    name: nameOf(version.id),
    location: call.params.location ?? "",
    identifier: {
      uniqueId: `/SharedGalleries/${call.params.galleryUniqueName}/Images/${call.params.galleryImageName}/Versions/${nameOf(version.id)}`,
    },
    properties: JSON.parse(
      JSON.stringify({
        publishedDate: at(profile, "publishedDate"),
        endOfLifeDate: at(profile, "endOfLifeDate"),
        excludeFromLatest: at(profile, "excludeFromLatest") === true,
        storageProfile: at(version.body, "properties", "storageProfile"),
      }),
    ) as JsonObject,
  };
}
