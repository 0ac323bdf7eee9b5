import type { FailureClass } from "./failureClass.ts";

/** What the service refuses when a template is written (image-builder.md §2.7, §2.8; the troubleshooting page). */
export const submitting: readonly FailureClass[] = [
  {
    code: "TemplateExists",
    title: "An image template cannot be overwritten",
    stage: "creating",
    pattern: /Update\/Upgrade of image templates is currently not supported/i,
    example: { code: "Conflict", message: "Update/Upgrade of image templates is currently not supported." },
    fix: ["Choose another name, or delete the template first."],
  },
  {
    code: "RunNotAllowed",
    title: "The template cannot be run, cancelled or deleted in its present state",
    stage: "running",
    pattern:
      /OperationNotAllowed|not allowed in provisioning ?state|template\b.*\b(?:cannot|can't) be (?:run|deleted|updated|cancell?ed)/i,
    example: {
      code: "OperationNotAllowed",
      message:
        "Operation Microsoft.VirtualMachineImages/imageTemplates/run is not allowed in provisioning state: failed or run state: .",
    },
    fix: ["Read the template: follow the run that is under way, or create the template anew if it failed."],
  },
  {
    code: "StagingGroupBad",
    title: "The staging resource group cannot be used",
    stage: "creating",
    pattern:
      /BadStagingResourceGroup|staging resource group\b.*\b(?:empty|contain|has resources|must|should|location|region)/i,
    example: { code: "BadStagingResourceGroup", message: "The staging resource group is not empty" },
    fix: ["Use an empty resource group in the template's region, with Contributor for the template's identity there."],
  },
  {
    code: "SourceBad",
    title: "The service does not accept the source",
    stage: "creating",
    pattern:
      /BadSourceType|BadPIRSource|BadManagedImageSource|BadSharedImageVersionSource|(?:in)?valid source\b|source image\b.*\b(?:not (?:valid|supported)|must)/i,
    log: /StorageProfile\.\S+ does not have required value|imageReference\S* .*(?:invalid|not allowed)/i,
    example: { code: "BadSourceType", message: "The source type is not supported" },
    fix: ["Check that the source exists, is generalized and is replicated to the template's region."],
  },
  {
    code: "CustomizerBad",
    title: "The service does not accept a customizer or validator",
    stage: "creating",
    pattern:
      /BadCustomizerType|UnsupportedCustomizerType|NoCustomizerScript|BadValidatorType|UnsupportedValidatorType|NoValidatorScript/i,
    example: { code: "NoCustomizerScript", message: "inline or scriptUri" },
    fix: ["Correct the step that the text names: it needs a type the source's system has, and a script."],
  },
  {
    code: "DistributeBad",
    title: "The service does not accept a distribution target",
    stage: "creating",
    pattern: /BadDistributeType|BadSharedImageDistribute|Distribute target with Runoutput name/i,
    example: {
      message: "Validation failed: Distribute target with Runoutput name x not found in the update request.",
    },
    fix: ["Correct the target that the text names; an update must name every target that stands."],
  },
  {
    code: "ValidationFailed",
    title: "The service does not accept the template",
    stage: "creating",
    pattern: /ValidationFailed|Validation failed:/i,
    example: { code: "ValidationFailed", message: "Validation failed: 'ImageTemplate.properties': Missing field" },
    fix: ["Correct what the text names and create the template anew."],
  },
];
