import { normalize } from "../armId.ts";
import type { TemplateBody } from "../planning/facts.ts";

/** What a template builds from. Types are matched in any casing, as ARM does. */
export type Source =
  | {
      readonly kind: "PlatformImage";
      readonly publisher: string;
      readonly offer: string;
      readonly sku: string;
      readonly version: string;
      readonly plan?: { readonly name: string; readonly product: string; readonly publisher: string };
    }
  | { readonly kind: "ManagedImage"; readonly imageId: string }
  | { readonly kind: "SharedImageVersion"; readonly imageVersionId: string }
  | { readonly kind: "unknown"; readonly type: string };

/** One entry of `distribute`, with its place in the list. */
export type Target = { readonly index: number; readonly runOutputName: string } & (
  | { readonly kind: "ManagedImage"; readonly imageId: string; readonly location: string }
  | { readonly kind: "SharedImage"; readonly galleryImageId: string; readonly versioned: boolean }
  | { readonly kind: "VHD"; readonly uri?: string }
  | { readonly kind: "unknown"; readonly type: string }
);

/** A script or file that the service fetches, and where the template says so. */
export interface RemoteFile {
  readonly pointer: string;
  readonly uri: string;
  readonly checksum?: string;
}

/** The network part of `vmProfile`, empty strings left out. */
export interface VnetConfig {
  readonly subnetId?: string;
  readonly containerInstanceSubnetId?: string;
  readonly proxyVmSize?: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** An object's members, or none if it is not an object. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/** A list's elements, or none if it is not a list. */
export function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A text, or "" for anything else. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Ids of the identities the template itself has. */
export function templateIdentityIds(body: TemplateBody): readonly string[] {
  return Object.keys(body.identity?.userAssignedIdentities ?? {});
}

/** Ids of the identities put onto the build VM. */
export function vmIdentityIds(body: TemplateBody): readonly string[] {
  const ids = itemsOf(fieldsOf(body.properties?.vmProfile).userAssignedIdentities).map(textOf);
  return ids.filter((id, index) => id !== "" && ids.findIndex((other) => normalize(other) === normalize(id)) === index);
}

/** The source a body names. */
export function sourceOf(body: TemplateBody): Source {
  const source = fieldsOf(body.properties?.source);
  const type = textOf(source.type);
  if (type.toLowerCase() === "platformimage") return platformImage(source);
  if (type.toLowerCase() === "managedimage") return { kind: "ManagedImage", imageId: textOf(source.imageId) };
  if (type.toLowerCase() === "sharedimageversion")
    return { kind: "SharedImageVersion", imageVersionId: textOf(source.imageVersionId) };
  return { kind: "unknown", type };
}

function platformImage(source: Fields): Source {
  const plan = fieldsOf(source.planInfo);
  const name = textOf(plan.planName);
  return {
    kind: "PlatformImage",
    publisher: textOf(source.publisher),
    offer: textOf(source.offer),
    sku: textOf(source.sku),
    version: textOf(source.version),
    ...(name === ""
      ? {}
      : { plan: { name, product: textOf(plan.planProduct), publisher: textOf(plan.planPublisher) } }),
  };
}

/** The targets a body names, in order. */
export function targetsOf(body: TemplateBody): readonly Target[] {
  return itemsOf(body.properties?.distribute).map((item, index) => target(fieldsOf(item), index));
}

function target(item: Fields, index: number): Target {
  const type = textOf(item.type);
  const place = { index, runOutputName: textOf(item.runOutputName) };
  switch (type.toLowerCase()) {
    case "managedimage":
      return { ...place, kind: "ManagedImage", imageId: textOf(item.imageId), location: textOf(item.location) };
    case "sharedimage":
      return {
        ...place,
        kind: "SharedImage",
        galleryImageId: textOf(item.galleryImageId),
        versioned: isVersionId(textOf(item.galleryImageId)) || textOf(fieldsOf(item.versioning).scheme) !== "",
      };
    case "vhd":
      return { ...place, kind: "VHD", ...(textOf(item.uri) === "" ? {} : { uri: textOf(item.uri) }) };
    default:
      return { ...place, kind: "unknown", type };
  }
}

function isVersionId(id: string): boolean {
  return /\/versions\/[^/]+$/i.test(id);
}

/** The network that a body's `vmProfile` names. */
export function vnetConfigOf(body: TemplateBody): VnetConfig {
  const config = fieldsOf(fieldsOf(body.properties?.vmProfile).vnetConfig);
  const known = ["subnetId", "containerInstanceSubnetId", "proxyVmSize"] as const;
  return Object.fromEntries(known.map((key) => [key, textOf(config[key])]).filter(([, value]) => value !== ""));
}

/** All scripts and files that the service is to fetch for a body: customizers, validators, the workload of `optimize`. */
export function remoteFilesOf(body: TemplateBody): readonly RemoteFile[] {
  const properties = fieldsOf(body.properties);
  const validations = itemsOf(fieldsOf(properties.validate).inVMValidations);
  return [
    ...itemsOf(properties.customize).map((step, index) => remoteFile(step, `/properties/customize/${index}`)),
    ...validations.map((step, index) => remoteFile(step, `/properties/validate/inVMValidations/${index}`)),
    remoteFile(fieldsOf(properties.optimize).workload, "/properties/optimize/workload"),
  ].filter((file) => file !== undefined);
}

function remoteFile(step: unknown, pointer: string): RemoteFile | undefined {
  const fields = fieldsOf(step);
  const uri = textOf(fields.scriptUri) || textOf(fields.sourceUri);
  if (uri === "") return undefined;
  const member = textOf(fields.scriptUri) === "" ? "sourceUri" : "scriptUri";
  const checksum = textOf(fields.sha256Checksum);
  return { pointer: `${pointer}/${member}`, uri, ...(checksum === "" ? {} : { checksum }) };
}

/** Id of the staging group a body asks for; undefined where the service is to make its own. */
export function stagingGroupOf(body: TemplateBody): string | undefined {
  return textOf(body.properties?.stagingResourceGroup) || undefined;
}

/** The gallery image definition of a target or source id, without `/versions/…`. Groups may be called `images` or `versions`, so only the place counts. */
export function definitionOf(imageId: string): string {
  return imageId.split("/").slice(0, 11).join("/");
}

/** The gallery of an image definition or version id. */
export function galleryOf(imageId: string): string {
  return imageId.split("/").slice(0, 9).join("/");
}
