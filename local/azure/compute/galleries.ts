import { nameOf, sameId } from "../ids.ts";
import type { Call, JsonObject, Resource, World } from "../world.ts";
import { AzureError } from "../world.ts";
import { refuseNested } from "./answers.ts";
import type { Accepted, Kind } from "./kind.ts";
import { object, text } from "./paths.ts";

/** Versions of the gallery API (galleries, definitions, versions). */
export const galleryApiVersions: readonly string[] = [
  "2018-06-01",
  "2019-03-01",
  "2019-07-01",
  "2019-12-01",
  "2020-09-30",
  "2021-07-01",
  "2021-10-01",
  "2022-01-03",
  "2022-03-03",
  "2022-08-03",
  "2023-07-03",
  "2024-03-03",
  "2025-03-03",
  "2025-12-03",
];

const group =
  "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Compute/galleries";
/** Where a gallery is. */
export const galleryPath = `${group}/{galleryName}`;
const galleryType = "Microsoft.Compute/galleries";

/** Galleries: their names have no hyphens and are unique in a subscription (image-builder.md §8.1). */
export const galleries: Kind = {
  group: "Galleries",
  type: galleryType,
  path: galleryPath,
  lists: [
    { name: "Galleries_ListByResourceGroup", path: group },
    { name: "Galleries_List", path: "/subscriptions/{subscriptionId}/providers/Microsoft.Compute/galleries" },
  ],
  apiVersions: galleryApiVersions,
  hasParent: false,
  seconds: (world) => world.switches.computeSeconds,
  accept,
  present,
  guardDelete: (world, gallery) => refuseNested(world, gallery, "Microsoft.Compute/galleries/images"),
};

function accept(world: World, call: Call, body: JsonObject, before: Resource | undefined): Accepted {
  requireName(call.params.galleryName ?? "");
  if (!before) requireUnusedName(world, call);
  const properties = object(body, "properties");
  const name = nameOf(call.id).toUpperCase();
  const sharingProfile = sharing(properties, before);
  return {
    properties: {
      ...properties,
      identifier: { uniqueName: `${call.params.subscriptionId}-${name}` },
      ...(sharingProfile ? { sharingProfile } : {}),
    },
  };
}

/** Who is shared with is written by `share` alone; how a gallery is shared is said when it is made ("can't currently be updated": share-gallery-direct.md). The code is assumed. */
function sharing(asked: JsonObject, before: Resource | undefined): JsonObject | undefined {
  const standing = object(before?.body, "properties", "sharingProfile");
  const { groups: _, ...wanted } = object(asked, "sharingProfile");
  const [was = "Private", wants = was] = [text(standing, "permissions"), text(wanted, "permissions")];
  if (before && was !== wants)
    throw new AzureError(
      409,
      "PropertyChangeNotAllowed",
      "Changing property 'gallery.properties.sharingProfile.permissions' is not allowed.",
    );
  const { groups } = standing;
  const profile = { ...standing, ...wanted, ...(groups === undefined ? {} : { groups }) };
  return Object.keys(profile).length > 0 ? profile : undefined;
}

/** Who is shared with is shown only where it is asked for. */
function present(_: World, gallery: Resource, call: Call): JsonObject {
  const properties = object(gallery.body, "properties");
  const { groups: __, ...profile } = object(properties, "sharingProfile");
  const expanded = call.query.get("$expand")?.toLowerCase() === "sharingprofile/groups";
  if (expanded || properties.sharingProfile === undefined) return gallery.body;
  return { ...gallery.body, properties: { ...properties, sharingProfile: profile } };
}

function requireName(name: string): void {
  if (/^[A-Za-z0-9](?:[A-Za-z0-9_.]{0,78}[A-Za-z0-9])?$/.test(name)) return;
  throw new AzureError(
    400,
    "InvalidParameter",
    "The value of parameter galleryName is invalid. Allowed characters are letters, digits, underscores and periods; the name must begin and end with a letter or digit and have at most 80 characters.",
  );
}

function requireUnusedName(world: World, call: Call): void {
  const subscription = `/subscriptions/${call.params.subscriptionId}`;
  const taken = world.store
    .resources(galleryType, subscription)
    .find((gallery) => sameId(nameOf(gallery.id), nameOf(call.id)));
  if (taken)
    throw new AzureError(
      409,
      "Conflict",
      `The gallery name '${nameOf(call.id)}' is already in use in this subscription by '${taken.id}'.`,
    );
}
