import { flag, type Members, member, objectShape, readOnly, type Shape, text, texts, whole } from "./schema.ts";

const script: Members = { scriptUri: member(text), sha256Checksum: member(text), inline: member(texts) };
const powerShell: Members = {
  ...script,
  runElevated: member(flag),
  runAsSystem: member(flag, "2022-02-14"),
  validExitCodes: member({ kind: "list", of: whole }),
};
const file: Members = { sourceUri: member(text), sha256Checksum: member(text), destination: member(text) };

/** `properties.source` of a template. */
export const source: Shape = {
  kind: "union",
  go: "ImageTemplateSource",
  common: {},
  variants: {
    PlatformImage: {
      go: "ImageTemplatePlatformImageSource",
      members: {
        publisher: member(text),
        offer: member(text),
        sku: member(text),
        version: member(text),
        exactVersion: readOnly(text, "2021-10-01"),
        planInfo: member(
          objectShape("PlatformImagePurchasePlan", {
            planName: member(text),
            planProduct: member(text),
            planPublisher: member(text),
          }),
        ),
      },
    },
    ManagedImage: { go: "ImageTemplateManagedImageSource", members: { imageId: member(text) } },
    SharedImageVersion: {
      go: "ImageTemplateSharedImageVersionSource",
      members: { imageVersionId: member(text), exactVersion: readOnly(text, "2022-07-01") },
    },
  },
};

/** One step of `customize`. */
export const customizer: Shape = {
  kind: "union",
  go: "ImageTemplateCustomizer",
  common: { name: member(text) },
  variants: {
    Shell: { go: "ImageTemplateShellCustomizer", members: script },
    PowerShell: { go: "ImageTemplatePowerShellCustomizer", members: powerShell },
    File: { go: "ImageTemplateFileCustomizer", members: file },
    WindowsRestart: {
      go: "ImageTemplateRestartCustomizer",
      members: { restartCommand: member(text), restartCheckCommand: member(text), restartTimeout: member(text) },
    },
    WindowsUpdate: {
      go: "ImageTemplateWindowsUpdateCustomizer",
      members: { searchCriteria: member(text), filters: member(texts), updateLimit: member(whole) },
    },
  },
};

/** One step of `validate.inVMValidations`. */
export const validator: Shape = {
  kind: "union",
  go: "ImageTemplateInVMValidator",
  common: { name: member(text) },
  variants: {
    Shell: { go: "ImageTemplateShellValidator", members: script },
    PowerShell: { go: "ImageTemplatePowerShellValidator", members: powerShell },
    File: { go: "ImageTemplateFileValidator", members: file },
  },
};
