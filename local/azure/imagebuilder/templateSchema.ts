import { flag, type Members, member, objectShape, readOnly, type Shape, tagMap, text, texts, whole } from "./schema.ts";
import { customizer, source, validator } from "./scriptSchema.ts";

const storageAccountType: Shape = { kind: "oneOf", values: ["Standard_LRS", "Standard_ZRS", "Premium_LRS"] };

const versioning: Shape = {
  kind: "union",
  go: "DistributeVersioner",
  common: {},
  variants: {
    Latest: { go: "DistributeVersionerLatest", members: { major: member(whole) } },
    Source: { go: "DistributeVersionerSource", members: {} },
  },
};

const targetRegion = objectShape("TargetRegion", {
  name: member(text),
  replicaCount: member(whole),
  storageAccountType: member(storageAccountType),
});

/** The `distribute` array of a template. */
const distribute: Shape = {
  kind: "list",
  of: {
    kind: "union",
    go: "ImageTemplateDistributor",
    common: { runOutputName: member(text), artifactTags: member(tagMap) },
    variants: {
      ManagedImage: {
        go: "ImageTemplateManagedImageDistributor",
        members: { imageId: member(text), location: member(text) },
      },
      SharedImage: {
        go: "ImageTemplateSharedImageDistributor",
        members: {
          galleryImageId: member(text),
          replicationRegions: member(texts),
          excludeFromLatest: member(flag),
          storageAccountType: member(storageAccountType),
          targetRegions: member({ kind: "list", of: targetRegion }, "2022-07-01"),
          versioning: member(versioning, "2022-07-01"),
          replicationMode: member({ kind: "oneOf", values: ["Full", "Shallow"] }, "2025-10-01"),
        },
      },
      VHD: { go: "ImageTemplateVhdDistributor", members: { uri: member(text, "2022-07-01") } },
    },
  },
};

/** The `vmProfile` of a template. */
const vmProfile: Shape = objectShape("ImageTemplateVMProfile", {
  vmSize: member(text),
  osDiskSizeGB: member(whole),
  userAssignedIdentities: member(texts, "2021-10-01"),
  vnetConfig: member(
    objectShape("VirtualNetworkConfig", {
      subnetId: member(text),
      proxyVmSize: member(text, "2021-10-01"),
      containerInstanceSubnetId: member(text, "2024-02-01"),
    }),
  ),
});

const state: Shape = { kind: "oneOf", values: ["Enabled", "Disabled"] };
const onError: Shape = { kind: "oneOf", values: ["cleanup", "abort"] };

/** `properties` of a template. */
const properties: Shape = objectShape("ImageTemplateProperties", {
  source: member(source),
  customize: member({ kind: "list", of: customizer }),
  optimize: member(
    objectShape("ImageTemplatePropertiesOptimize", {
      vmBoot: member(objectShape("ImageTemplatePropertiesOptimizeVMBoot", { state: member(state) })),
      workload: member(
        objectShape("ImageTemplatePropertiesOptimizeWorkload", {
          state: member(state),
          scriptUri: member(text),
          sha256Checksum: member(text),
        }),
        "2025-10-01",
      ),
    }),
    "2022-07-01",
  ),
  validate: member(
    objectShape("ImageTemplatePropertiesValidate", {
      continueDistributeOnFailure: member(flag),
      sourceValidationOnly: member(flag),
      inVMValidations: member({ kind: "list", of: validator }),
    }),
    "2022-02-14",
  ),
  distribute: member(distribute),
  errorHandling: member(
    objectShape("ImageTemplatePropertiesErrorHandling", {
      onCustomizerError: member(onError),
      onValidationError: member(onError),
    }),
    "2023-07-01",
  ),
  buildTimeoutInMinutes: member(whole),
  vmProfile: member(vmProfile),
  stagingResourceGroup: member(text, "2022-02-14"),
  autoRun: member(objectShape("ImageTemplateAutoRun", { state: member(state) }), "2024-02-01"),
  managedResourceTags: member(tagMap, "2024-02-01"),
  additionalDataDisks: member(
    { kind: "list", of: objectShape("ImageTemplateDataDisk", { sizeGB: member(whole) }) },
    "2025-10-01",
  ),
  provisioningState: readOnly({ kind: "anything" }),
  provisioningError: readOnly({ kind: "anything" }),
  lastRunStatus: readOnly({ kind: "anything" }),
  exactStagingResourceGroup: readOnly({ kind: "anything" }, "2022-02-14"),
});

const identity = objectShape("ImageTemplateIdentity", {
  type: member({ kind: "oneOf", values: ["UserAssigned", "None"] }),
  userAssignedIdentities: member({ kind: "map", of: { kind: "anything" } }),
});

/** What deployments and people put around a template; none of it reaches the service (envelope of ARM). */
export const envelopeMembers: Members = Object.fromEntries(
  [
    "id",
    "name",
    "type",
    "apiVersion",
    "dependsOn",
    "comments",
    "systemData",
    "kind",
    "scope",
    "condition",
    "copy",
    "zones",
  ].map((name) => [name, readOnly({ kind: "anything" })]),
);

/** A whole template, as PUT takes it. */
export const template: Shape = objectShape("ImageTemplate", {
  ...envelopeMembers,
  location: member(text),
  tags: member(tagMap),
  identity: member(identity),
  properties: member(properties),
});

/** What PATCH takes (image-builder.md §2.8). */
export const templateUpdate: Shape = objectShape("ImageTemplateUpdateParameters", {
  tags: member(tagMap),
  identity: member(identity),
  properties: member(
    objectShape("ImageTemplateUpdateParametersProperties", {
      distribute: member(distribute),
      vmProfile: member(vmProfile, "2024-02-01"),
    }),
  ),
});
