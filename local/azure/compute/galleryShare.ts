import { isGuid } from "../ids.ts";
import {
  type Answer,
  AzureError,
  type Call,
  type Json,
  type JsonObject,
  type Operation,
  type World,
} from "../world.ts";
import { existing, soon } from "./answers.ts";
import { galleryApiVersions, galleryPath } from "./galleries.ts";
import { array, asJson, object, text } from "./paths.ts";
import { markProvisioned } from "./settle.ts";

/** Kind of the job that ends a change of whom a gallery is shared with. */
export const shareJob = "compute.share";

type GroupType = "Subscriptions" | "AADTenants";
type Groups = Readonly<Record<GroupType, readonly string[]>>;

/** How many may be named (share-gallery-direct.md, "Limitations"). */
const most: Readonly<Record<GroupType, number>> = { Subscriptions: 30, AADTenants: 5 };
const groupTypes = Object.keys(most) as readonly GroupType[];

/** `POST …/galleries/{g}/share`: whom a gallery is shared with directly. Codes and texts of its refusals are assumed; that they are refused is documented. */
export const galleryShareOperations: readonly Operation[] = [
  {
    name: "GallerySharingProfile_Update",
    method: "POST",
    path: `${galleryPath}/share`,
    apiVersions: galleryApiVersions.filter((version) => version >= "2020-09-30"),
    action: "Microsoft.Compute/galleries/share/action",
    answer: share,
  },
];

function share(world: World, call: Call): Answer {
  const gallery = existing(world, call.id);
  const operationType = text(call.body, "operationType") ?? "";
  if (operationType === "EnableCommunity")
    throw new AzureError(501, "NotEmulated", "The emulator has no community galleries.");
  if (!["Add", "Remove", "Reset"].includes(operationType))
    throw new AzureError(400, "InvalidParameter", `The value '${operationType}' of operationType is invalid.`);
  if (text(gallery.body, "properties", "sharingProfile", "permissions") !== "Groups")
    throw new AzureError(
      409,
      "OperationNotAllowed",
      `The gallery '${text(gallery.body, "name")}' cannot be shared with subscriptions and tenants: its sharingProfile.permissions is not Groups.`,
    );
  if (text(gallery.body, "properties", "provisioningState") !== "Succeeded")
    throw new AzureError(
      409,
      "Conflict",
      `Another operation is in progress on the gallery '${text(gallery.body, "name")}'.`,
    );
  const standing = groupsOf(array(gallery.body, "properties", "sharingProfile", "groups"));
  const after = changed(standing, operationType, groupsOf(array(call.body, "groups")));
  refuseTooMany(after);
  markProvisioned(world, gallery.id, "Updating");
  const location = text(gallery.body, "location") ?? "";
  const operation = world.operations.begin(call, "Microsoft.Compute", location, {
    asyncOperation: true,
    location: false,
  });
  const payload = { galleryId: gallery.id, operationId: operation.id, groups: shown(after) };
  world.jobs.at(soon(world, world.switches.computeSeconds), shareJob, asJson(payload));
  return { status: 202, headers: operation.headers, body: call.body as JsonObject };
}

/** Ends such a change: only now it is in force. */
export function endShare(world: World, payload: JsonObject): void {
  const operationId = text(payload, "operationId") ?? "";
  if (world.operations.get(operationId)?.status !== "InProgress") return;
  const gallery = world.store.resource(text(payload, "galleryId") ?? "");
  if (gallery) {
    const before = object(gallery.body, "properties");
    const sharingProfile = { ...object(before, "sharingProfile"), groups: payload.groups ?? [] };
    const properties = { ...before, sharingProfile, provisioningState: "Succeeded" };
    world.store.putResource({ ...gallery, body: { ...gallery.body, properties } });
  }
  world.operations.finish(operationId, { status: "Succeeded" });
}

function groupsOf(groups: readonly Json[]): Groups {
  const idsOf = (type: GroupType) =>
    groups.filter((group) => text(group, "type") === type).flatMap((group) => array(group, "ids").map(String));
  const unknown = groups.find((group) => !groupTypes.includes(text(group, "type") as GroupType));
  if (unknown) throw new AzureError(400, "InvalidParameter", "The type of a sharing group is invalid.");
  const found = { Subscriptions: idsOf("Subscriptions"), AADTenants: idsOf("AADTenants") };
  const wrong = [...found.Subscriptions, ...found.AADTenants].find((id) => !isGuid(id));
  if (wrong !== undefined) throw new AzureError(400, "InvalidParameter", `'${wrong}' is not a GUID.`);
  return found;
}

function changed(standing: Groups, operationType: string, asked: Groups): Groups {
  const change = (type: GroupType): readonly string[] => {
    const named = new Set(asked[type].map((id) => id.toLowerCase()));
    const others = standing[type].filter((id) => !named.has(id.toLowerCase()));
    return operationType === "Reset" ? [] : operationType === "Remove" ? others : [...others, ...named];
  };
  return { Subscriptions: change("Subscriptions"), AADTenants: change("AADTenants") };
}

function refuseTooMany(groups: Groups): void {
  const full = groupTypes.find((type) => groups[type].length > most[type]);
  if (full)
    throw new AzureError(
      400,
      "InvalidParameter",
      `A gallery can be shared with at most ${most.Subscriptions} subscriptions and ${most.AADTenants} tenants.`,
    );
}

const shown = (groups: Groups): JsonObject[] =>
  groupTypes.flatMap((type) => (groups[type].length > 0 ? [asJson({ type, ids: groups[type] })] : []));
