import { normalize, parentId, parseId, resourceGroupId } from "./armId.ts";
import type { TemplateBody } from "./facts.ts";
import { storageAccountNames, templateRequirements } from "./requirements.ts";
import {
  definitionOf,
  galleryOf,
  sourceOf,
  stagingGroupOf,
  targetsOf,
  templateIdentityIds,
  vmIdentityIds,
  vnetConfigOf,
} from "./templateBody.ts";

/** What must be read before a template can be planned. Only ids that ARM could have written are asked for. */
export interface FactsWanted {
  /** The template's identity first, then the build VM's. */
  readonly identityIds: readonly string[];
  /** Resources to look up for `Facts.targets`. */
  readonly scopes: readonly string[];
  readonly subnetIds: readonly string[];
  /** An image version, perhaps `…/versions/latest`, to resolve. */
  readonly sourceVersionId?: string;
  /** Scopes at which the identity's assignments are to be listed (with `atScope() and assignedTo(…)`). */
  readonly grantScopes: readonly string[];
  /** Resource provider namespaces whose registration matters. */
  readonly providers: readonly string[];
  /** Names of storage accounts whose ids are needed (`Facts.storageAccounts`). */
  readonly storageAccountNames: readonly string[];
}

/** Providers that every build uses (image-builder.md §4). */
export const neededProviders: readonly string[] = [
  "Microsoft.Compute",
  "Microsoft.ContainerInstance",
  "Microsoft.KeyVault",
  "Microsoft.Network",
  "Microsoft.Storage",
  "Microsoft.VirtualMachineImages",
];

/** Which facts a plan for this template needs; `storageAccounts`, where already resolved, add their containers to `grantScopes`. */
export function factsWanted(
  template: { readonly id: string; readonly body: TemplateBody },
  storageAccounts: Readonly<Record<string, string>> = {},
): FactsWanted {
  const { body } = template;
  const source = sourceOf(body);
  const { subnetId, containerInstanceSubnetId } = vnetConfigOf(body);
  const subnetIds = distinct([subnetId, containerInstanceSubnetId]);
  const sourceVersionId = source.kind === "SharedImageVersion" ? source.imageVersionId : undefined;
  return {
    identityIds: distinct([...templateIdentityIds(body), ...vmIdentityIds(body)]),
    scopes: lookedUp(template, subnetIds, Object.values(storageAccounts)),
    subnetIds,
    ...(sourceVersionId === undefined || parseId(sourceVersionId) === undefined ? {} : { sourceVersionId }),
    grantScopes: grantScopes(body, storageAccounts),
    providers: neededProviders,
    storageAccountNames: storageAccountNames(body),
  };
}

function lookedUp(
  template: { readonly id: string; readonly body: TemplateBody },
  subnetIds: readonly string[],
  accounts: readonly string[],
): readonly string[] {
  const { body } = template;
  const source = sourceOf(body);
  const images = targetsOf(body).flatMap((target) => {
    if (target.kind === "ManagedImage") return [resourceGroupId(target.imageId)];
    return target.kind === "SharedImage" ? galleryChain(target.galleryImageId) : [];
  });
  return distinct([
    resourceGroupId(template.id),
    ...(source.kind === "ManagedImage" ? [source.imageId] : []),
    ...(source.kind === "SharedImageVersion" ? galleryChain(source.imageVersionId) : []),
    ...images,
    ...subnetIds.map((id) => parentId(id)),
    stagingGroupOf(body),
    ...templateIdentityIds(body),
    ...vmIdentityIds(body),
    ...accounts,
  ]);
}

function galleryChain(imageId: string): readonly (string | undefined)[] {
  const definition = definitionOf(imageId);
  return [definition, galleryOf(definition), resourceGroupId(definition)];
}

// Asked with every right that any setting could add, so that one reading serves both requirement sets.
function grantScopes(body: TemplateBody, storageAccounts: Readonly<Record<string, string>>): readonly string[] {
  const widest = templateRequirements(body, {
    principalId: "",
    environment: "",
    roleSubscriptionId: "",
    requirementSet: "documented",
    stagingGroupExists: true,
    storageAccounts,
  });
  return distinct(widest.map((need) => need.scope));
}

function distinct(ids: readonly (string | undefined)[]): readonly string[] {
  const known = new Map<string, string>();
  for (const id of ids)
    if (id !== undefined && parseId(id) !== undefined && !known.has(normalize(id))) known.set(normalize(id), id);
  return [...known.values()];
}
