import { lastSegment, sameId, within } from "../shared/decide/armId.ts";
import { type Access, offerImage } from "../shared/decide/gallery/offer.ts";
import {
  type Grantee,
  grantedTo,
  openedBy,
  type Share,
  type SharingFacts,
  shareCommand,
  shareOf,
} from "../shared/decide/gallery/share.ts";
import { sharingRoles } from "../shared/decide/permissions/roles.ts";
import type { GrantFacts } from "../shared/decide/planning/facts.ts";
import { fenceProblem } from "../shared/decide/planning/fence.ts";
import { galleryOf } from "../shared/decide/template/templateBody.ts";
import { type Problem, Refused } from "../shared/problem.ts";
import type { ShareRecord, StandingShare } from "../shared/sharing.ts";
import type { LedgerEntry } from "../shared/store/store.ts";
import type { Deps } from "./activities/deps.ts";
import { grantEntryId, ledgerId } from "./effects.ts";

const folder = "shares/";
const shareDocument = (id: string) => `${folder}${id}.json`;
const prefix = "share-";

/** The id of a share: the same for the same effect, so that sharing twice is sharing once. */
export const shareId = (share: Share): string => `${prefix}${ledgerId(share)}`;
/** Where the ledger keeps what a share did. */
export const shareEntry = (id: string): string => id.slice(prefix.length);

/** The effect of a share as it was asked for. */
export const effectOf = ({ imageId, with: grantee }: Pick<ShareRecord, "imageId" | "with">): Share =>
  shareOf(imageId, grantee);

export const writeShare = ({ store }: Deps, record: ShareRecord): Promise<void> =>
  store.documents.put(shareDocument(record.id), record);

/** What was asked for under an id. */
export const readRecord = ({ store }: Deps, id: string): Promise<ShareRecord | undefined> =>
  store.documents.get<ShareRecord>(shareDocument(id));

/** A share as it stands by the ledger: undoing everything takes shares back too. */
export async function readShare(deps: Deps, id: string): Promise<StandingShare | undefined> {
  const record = await readRecord(deps, id);
  return record && standing(deps, record, await deps.store.ledger.get(shareEntry(id)));
}

function standing({ settings }: Deps, record: ShareRecord, entry: LedgerEntry | undefined): StandingShare {
  const { ended, ...shown } = record;
  if (!ended) return { ...shown, state: "sharing" };
  if (entry?.state === "stood") return { ...shown, state: "stood" };
  if (entry?.state !== "made") return { ...shown, state: shown.problem ? "refused" : "removed" };
  // The operator may have taken somebody off the list since.
  const outside = shown.problem ?? fenceProblem(effectOf(record), settings.policy);
  return { ...shown, state: "shared", ...(outside ? { problem: outside } : {}) };
}

/** Every share that was asked for, oldest first. */
export async function readShares(deps: Deps): Promise<readonly StandingShare[]> {
  const { store } = deps;
  const names = await store.documents.list(folder);
  if (names.length === 0) return [];
  const entries = new Map((await store.ledger.list()).map((entry) => [entry.id, entry]));
  const records = await Promise.all(names.map((name) => store.documents.get<ShareRecord>(name)));
  return records
    .flatMap((record) => (record ? [standing(deps, record, entries.get(shareEntry(record.id)))] : []))
    .toSorted((a, b) => (a.at < b.at ? -1 : 1));
}

/** What is in the way of a share before anything is read: the fence, the kill switch of advising. */
export function shareProblem({ settings }: Deps, share: Share, mode = settings.policy.mode): Problem | undefined {
  return fenceProblem(share, settings.policy) ?? (mode === "advise" ? adviseOnly(share) : undefined);
}

const adviseOnly = (share: Share): Problem => ({
  code: "AdviseOnly",
  title: "This Goldsmith advises only: it shares nothing itself",
  status: 409,
  scope: openedBy(share),
  principalId: grantedTo(share),
  fix: [`Have somebody who may share it: ${shareCommand(share, "add")}`],
});

/** The gallery around an image, and the image itself, are there, as read back; refuses otherwise. */
export async function existingGallery({ azure }: Deps, imageId: string) {
  const gallery = await azure.readSharing(galleryOf(imageId));
  const isThere = gallery && (sameId(gallery.id, imageId) || (await azure.readOffers(imageId)).length > 0);
  if (!isThere) throw new Refused(noImage(imageId));
  return gallery;
}

/** Ready commands for whom it was shared with, one set for each image; none where nothing is left to use. */
export async function waysToUse({ azure }: Deps, share: Share, grantee: Grantee) {
  const scope = openedBy(share);
  const [offers, gallery] = await Promise.all([azure.readOffers(scope), azure.readSharing(galleryOf(scope))]);
  const access: Access = {
    ...(share.kind === "shareGallery" && gallery ? { sharedAs: gallery.uniqueName } : {}),
    ...("homeTenantId" in grantee && grantee.homeTenantId
      ? { tenants: { image: await azure.ownTenantId(), machine: grantee.homeTenantId } }
      : {}),
  };
  return offers.slice(0, mostOffers).map((offer) => offerImage(offer, access));
}

/** Images of a gallery that commands are shown for: more make an answer that nobody reads. */
const mostOffers = 10;

/** A share that Goldsmith did not make: who, where, and how somebody who may takes it back. */
export interface ForeignShare {
  readonly imageId: string;
  readonly with: { readonly principalId: string; readonly role: string } | Exclude<Grantee, { principalId: string }>;
  readonly command: string;
}

/** Everything that lets somebody use an image: own shares, and what others made; by the two roles (there, above and below), and directly. */
export async function sharesAround(
  deps: Deps,
  imageId: string,
  all: readonly StandingShare[],
): Promise<{ readonly own: readonly StandingShare[]; readonly foreign: readonly ForeignShare[] }> {
  const [gallery, readers] = await Promise.all([existingGallery(deps, imageId), deps.azure.readersOf(imageId)]);
  const own = all.filter((share) => within(share.imageId, imageId) || within(imageId, share.imageId));
  const ours = new Set(own.filter(({ state }) => state === "shared").map(({ id }) => id));
  const found = [...readers.map(byRole), ...directly(gallery)];
  return { own, foreign: found.filter(([id]) => !ours.has(id)).map(([, foreign]) => foreign) };
}

type Found = readonly [shareId: string, foreign: ForeignShare];

function byRole(grant: GrantFacts): Found {
  const { id, scope, principalId } = grant;
  const role = lastSegment(grant.roleDefinitionId).toLowerCase();
  const name = sharingRoles.find((one) => one.id === role)?.name ?? "";
  const foreign = {
    imageId: scope,
    with: { principalId, role: name },
    command: `az role assignment delete --ids '${id}'`,
  };
  return [`${prefix}${grantEntryId({ scope, name: lastSegment(id) })}`, foreign];
}

function directly({ id: galleryId, groups }: SharingFacts): readonly Found[] {
  return (["Subscriptions", "AADTenants"] as const).flatMap((group) =>
    groups[group].map((id): Found => {
      const share = { kind: "shareGallery", galleryId, group, id: id.toLowerCase() } as const;
      const whom = group === "Subscriptions" ? { subscriptionId: id } : { tenantId: id };
      return [shareId(share), { imageId: galleryId, with: whom, command: shareCommand(share, "remove") }];
    }),
  );
}

/** How somebody who may takes a share back that is not ours; undefined where it is ours, or gone. */
export async function foreignCommand({ azure }: Deps, asked: StandingShare): Promise<string | undefined> {
  if (asked.state !== "stood") return undefined;
  const share = effectOf(asked);
  if (share.kind === "shareGallery") return shareCommand(share, "remove");
  const readers = await azure.readersOf(share.scope);
  const grant = readers.find(
    ({ scope, principalId, roleDefinitionId }) =>
      sameId(scope, share.scope) &&
      sameId(principalId, share.principalId) &&
      sameId(lastSegment(roleDefinitionId), lastSegment(share.roleDefinitionId)),
  );
  return grant && byRole(grant)[1].command;
}

export const noShare = (id: string): Problem => ({
  code: "ShareNotFound",
  title: "There is no share of that id",
  detail: id.slice(0, 100),
  status: 404,
  fix: ["GET /api/shares lists those there are"],
});

const noImage = (scope: string): Problem => ({
  code: "ImageNotFound",
  title: "There is no such gallery, image definition or version, or it may not be read",
  status: 404,
  scope,
  fix: ["Check the id: …/galleries/{gallery}, …/images/{image} or …/versions/{version}"],
});
