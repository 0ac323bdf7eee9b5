import type { FailureClass } from "./failureClass.ts";

/** What goes wrong after the image was made (image-builder.md §6.3, §8; the troubleshooting page). */
export const distributing: readonly FailureClass[] = [
  {
    code: "GenerationMismatch",
    title: "Source, image definition and VM size do not have the same Hyper-V generation",
    stage: "creating",
    pattern: /Hyper-?V Version validation|cross-generation|Hyper-?V(?:isor)? generation/i,
    log: /(?:different|cannot boot) Hyper-?V(?:isor)? generation/i,
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
    pattern: /security type|SecurityType|Trusted ?Launch/i,
    log: /security type .* not supported|TrustedLaunch'? (?:security type|setting)/i,
    example: { message: "The security type 'TrustedLaunchSupported' is not supported for the source id 'x'." },
    fix: [
      "Publish into an image definition whose SecurityType fits the source (Standard for a source without Trusted Launch); Trusted Launch images cannot be managed images.",
    ],
  },
  {
    code: "DistributionTimedOut",
    title: "The image was made, but the service stopped waiting for its distribution",
    stage: "distributing",
    pattern:
      /(?:distribut|publishing|galler|\bSIG\b|blob copy)[\s\S]*(?:context deadline exceeded|timed ?out waiting)/i,
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
    code: "SourceNotFound",
    title: "The source was not found, or may not be read",
    stage: "creating",
    pattern:
      /Build \((?:Managed Image|Shared Image Version)\) step failed|platform image .* was not found|PlatformImageNotFound|VMImageNotFound|Bad(?:PIR|ManagedImage|SharedImageVersion)Source.*(?:was not found|\b404\b)/i,
    example: {
      code: "BadManagedImageSource",
      message: "Build (Managed Image) step failed: Status=404 The Resource 'Microsoft.Compute/images/x' was not found",
    },
    log: /(?:PlatformImageNotFound|VMImageNotFound|GalleryImageNotFound|galleries\/\S+\/versions\/|Compute\/images\/|(?:community|shared)\s*(?:image )?galler(?:y|ies)\b).*(?:w(?:as|ere) not found|not available)|PlatformImageNotFound|VMImageNotFound|GalleryImageNotFound/i,
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
      /(?:galler(?:y|ies)|images?)\b.*(?:was not found|NotFound|could not be found|does not exist|\b404\b)|GalleryImageNotFound/i,
    example: { message: "The gallery image definition could not be found: GalleryImageNotFound" },
    fix: ["Create the image definition, or correct its id.", "Check that the template's identity may read it."],
  },
  {
    // Its code is that of the service's hiccups (Azure/azure-cli#29091), but its reason does not pass.
    code: "ReplicationRefused",
    title: "The image version cannot be replicated, for the reason in detail",
    stage: "distributing",
    pattern: /Replication failed in this region due to/i,
    log: /Replication failed in this region due to/i,
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
    pattern: /PropertyChangeNotAllowed.*galleryImageVersion|image version\b.*\balready exists/i,
    log: /PropertyChangeNotAllowed.*galleryImageVersion|image version\b.*\balready exists/i,
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
    title: "A managed image of that name stands already",
    stage: "distributing",
    pattern: /Changing property 'sourceVirtualMachine'/i,
    log: /Changing property 'sourceVirtualMachine'/i,
    example: { code: "PropertyChangeNotAllowed", message: "Changing property 'sourceVirtualMachine' is not allowed." },
    fix: ["Give the target another name, or delete the image that stands, if nothing uses it."],
  },
  {
    code: "OtherOperation",
    title: "Azure was doing something else with what the service had to change",
    stage: "running",
    pattern: /requires exclusive access|AnotherOperationInProgress|CanceledAndSupersededDueToAnotherOperation/i,
    log: /requires exclusive access|AnotherOperationInProgress|CanceledAndSupersededDueToAnotherOperation/i,
    example: {
      code: "AnotherOperationInProgress",
      message: "Another operation on this or dependent resource is in progress.",
    },
    fix: ["Build again once whatever else works on the same resources is done."],
  },
  {
    code: "DistributionFailed",
    title: "The image was made, but distributing it failed, and the service does not say why",
    stage: "distributing",
    pattern: /failed in distributing|\[Distribute \d+\]/i,
    example: { message: "Failed in distributing 1 images out of total 1: Some error happened." },
    fix: [
      "Look at the image version first: its replication may still finish.",
      "Look for missing rights at the target, then build again.",
    ],
  },
];
