import { parentId, parseId, resourceGroupId } from "../armId.ts";
import { topologyOf } from "../network/topology.ts";
import type { TemplateBody } from "../planning/facts.ts";
import type { BlobUri } from "../template/blobUri.ts";
import { parseBlobUri } from "../template/blobUri.ts";
import {
  definitionOf,
  galleryOf,
  remoteFilesOf,
  sourceOf,
  stagingGroupOf,
  type Target,
  targetsOf,
  vmIdentityIds,
  vnetConfigOf,
} from "../template/templateBody.ts";
import { measured } from "./measured.ts";
import { type RequirementContext, type RequirementDraft, requirement, shownBy, sources } from "./requirement.ts";

/** Every right that a template needs, each at the narrowest scope Azure accepts, in a stable order (image-builder.md §3.2). Parts of a body that are not understood, or ids that are none, need nothing here: the plan blocks them. */
export function templateRequirements(body: TemplateBody, context: RequirementContext): readonly RequirementDraft[] {
  return [
    ...sourceNeeds(body, context),
    ...targetsOf(body).flatMap((target) => targetNeeds(target, context)),
    ...networkNeeds(body, context),
    ...stagingNeeds(body, context),
    ...identityNeeds(body, context),
    ...fileNeeds(body, context),
  ];
}

function sourceNeeds(body: TemplateBody, context: RequirementContext): readonly RequirementDraft[] {
  const source = sourceOf(body);
  if (source.kind === "ManagedImage" && parseId(source.imageId) !== undefined)
    return [
      requirement(context, {
        id: "source/image",
        scope: source.imageId,
        roleKey: "imageReader",
        because: "the source is a managed image",
        source: sources.permissions,
        neededAt: "submission",
      }),
    ];
  if (source.kind !== "SharedImageVersion" || parseId(source.imageVersionId) === undefined) return [];
  return [
    requirement(context, {
      id: "source/gallery",
      scope: galleryOf(source.imageVersionId),
      roleKey: "galleryReader",
      because: "the source is an image version of this gallery",
      source: sources.permissions,
      neededAt: "submission",
    }),
  ];
}

function targetNeeds(target: Target, context: RequirementContext): readonly RequirementDraft[] {
  const place = `distribute/${target.index}`;
  switch (target.kind) {
    case "ManagedImage":
      return imageWriter(
        context,
        `${place}/images`,
        target.imageId,
        `distribute[${target.index}] writes a managed image`,
      );
    case "SharedImage":
      return galleryNeeds(target.galleryImageId, target.index, context);
    case "VHD":
      return target.uri === undefined ? [] : vhdNeeds(target.uri, place, context);
    case "unknown":
      return [];
  }
}

function galleryNeeds(imageId: string, index: number, context: RequirementContext): readonly RequirementDraft[] {
  if (parseId(imageId) === undefined) return [];
  const gallery = galleryOf(definitionOf(imageId));
  const publisher = requirement(context, {
    id: `distribute/${index}/gallery`,
    scope: gallery,
    roleKey: "galleryPublisher",
    because: `distribute[${index}] publishes into this gallery`,
    source: sources.permissions,
    neededAt: "submission",
  });
  const found = measured(context.evidence, "galleryNeedsImagesRights");
  // What was measured outweighs what others were seen to do without; what documents ask for stays, with what was found.
  if (context.requirementSet === "minimal" && found?.answer !== true) return [publisher];
  // The documents also list images/* for an intermediate image; Microsoft's own modules do without (image-builder.md §11).
  const because = `the documents list it for gallery output, for an intermediate image of distribute[${index}]`;
  const shown = shownBy(context.evidence, found);
  return [publisher, ...imageWriter(context, `distribute/${index}/images`, gallery, because, shown)];
}

function imageWriter(
  context: RequirementContext,
  id: string,
  near: string,
  because: string,
  shown?: ReturnType<typeof shownBy>,
) {
  const scope = resourceGroupId(near);
  if (scope === undefined) return [];
  const need = {
    id,
    scope,
    roleKey: "imageWriter",
    because,
    source: sources.permissions,
    ...(shown ? { measured: shown } : {}),
  };
  return [requirement(context, { ...need, neededAt: "distribution" })];
}

const blob = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs";

function vhdNeeds(uri: string, place: string, context: RequirementContext): readonly RequirementDraft[] {
  const scope = containerScope(parseBlobUri(uri), context);
  if (scope === undefined) return [];
  return [
    requirement(context, {
      id: `${place}/vhd`,
      scope,
      roleKey: "storageBlobDataContributor",
      because: "a VHD is written to this container; no document says which right that takes",
      source: sources.template,
      evidence: "assumed",
      dataActions: [`${blob}/read`, `${blob}/write`, `${blob}/add/action`],
      neededAt: "distribution",
    }),
  ];
}

function networkNeeds(body: TemplateBody, context: RequirementContext): readonly RequirementDraft[] {
  const { subnetId, containerInstanceSubnetId } = vnetConfigOf(body);
  const vnet = subnetId === undefined || parseId(subnetId) === undefined ? undefined : parentId(subnetId);
  if (vnet === undefined) return [];
  const both = containerInstanceSubnetId !== undefined;
  const joiner = requirement(context, {
    id: "network/subnets",
    scope: vnet,
    roleKey: "subnetJoiner",
    because: both
      ? "build VM and build container join subnets of this virtual network"
      : "the build VM joins a subnet of this virtual network",
    source: both ? sources.isolated : sources.permissions,
    neededAt: "run",
  });
  const plans = (context.ddosPlanIds ?? []).map((scope, index) =>
    requirement(context, {
      id: `network/ddosPlan/${index}`,
      scope,
      roleKey: "ddosPlanJoiner",
      because: "the virtual network has a DDoS protection plan",
      source: sources.troubleshooting,
      neededAt: "run",
    }),
  );
  return [joiner, ...plans];
}

function stagingNeeds(body: TemplateBody, context: RequirementContext): readonly RequirementDraft[] {
  const scope = stagingGroupOf(body);
  // A group that does not exist is made by the service, which then gives the identity its rights there.
  if (scope === undefined || parseId(scope) === undefined || context.stagingGroupExists !== true) return [];
  const need = { scope, roleKey: "contributor", source: sources.template, actions: ["*"] };
  const own = requirement(context, {
    ...need,
    id: "staging/group",
    because: "the template brings its own staging resource group",
    neededAt: "submission",
  });
  const proxied = topologyOf(body) === "buildSubnetOnly" && context.osType !== "Linux";
  if (!proxied || context.imageBuilderPrincipalId === undefined) return [own];
  const service = requirement(context, {
    ...need,
    id: "staging/service",
    principalId: context.imageBuilderPrincipalId,
    because: "for Windows in an existing subnet the service itself writes the proxy's disk into the own staging group",
    neededAt: "run",
  });
  return [own, service];
}

function identityNeeds(body: TemplateBody, context: RequirementContext): readonly RequirementDraft[] {
  const provider = "Microsoft.ManagedIdentity/userAssignedIdentities";
  return vmIdentityIds(body)
    .filter((id) => parseId(id) !== undefined)
    .map((scope, index) =>
      requirement(context, {
        id: `vmIdentity/${index}`,
        scope,
        roleKey: "managedIdentityOperator",
        because: "the build VM gets this identity",
        source: sources.template,
        actions: [`${provider}/read`, `${provider}/assign/action`],
        neededAt: "run",
      }),
    );
}

function fileNeeds(body: TemplateBody, context: RequirementContext): readonly RequirementDraft[] {
  const scopes = blobsOf(body).map((place) => containerScope(place, context));
  const distinct = [...new Set(scopes.filter((scope) => scope !== undefined))].sort();
  return distinct.map((scope) =>
    requirement(context, {
      id: `files/${scope.split("/").at(8)}/${scope.split("/").at(-1)}`,
      scope,
      roleKey: "storageBlobDataReader",
      because: "scripts or files are fetched from this container when the template is submitted",
      source: sources.permissions,
      dataActions: [`${blob}/read`],
      neededAt: "submission",
    }),
  );
}

/** Places in Azure Storage that a body's scripts and files are fetched from with the identity's rights (not by a signature in the address). */
export function blobsOf(body: TemplateBody): readonly BlobUri[] {
  const places = remoteFilesOf(body).flatMap((file) => parseBlobUri(file.uri) ?? []);
  return places.filter((place) => !place.signed);
}

/** Names of the storage accounts whose ids are needed to plan a body's rights. */
export function storageAccountNames(body: TemplateBody): readonly string[] {
  const vhds = targetsOf(body).flatMap((target) => (target.kind === "VHD" ? [parseBlobUri(target.uri ?? "")] : []));
  const names = [...blobsOf(body), ...vhds].flatMap((place) => (place === undefined ? [] : [place.account]));
  return [...new Set(names)].sort();
}

function containerScope(place: BlobUri | undefined, context: RequirementContext): string | undefined {
  const account = place === undefined ? undefined : context.storageAccounts?.[place.account];
  return account === undefined ? undefined : `${account}/blobServices/default/containers/${place?.container}`;
}
