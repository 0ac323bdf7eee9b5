import { parentOf, sameId } from "../ids.ts";
import type { Call, Json, JsonObject, Resource, World } from "../world.ts";
import { AzureError } from "../world.ts";
import { refuseNested } from "./answers.ts";
import { galleryApiVersions } from "./galleries.ts";
import type { Accepted, Kind } from "./kind.ts";
import { array, at, object, text } from "./paths.ts";

const gallery =
  "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Compute/galleries/{galleryName}";
const definitionType = "Microsoft.Compute/galleries/images";

/** Image definitions: what they say of the image never changes; publisher, offer and SKU are unique in a gallery. */
export const definitions: Kind = {
  group: "GalleryImages",
  type: definitionType,
  path: `${gallery}/images/{galleryImageName}`,
  lists: [{ name: "GalleryImages_ListByGallery", path: `${gallery}/images` }],
  apiVersions: galleryApiVersions,
  hasParent: true,
  seconds: (world) => world.switches.computeSeconds,
  accept,
  guardDelete: (world, definition) => refuseNested(world, definition, "Microsoft.Compute/galleries/images/versions"),
};

/** From this version on an omitted generation means V2, and an omitted security type means TrustedLaunchSupported (image-builder.md §8.1). */
const gen2ByDefault = "2025-03-03";

function accept(world: World, call: Call, body: JsonObject, before: Resource | undefined): Accepted {
  const asked = object(body, "properties");
  for (const name of ["osType", "osState", "identifier"]) requireProperty(asked, name);
  for (const name of ["publisher", "offer", "sku"]) requireProperty(object(asked, "identifier"), name);
  requireOneOf(asked, "osType", ["Windows", "Linux"]);
  requireOneOf(asked, "osState", ["Generalized", "Specialized"]);
  requireOneOf(asked, "hyperVGeneration", ["V1", "V2"]);
  const properties = before
    ? { ...object(before.body, "properties"), ...asked }
    : { ...defaults(call, asked), ...asked };
  if (before) for (const name of immutable) requireUnchanged(object(before.body, "properties"), properties, name);
  else requireUnusedIdentifier(world, call, object(asked, "identifier"));
  return { properties };
}

const immutable = ["osType", "osState", "hyperVGeneration", "architecture", "identifier"];

function defaults(call: Call, asked: JsonObject): JsonObject {
  const newer = call.apiVersion >= gen2ByDefault;
  const features = array(asked, "features");
  const security = features.some((feature) => text(feature, "name") === "SecurityType");
  return {
    hyperVGeneration: newer ? "V2" : "V1",
    architecture: "x64",
    ...(newer && !security && asked.hyperVGeneration !== "V1"
      ? { features: [...features, { name: "SecurityType", value: "TrustedLaunchSupported" }] }
      : {}),
  };
}

function requireProperty(properties: JsonObject, name: string): void {
  if (properties[name] !== undefined && properties[name] !== null) return;
  throw new AzureError(
    400,
    "InvalidParameter",
    `Required parameter 'galleryImage.properties.${name}' is missing (null).`,
  );
}

function requireOneOf(properties: JsonObject, name: string, allowed: readonly string[]): void {
  const value = properties[name];
  if (value === undefined || allowed.includes(String(value))) return;
  throw new AzureError(
    400,
    "InvalidParameter",
    `The value '${String(value)}' provided for the 'galleryImage.properties.${name}' property is invalid. Allowed values are: '${allowed.join(",")}'.`,
  );
}

function requireUnchanged(before: JsonObject, after: JsonObject, name: string): void {
  if (canonical(before[name]) === canonical(after[name])) return;
  throw new AzureError(
    409,
    "PropertyChangeNotAllowed",
    `Changing property 'galleryImage.properties.${name}' is not allowed.`,
  );
}

function canonical(value: Json | undefined): string {
  return JSON.stringify([
    text(value, "publisher"),
    text(value, "offer"),
    text(value, "sku"),
    typeof value === "object" ? 0 : value,
  ]);
}

function requireUnusedIdentifier(world: World, call: Call, identifier: JsonObject): void {
  const twin = world.store
    .resources(definitionType, parentOf(call.id))
    .find((other) => sameIdentifier(at(other.body, "properties", "identifier"), identifier));
  if (!twin) return;
  throw new AzureError(
    409,
    "OperationNotAllowed",
    `A gallery image with the same publisher, offer and sku already exists in the gallery: '${twin.id}'. The combination must be unique in a gallery.`,
  );
}

function sameIdentifier(left: Json | undefined, right: JsonObject): boolean {
  return ["publisher", "offer", "sku"].every((name) => sameId(text(left, name) ?? "", text(right, name) ?? ""));
}
