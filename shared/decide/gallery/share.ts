import type { Problem } from "../../problem.ts";
import { lastSegment, parseId, sameId, typeOf } from "../armId.ts";
import { assignmentName, sharingRoles } from "../permissions/roles.ts";
import type { Change } from "../planning/plan.ts";
import { definitionOf, galleryOf } from "../template/templateBody.ts";

/** What Azure tells principals of a tenant apart by; it believes nobody who names another type than the directory. */
export const principalTypes = ["User", "Group", "ServicePrincipal"] as const;

/** Somebody in the gallery's tenant who gets a role. */
export interface Principal {
  readonly principalId: string;
  readonly principalType: (typeof principalTypes)[number];
  /** Name of a role of `sharing` in `infra/roles.json`; the narrower one where absent. */
  readonly role?: string;
  /** Where his machines are, if that is another tenant: guests, and apps of several tenants. */
  readonly homeTenantId?: string;
}

/** Whom images are shared with: by a role, or directly with everybody of a subscription or tenant, who then may use the whole gallery. */
export type Grantee = Principal | { readonly subscriptionId: string } | { readonly tenantId: string };

/** An effect of sharing; in the ledger beside what plans change. */
export type Share =
  | {
      readonly kind: "shareImage";
      /** Name of the assignment: GUID from scope, principal and role. */
      readonly name: string;
      /** A gallery, a definition or a version. */
      readonly scope: string;
      readonly principalId: string;
      readonly principalType: Principal["principalType"];
      readonly roleDefinitionId: string;
    }
  | {
      readonly kind: "shareGallery";
      readonly galleryId: string;
      readonly group: "Subscriptions" | "AADTenants";
      /** Of the subscription or tenant. */
      readonly id: string;
    };

/** What the ledger keeps: a change of a plan, or a share. */
export type Effect = Change | Share;

/** Whether an effect is a share and no change of a plan. */
export const isShare = (effect: Effect): effect is Share =>
  effect.kind === "shareImage" || effect.kind === "shareGallery";

/** What a build is to share of what it publishes, and how much of it. */
export interface BuildShare extends Principal {
  readonly scope: "definition" | "version";
}

/** How many a gallery can be shared with directly (share-gallery-direct.md, "Limitations"). */
export const mostGroups = { Subscriptions: 30, AADTenants: 5 } as const;

const levels = {
  "microsoft.compute/galleries": "gallery",
  "microsoft.compute/galleries/images": "definition",
  "microsoft.compute/galleries/images/versions": "version",
} as const;

/** Whether an id names a gallery, an image definition or a version; undefined for anything else. */
export function levelOf(id: string): "gallery" | "definition" | "version" | undefined {
  return levels[typeOf(id) as keyof typeof levels];
}

/** The effect that shares an image (or gallery) with somebody; a subscription or tenant gets the gallery around it. */
export function shareOf(imageId: string, grantee: Grantee): Share {
  const galleryId = galleryOf(imageId);
  if ("subscriptionId" in grantee)
    return { kind: "shareGallery", galleryId, group: "Subscriptions", id: grantee.subscriptionId.toLowerCase() };
  if ("tenantId" in grantee)
    return { kind: "shareGallery", galleryId, group: "AADTenants", id: grantee.tenantId.toLowerCase() };
  const { principalId, principalType, role } = grantee;
  const { id } = sharingRoles.find(({ name }) => name === role) ?? sharingRoles[0]!;
  const roleDefinitionId = `/subscriptions/${parseId(imageId)?.subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${id}`;
  const name = assignmentName(imageId, principalId, roleDefinitionId);
  return { kind: "shareImage", name, scope: imageId, principalId, principalType, roleDefinitionId };
}

/** What a share opens: a gallery, or by RBAC also a definition or a version. */
export const openedBy = (share: Share): string => (share.kind === "shareImage" ? share.scope : share.galleryId);
/** Whom a share is for: the id that the fence's `shareWith` has to name. */
export const grantedTo = (share: Share): string => (share.kind === "shareImage" ? share.principalId : share.id);

/** How far a share reaches, and what would be better where there is something better (share-gallery.md: "We recommend sharing at the Gallery level", "We don't recommend sharing individual image versions"). */
export function adviceOn(share: Share): string {
  if (share.kind === "shareGallery")
    return `Everybody in that ${share.group === "Subscriptions" ? "subscription" : "tenant"} may use every image of the gallery, also those to come, by its shared id. Direct sharing is in preview: where a few are meant, share with them (or a group of them) by role.`;
  return share.principalType === "Group"
    ? `${reachOf(share.scope)} It works within ten minutes; for managed identities in the group it may take a day, so share with them themselves.`
    : `${reachOf(share.scope)} It works within ten minutes.`;
}

function reachOf(scope: string): string {
  switch (levelOf(scope)) {
    case "version":
      return "This version only: the next one needs a share of its own, latest cannot be used, and the right goes with the version. Share the definition for every version of it, or the gallery, as Microsoft recommends.";
    case "definition":
      return "Every version of this image, also those to come, and latest. Microsoft recommends the gallery: it is one share for all its images.";
    default:
      return "Every image of the gallery, also those to come; Microsoft recommends this scope. Who is meant to have one image only is given its definition.";
  }
}

/** What somebody who may would type to share, or to take a share back. */
export function shareCommand(share: Share, what: "add" | "remove"): string {
  if (share.kind === "shareGallery") {
    const { subscriptionId = "", resourceGroup = "" } = parseId(share.galleryId) ?? {};
    const whom = share.group === "Subscriptions" ? "--subscription-ids" : "--tenant-ids";
    return `az sig share ${what} --gallery-name ${lastSegment(share.galleryId)} --resource-group '${resourceGroup}' --subscription ${subscriptionId} ${whom} ${share.id}`;
  }
  const { name, scope, principalId, principalType, roleDefinitionId } = share;
  return what === "add"
    ? `az role assignment create --role ${lastSegment(roleDefinitionId)} --assignee-object-id ${principalId} --assignee-principal-type ${principalType} --scope '${scope}'`
    : `az role assignment delete --ids '${scope}/providers/Microsoft.Authorization/roleAssignments/${name}'`;
}

/** A gallery as far as sharing it goes. */
export interface SharingFacts {
  readonly id: string;
  /** What shared ids call it. */
  readonly uniqueName: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly permissions: string;
  readonly groups: Readonly<Record<"Subscriptions" | "AADTenants", readonly string[]>>;
  /** No change of it is under way. */
  readonly settled: boolean;
}

/** Whether a gallery is shared with that subscription or tenant already. */
export const hasGroup = ({ groups }: SharingFacts, { group, id }: Extract<Share, { kind: "shareGallery" }>): boolean =>
  groups[group].some((one) => one.toLowerCase() === id.toLowerCase());

/** Why Azure would not share a gallery directly: it was not made for that, or is shared with as many as there can be. */
export function directProblem(facts: SharingFacts, share: Share): Problem | undefined {
  if (share.kind === "shareImage") return undefined;
  const scope = facts.id;
  if (facts.permissions !== "Groups")
    return {
      code: "GalleryNotShareable",
      title: "The gallery was not made to be shared directly",
      detail: `Its sharingProfile.permissions is ${facts.permissions}, which cannot be changed.`,
      scope,
      status: 409,
      fix: [
        "Share with a group of people or a service principal by role instead",
        "Or publish into a new gallery: az sig create --permissions groups",
      ],
    };
  const most = mostGroups[share.group];
  if (hasGroup(facts, share) || facts.groups[share.group].length < most) return undefined;
  return {
    code: "ShareLimitReached",
    title: `A gallery can be shared with ${most} ${share.group === "Subscriptions" ? "subscriptions" : "tenants"}, and this one is`,
    scope,
    status: 409,
    fix: ["Take a share back that nobody needs", "Or share with a tenant as a whole, or by role"],
  };
}

/** The shares of what a build published. */
export function buildShares(
  versionIds: readonly string[],
  wanted: readonly BuildShare[],
): readonly (readonly [imageId: string, grantee: Principal])[] {
  const all = versionIds.flatMap((id) =>
    wanted.map(({ scope, ...grantee }) => [scope === "version" ? id : definitionOf(id), grantee] as const),
  );
  const same = ([a, x]: (typeof all)[number], [b, y]: (typeof all)[number]) =>
    sameId(a, b) && x.principalId.toLowerCase() === y.principalId.toLowerCase() && x.role === y.role;
  return all.filter((one, index) => all.findIndex((other) => same(one, other)) === index);
}
