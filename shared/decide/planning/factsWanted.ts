import { normalize, parentId, parseId, resourceGroupId } from "../armId.ts";
import { storageAccountNames, templateRequirements } from "../permissions/requirements.ts";
import {
  definitionOf,
  galleryOf,
  sourceOf,
  stagingGroupOf,
  targetsOf,
  templateIdentityIds,
  vmIdentityIds,
  vnetConfigOf,
} from "../template/templateBody.ts";
import type { TemplateBody } from "./facts.ts";

/** What must be read before a template can be planned. Only ids that ARM could have written are asked for. */
export interface FactsWanted {
  /** The template's identity first, then the build VM's. */
  readonly identityIds: readonly string[];
  /** Resources to look up for `Facts.targets`. */
  readonly scopes: readonly string[];
  /** Groups and galleries around them: what is in them shows that they are there; only their tags are their own. */
  readonly containers: readonly string[];
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
    ...lookedUp(template, subnetIds, Object.values(storageAccounts)),
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
): Pick<FactsWanted, "scopes" | "containers"> {
  const { body } = template;
  const source = sourceOf(body);
  const targets = targetsOf(body);
  const definitions = [
    ...(source.kind === "SharedImageVersion" ? [source.imageVersionId] : []),
    ...targets.flatMap((target) => (target.kind === "SharedImage" ? [target.galleryImageId] : [])),
  ].map(definitionOf);
  const scopes = distinct([
    ...(source.kind === "ManagedImage" ? [source.imageId] : []),
    ...definitions,
    ...targets.map((target) => (target.kind === "ManagedImage" ? resourceGroupId(target.imageId) : undefined)),
    ...subnetIds.map((id) => parentId(id)),
    stagingGroupOf(body),
    ...templateIdentityIds(body),
    ...vmIdentityIds(body),
    ...accounts,
  ]);
  const around = definitions.flatMap((id) => [galleryOf(id), resourceGroupId(id)]);
  const known = new Set(scopes.map(normalize));
  const containers = distinct([resourceGroupId(template.id), ...around]).filter((id) => !known.has(normalize(id)));
  return { scopes, containers };
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
