import type { FailureClass } from "./failureClass.ts";

/** What the service refuses when a template is written (image-builder.md §2.7, §2.8; the troubleshooting page). */
export const submitting: readonly FailureClass[] = [
  {
    code: "TemplateExists",
    title: "An image template cannot be overwritten",
    stage: "creating",
    pattern: /Update\/Upgrade of image templates is currently not supported|image template\b.{0,80}\balready exists/i,
    example: { code: "Conflict", message: "Update/Upgrade of image templates is currently not supported." },
    fix: ["Choose another name, or delete the template first."],
  },
  {
    code: "RunNotAllowed",
    title: "The template cannot be run, cancelled or deleted in its present state",
    stage: "running",
    pattern:
      /OperationNotAllowed.*\b(?:image ?templates?|run ?state)\b|not allowed in (?:the )?(?:provisioning|run) ?state|template\b.*\b(?:cannot|can't) be (?:run|deleted|updated|cancell?ed)|template\b.{0,120}\b(?:is|already) (?:being )?(?:deleted|updated|running|in progress)/i,
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
      /BadStagingResourceGroup|staging (?:resource )?group\b.*\b(?:empty|contains?|has resources|must|should|location|region|tags?|(?:in use|used) by|not be found|not found|does not exist)|resource group\b.{0,200}\b(?:(?:not|be) empty|by another (?:image )?template)/i,
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
    // What Compute says of versions and definitions (azure-compute-docs, "Troubleshoot images in an Azure Compute Gallery").
    signs:
      /(?:gallery(?: image)?|image (?:version|definition)) name\b.{0,80}\b(?:is|are) (?:invalid|not valid)|should follow Major\(int\)|publishing ?profile\b.{0,120}\b(?:invalid|must)|target (?:publishing )?regions?\b.{0,80}\b(?:invalid|duplicate|not valid|must)|Duplicate regions|EndOfLifeDate must be|storage account type is not supported in this region|different OS type \[/i,
    example: {
      message: "Validation failed: Distribute target with Runoutput name x not found in the update request.",
    },
    fix: ["Correct the target that the text names; an update must name every target that stands."],
  },
  {
    code: "ValidationFailed",
    title: "The service does not accept the template",
    stage: "creating",
    // The service's checks of a template, its parser, and Resource Manager's codes for a body it cannot read.
    pattern:
      /ValidationFailed|Validation failed:|Unmarshalling entity|unknown field|missing (?:required )?(?:field|property)|(?:identity|field|property)\b.{0,80}\b(?:is|are) (?:required|missing)|Invalid(?:RequestContent|RequestFormat|Template|ApiVersionParameter)\b|LinkedInvalidPropertyId|NoRegisteredApiVersion|must be (?:between|one of|greater|less|set|specified)|could not find member|not a valid resource id/i,
    example: { code: "ValidationFailed", message: "Validation failed: 'ImageTemplate.properties': Missing field" },
    fix: ["Correct what the text names and create the template anew."],
  },
];
