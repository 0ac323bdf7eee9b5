import type { FailureClass } from "./failureClass.ts";

/** What does not fit between source, build VM and target, and what goes wrong after the image was made (image-builder.md §6.3, §8; the troubleshooting page; Packer's Azure builder). */
export const distributing: readonly FailureClass[] = [
  {
    code: "GenerationMismatch",
    title: "Source, image definition and VM size do not have the same Hyper-V generation",
    stage: "creating",
    // Trusted Launch wants generation 2, too, but is another matter.
    pattern:
      /Hyper-?V Version validation|cross-generation|^(?!.*(?:trusted ?launch|secur)).*(?:\bgen(?:eration)? ?'?V?[12]\b.{0,200}\b(?:not|only|different|mismatch)|\b(?:not|only|different|mismatch)\b.{0,80}\bgen(?:eration)? ?'?V?[12]\b)/im,
    signs: /Hyper-?V(?:isor)? ?generation/i,
    example: {
      code: "ValidationFailed",
      message:
        "Validation failed: Error with Hyper-V Version validation (cross-generation for multiple Hyper-V Versions is not supported)",
    },
    fix: ["Publish into an image definition of the source's generation, and choose a vmProfile.vmSize that boots it."],
  },
  {
    code: "SecurityTypeMismatch",
    title: "Source and image definition have different security types",
    stage: "distributing",
    pattern: /security ?type|Trusted ?Launch|Confidential ?VM/i,
    log: /(?:security ?type|Trusted ?Launch|Confidential ?VM|UefiSettings|secure ?boot)\b.*(?:\bnot\b|only|cannot|require|must)|(?:\bnot\b|only|cannot|requires?|must)\b.*(?:security ?type|TrustedLaunch|ConfidentialVM|UefiSettings)/i,
    example: { message: "The security type 'TrustedLaunchSupported' is not supported for the source id 'x'." },
    fix: [
      "Publish into an image definition whose SecurityType fits the source (Standard for a source without Trusted Launch); Trusted Launch images cannot be managed images.",
    ],
  },
  {
    code: "NotGeneralized",
    title: "Source and build do not agree on whether the image is generalized",
    stage: "distributing",
    signs:
      /VM is not generalized|requires the Virtual Machine .* to be Generalized|since the VM is generalized|image (?:must be|is not) (?:generalized|specialized)|'?osProfile'? is not allowed|OS ?State\b/i,
    example: {
      code: "OperationNotAllowed",
      message: "Capture operation cannot be completed because the VM is not generalized.",
    },
    fix: [
      "Build from a generalized source into an image definition whose OsState is Generalized: the service does no other.",
    ],
  },
  {
    code: "PurchasePlanMissing",
    title: "The source is a Marketplace image whose plan is not named, or whose terms nobody accepted",
    stage: "creating",
    signs:
      /PurchasePlan|PurchaseValidationFailed|validation to purchase|Plan information|Marketplace ?Purchase|(?:purchase|plan)\b.{0,60}\beligib\w+|terms\b.{0,120}\bnot (?:yet )?(?:been )?accepted|(?:not|n't|never|must|to) (?:yet )?(?:been )?accept(?:ed)? (?:the |its |their )?(?:\w+ )?terms|VMMarketplaceInvalid|purchase information does not match|different plan \[.{0,400}than the parent/i,
    example: { code: "VMMarketplaceInvalidInput", message: "The request requires Plan information." },
    fix: [
      "Put source.planInfo into the template.",
      "Accept the image's terms once in the subscription: az vm image terms accept --urn …",
    ],
  },
  {
    code: "DistributionTimedOut",
    title: "The image was made, but the service stopped waiting for its distribution",
    stage: "distributing",
    pattern:
      /(?:distribut|publishing|galler|\bSIG\b|replicat|blob copy)[\s\S]*(?:context deadline exceeded|timed ?out)|replication\b.{0,120}\b(?:not (?:yet )?(?:been )?|in)complete/i,
    log: /(?:Publishing to (?:Shared Image|Azure Compute) Gallery|-> SIG )[\s\S]{0,4000}?(?:context deadline exceeded|timed ?out waiting)|(?:GalleryImageVersions?Client|galleries\/[^\s/]+\/images\/[^\s/]+\/versions\/|galleryimageversions?\b).{0,600}context deadline exceeded/i,
    example: {
      message:
        "Failed in distributing 1 images out of total 1: {[Error 0] [Distribute 0] Error waiting on Azure Compute Gallery future: Future#WaitForCompletion: context has been cancelled: StatusCode=200 -- Original Error: context deadline exceeded}",
    },
    fix: [
      "Look at the image version first: its replication goes on.",
      "Raise buildTimeoutInMinutes, or distribute to fewer regions.",
    ],
  },
  {
    // Its code is that of the service's hiccups (Azure/azure-cli#29091), but its reason does not pass.
    code: "ReplicationRefused",
    title: "The image version cannot be replicated, for the reason in detail",
    stage: "distributing",
    signs: /Replication failed in this region due to/i,
    example: {
      code: "InternalOperationError",
      message: "Replication failed in this region due to 'Snapshots of PremiumV2_LRS disks are not supported.'.",
    },
    fix: ["Change what the text names (a disk's type, a region, its storage account type), then build again."],
  },
  {
    code: "ImageVersionExists",
    title: "An image version of that number stands already",
    stage: "distributing",
    signs: /PropertyChangeNotAllowed.*galleryImageVersion|image version\b.*\balready exists/i,
    example: {
      code: "PropertyChangeNotAllowed",
      message: "Changing property 'galleryImageVersion.properties.publishingProfile.source' is not allowed.",
    },
    fix: [
      "Let the service count: versioning with scheme Latest, and a galleryImageId without a version.",
      "Or delete the version that stands, if nothing uses it.",
    ],
  },
  {
    code: "ImageExists",
    title: "A managed image or disk of that name stands already",
    stage: "distributing",
    signs:
      /Changing property '(?:sourceVirtualMachine|creationData)\b|managed image named \S+ already exists|TargetDiskBlobAlreadyExists/i,
    example: { code: "PropertyChangeNotAllowed", message: "Changing property 'sourceVirtualMachine' is not allowed." },
    fix: ["Give the target another name, or delete the image that stands, if nothing uses it."],
  },
  {
    code: "SourceNotFound",
    title: "The source was not found, or may not be read",
    stage: "creating",
    pattern:
      /Build \((?:Managed Image|Shared Image Version|Platform Image|PIR)\) step failed|(?:could not|cannot|unable to) find (?:the )?(?:platform|source|managed) image|Bad(?:PIR|ManagedImage|SharedImageVersion)Source.*(?:not found|\b404\b)|\bsource (?:\w+ )?image\b.{0,200}\b(?:not found|not be found|does not exist|404)\b|not replicated (?:to|in)\b|Source(?: image)? \S+ (?:is|was) not found/i,
    signs:
      /\b(?:PlatformImageNotFound|VMImageNotFound|ImageNotFound|ImageBlobNotFound|DiskBlobNotFound|DiskImageNotReady|SubscriptionNotAuthorizedForImage|ImageVersionDeprecated)\b|platform image\b.*(?:was not found|is not available|deprecated)|(?:VM )?Image from publisher\b.*(?:not (?:be )?found|deprecated)|get parent Shared Gallery Image|Source was not found: |make sure the source exists|check source exists|no latest image version|contact image owner to replicate/i,
    example: {
      code: "BadManagedImageSource",
      message: "Build (Managed Image) step failed: Status=404 The Resource 'Microsoft.Compute/images/x' was not found",
    },
    log: /(?:GalleryImageNotFound|galleries\/[^\s/]+\/images\/[^\s/]+\/versions\/|Compute\/images\/|(?:community|shared)\s*(?:image )?galler(?:y|ies)\b).*(?:w(?:as|ere) not found|not available)|GalleryImageNotFound/i,
    fix: [
      "Check that the source exists and is replicated to the template's region.",
      "Check that the template's identity may read it: without the right the service cannot see it.",
    ],
  },
  {
    code: "TargetNotFound",
    title: "A gallery, image definition or image was not found, or may not be read",
    stage: "creating",
    pattern:
      /(?:galler(?:y|ies)|(?<!['"/])images?(?!['"]))\b.*(?:not ?found|could not be found|does not (?:exist|contain)|must exist|\b404\b)|GalleryImageNotFound|^distributing: .*(?:ParentResourceNotFound|on nested resource)/i,
    log: /failed to get image \S+ from image gallery|Shared Gallery Image\b.{0,200}\bto which to publish\b.{0,300}\bdoes not (?:exist|contain)|(?:(?:compute|image) gallery|gallery image|image definition)\b.{0,200}\b(?:does not exist|could not be found)/i,
    example: { message: "The gallery image definition could not be found: GalleryImageNotFound" },
    fix: ["Create the image definition, or correct its id.", "Check that the template's identity may read it."],
  },
  {
    code: "OtherOperation",
    title: "Azure was doing something else with what the service had to change",
    stage: "running",
    signs:
      /requires exclusive access|AnotherOperationInProgress|another operation\b.{0,80}\bin progress|CanceledAndSuperseded\w*|ConcurrentOperation\w*|ConflictingConcurrent\w*|OperationPreempted|preempted by a more recent|DeploymentActive\w*|ResourceGroup(?:BeingDeleted|Deprovisioning)|BlockedOnPlatformUpdate|(?:in use|used) by another (?:replication|operation|deployment|request)|marked for deletion|ongoing operation is changing/i,
    example: {
      code: "AnotherOperationInProgress",
      message: "Another operation on this or dependent resource is in progress.",
    },
    fix: ["Build again once whatever else works on the same resources is done."],
  },
  {
    code: "ResourceMissing",
    title: "Something that the template names was not found, or may not be seen",
    stage: "running",
    signs:
      /\b(?:ResourceGroupNotFound|SubscriptionNotFound|InvalidSubscriptionId|ParentResourceNotFound|InvalidResourceReference|StorageAccountNotFound|ResourceNotFound)\b|Cannot locate the (?:managed image|existing build)\b|resource ?group \S+ (?:(?:was|could) not (?:be )?found|does not exist)|was not found in this key vault/i,
    example: { code: "ResourceGroupNotFound", message: "Resource group 'images' could not be found." },
    fix: [
      "Check the id that the text names, and that it is in the right subscription.",
      "Check that the template's identity may read it: without the right the service cannot see it.",
    ],
  },
  {
    code: "DistributionFailed",
    title: "The image was made, but distributing it failed, and the service does not say why",
    stage: "distributing",
    pattern: /failed in distributing|\[Distribute \d+\]/i,
    tells: "that",
    example: { message: "Failed in distributing 1 images out of total 1: Some error happened." },
    fix: [
      "Look at the image version first: its replication may still finish.",
      "Look for missing rights at the target, then build again.",
    ],
  },
];
