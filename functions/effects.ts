import { createHash } from "node:crypto";
import { normalize } from "../shared/decide/armId.ts";
import { type Effect, isShare, openedBy } from "../shared/decide/gallery/share.ts";
import type { Deps } from "./activities/deps.ts";

/** How long (ms) one piece of work may keep others out before its lease runs out. */
const leaseMs = 120_000;

/** Whether an effect gives somebody a right: what the kill switch stops, and an undo of grants takes back. */
export const isGrant = (change: Effect): boolean => change.kind === "assignRole" || isShare(change);

/** Where the ledger keeps a change: the same effect has the same entry, whoever asks for it and however often. */
export const ledgerId = (change: Effect): string => digest(essence(change));

/** Where the ledger keeps the grant of that name. */
export const grantEntryId = (grant: { readonly scope: string; readonly name: string }): string =>
  digest(grantEssence(grant));

const digest = (text: string) => createHash("sha256").update(text.toLowerCase()).digest("hex").slice(0, 32);

const grantEssence = ({ scope, name }: { readonly scope: string; readonly name: string }) =>
  `assignRole|${scope}|${name}`;

function essence(change: Effect): string {
  switch (change.kind) {
    case "assignRole":
    case "shareImage":
      return grantEssence(change);
    case "shareGallery":
      return `${change.kind}|${change.galleryId}|${change.group}|${change.id}`;
    case "setSubnetPolicy":
      return `${change.kind}|${change.subnetId}|${change.property}`;
    case "delegateSubnet":
      return `${change.kind}|${change.subnetId}|${change.serviceName}`;
    case "addSecurityRule":
      return `${change.kind}|${change.nsgId}|${change.rule.name}`;
    case "ensureRoleDefinition":
      return `${change.kind}|${change.roleDefinitionId}`;
    case "registerProvider":
      return `${change.kind}|${change.subscriptionId}|${change.namespace}`;
  }
}

/** A change as a timeline tells it. */
export function sentence(change: Effect): string {
  switch (change.kind) {
    case "assignRole":
      return `role ${change.roleKey} for ${change.principalId} at ${change.scope}`;
    case "shareImage":
      return `${openedBy(change)} for ${change.principalType} ${change.principalId}`;
    case "shareGallery":
      return `${openedBy(change)} for everybody of ${change.group === "Subscriptions" ? "subscription" : "tenant"} ${change.id}`;
    case "setSubnetPolicy":
      return `${change.property} ${change.value} on ${change.subnetId}`;
    case "delegateSubnet":
      return `delegation of ${change.subnetId} to ${change.serviceName}`;
    case "addSecurityRule":
      return `rule ${change.rule.name} (priority ${change.rule.priority}) in ${change.nsgId}`;
    case "ensureRoleDefinition":
      return `definition of the role ${change.content.roleName}`;
    case "registerProvider":
      return `registration of ${change.namespace} in ${change.subscriptionId}`;
  }
}

/** The resource that Azure locks while a change is made; one edit at a time, or Azure drops or cancels one of two (rbac-network-arm.md §5.3). */
export function editedResource(change: Effect): string | undefined {
  if (change.kind === "addSecurityRule") return change.nsgId;
  if (change.kind === "shareGallery") return change.galleryId;
  if (change.kind === "setSubnetPolicy" || change.kind === "delegateSubnet")
    return change.subnetId.replace(/\/subnets\/[^/]+$/i, "");
  return undefined;
}

/** Keeps a resource to one holder across builds and instances until `letGo` or two minutes; throws while somebody else has it. */
export async function hold({ store }: Deps, resourceId: string, holder: string): Promise<void> {
  const lease = await store.leases.acquire(editLease(resourceId), holder, leaseMs);
  if (!lease) throw new Error(`another build edits ${resourceId}`);
}

export const letGo = ({ store }: Deps, resourceId: string, holder: string): Promise<void> =>
  store.leases.release(editLease(resourceId), holder);

/** Runs `work` on a resource that nobody else edits meanwhile: image versions and definitions have no ETags, and tags are replaced as a whole. */
export async function alone<T>(deps: Deps, resourceId: string, holder: string, work: () => Promise<T>): Promise<T> {
  await hold(deps, resourceId, holder);
  try {
    return await work();
  } finally {
    await letGo(deps, resourceId, holder);
  }
}

const editLease = (resourceId: string) => `edit/${normalize(resourceId)}`;

/** Runs `work` while nobody else works on this entry of the ledger: who takes back and who comes to use it must not miss each other. */
export async function withEntry<T>(
  { store }: Deps,
  entryId: string,
  holder: string,
  work: () => Promise<T>,
): Promise<T> {
  const name = `ledger/${entryId}`;
  if (!(await store.leases.acquire(name, holder, leaseMs)))
    throw new Error(`somebody else works on ledger entry ${entryId}`);
  try {
    return await work();
  } finally {
    await store.leases.release(name, holder);
  }
}
