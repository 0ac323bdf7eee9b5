/** A kind of failure: how the service's text shows it, and what to do. Tried in order, the narrow ones first. */
export interface FailureClass {
  readonly code: string;
  readonly title: string;
  readonly stage: string;
  /** Matched against `code: message`. */
  readonly pattern: RegExp;
  readonly fix: readonly string[];
}

/** Every class of image-builder.md §6.3, and the provisioning error codes of §2.7. */
export const failureClasses: readonly FailureClass[] = [
  {
    code: "PrivateLinkServiceCannotBeCreatedInSubnetThatHasNetworkPoliciesEnabled",
    title: "The build subnet has private link service network policies enabled",
    stage: "preparing",
    pattern: /PrivateLinkServiceCannotBeCreatedInSubnet|private link service network policies enabled/i,
    fix: ["Set privateLinkServiceNetworkPolicies of the build subnet to Disabled, then build again."],
  },
  {
    code: "SubnetMissingRequiredDelegation",
    title: "The container subnet is not delegated to container groups",
    stage: "preparing",
    pattern: /SubnetMissingRequiredDelegation/i,
    fix: ["Delegate the container subnet to Microsoft.ContainerInstance/containerGroups, then build again."],
  },
  {
    code: "ContainerInstanceNotRegistered",
    title: "The resource provider for container instances is not registered",
    stage: "running",
    pattern:
      /(?:container ?instances?|\bACI\b)\b.*provider.*not registered|provider.*ContainerInstance.*not registered/i,
    fix: ["Run: az provider register --namespace Microsoft.ContainerInstance", "Build again once it is registered."],
  },
  {
    code: "MissingSubscriptionRegistration",
    title: "A resource provider is not registered in the subscription",
    stage: "running",
    pattern: /MissingSubscriptionRegistration|subscription is not registered to use namespace/i,
    fix: [
      "Register the namespace that the text names with az provider register.",
      "Build again once it is registered.",
    ],
  },
  {
    code: "ContainerQuotaExceeded",
    title: "The quota of container instances is used up",
    stage: "running",
    pattern:
      /container (?:instances?|groups?) quota|(?:container group|ACI).*(?:quota|too many)|ContainerGroupQuotaReached/i,
    fix: [
      "Build again later: about 25 builds at once fit into the default quota.",
      "Ask for a higher quota of container instance cores.",
    ],
  },
  {
    code: "QuotaExceeded",
    title: "The quota or capacity for the build VM's size is used up",
    stage: "running",
    pattern:
      /SkuNotAvailable|QuotaExceeded|AllocationFailed|exceeding approved .*cores quota|OverconstrainedAllocation/i,
    fix: ["Choose another vmProfile.vmSize, or ask for more quota.", "Build again later."],
  },
  {
    code: "BlockedByPolicy",
    title: "An Azure Policy forbids a resource that the service needs in its staging group",
    stage: "running",
    pattern: /RequestDisallowedByPolicy|InvalidTemplateDeployment|disallowed by policy/i,
    fix: [
      "Find the policy that the text names; often it is about shared keys or public access of storage and key vaults.",
      "Use a staging resource group of your own and exempt it from that policy.",
    ],
  },
  {
    code: "IdentityUnusable",
    title: "The template's identity cannot be used",
    stage: "running",
    pattern: /assigned managed identity cannot be used/i,
    fix: [
      "The identity was deleted, made anew or moved. Patch the template's identity: the old id with null, the new one with {}.",
    ],
  },
  {
    code: "AuthorizationFailed",
    title: "A right is missing",
    stage: "running",
    pattern:
      /AuthorizationFailed|not have (?:authorization|permission) to perform|not authorized to access the resource|\bUnauthorized\b|AuthorizationPermissionMismatch/i,
    fix: [
      "Compare with the plan of this template: it names every right that is needed, and whether it stands.",
      "If the right was granted within the last ten minutes, build again.",
    ],
  },
  {
    code: "GenerationMismatch",
    title: "Source and image definition have different Hyper-V generations",
    stage: "creating",
    pattern: /Hyper-?V Version validation|cross-generation|Hyper-?V generation/i,
    fix: ["Publish into an image definition of the source's generation."],
  },
  {
    code: "TimeoutTooShort",
    title: "The build time-out is too short for the service's own tokens",
    stage: "running",
    pattern: /\b(?:JWT|token)\b.*(?:expir|lifetime|invalid)|(?:expir|lifetime).*\b(?:JWT|token)\b/i,
    fix: ["Set buildTimeoutInMinutes to 6 or more (60 or more for Windows) and create the template anew."],
  },
  {
    code: "ConnectionTimedOut",
    title: "The build VM could not be reached",
    stage: "running",
    pattern:
      /(?:WinRM|SSH)\b.*(?:context deadline exceeded|timeout|timed out|connection)|:5986\/wsman|dial tcp .*:22\b/i,
    fix: [
      "Allow TCP 22 (Linux) or 5986 (Windows) between the build's subnets in network security groups, route tables and firewalls.",
    ],
  },
  {
    code: "BuildTimedOut",
    title: "The build took longer than buildTimeoutInMinutes",
    stage: "running",
    pattern: /waiting for microservice to complete.*context deadline exceeded|build.*timed out|BuildTimeout/i,
    fix: [
      "Raise buildTimeoutInMinutes (at most 960) and create the template anew.",
      "Look in the log for a step that waits.",
    ],
  },
  {
    code: "DownloadFailed",
    title: "A script or file could not be downloaded",
    stage: "creating",
    pattern: /download.*\b10 retries|failed to download|could not download|error downloading/i,
    fix: [
      "Check the address and that it can be reached without signing in, or give the identity the right to read the blob.",
    ],
  },
  {
    code: "ChecksumMismatch",
    title: "A script or file is not the one its checksum says",
    stage: "creating",
    pattern: /sha-?256.*(?:mismatch|not match|does not match)|checksum.*(?:mismatch|not match)/i,
    fix: ["Find out who changed the file; if the change is wanted, correct sha256Checksum."],
  },
  {
    code: "SourceNotFound",
    title: "The source was not found, or may not be read",
    stage: "creating",
    pattern:
      /Build \((?:Managed Image|Shared Image Version)\) step failed|platform image .* was not found|Bad(?:PIR|ManagedImage|SharedImageVersion)Source.*(?:was not found|404)/i,
    fix: [
      "Check that the source exists and is replicated to the template's region.",
      "Check that the template's identity may read it: without the right the service cannot see it.",
    ],
  },
  {
    code: "TargetNotFound",
    title: "A gallery, image definition or image was not found, or may not be read",
    stage: "creating",
    pattern: /(?:galler(?:y|ies)|images?)\b.*(?:was not found|NotFound|could not be found|404)|GalleryImageNotFound/i,
    fix: ["Create the image definition, or correct its id.", "Check that the template's identity may read it."],
  },
  {
    code: "DistributionFailed",
    title: "The image was made, but distributing it failed",
    stage: "distributing",
    pattern: /failed in distributing|\[Distribute \d+\]/i,
    fix: [
      "Look at the image version first: its replication may still finish.",
      "If a right is named, grant it; then build again.",
    ],
  },
  {
    code: "RunNotAllowed",
    title: "The template cannot be run, cancelled or deleted in its present state",
    stage: "running",
    pattern: /OperationNotAllowed|is not allowed in provisioning ?state/i,
    fix: ["Read the template: follow the run that is under way, or create the template anew if it failed."],
  },
  {
    code: "TemplateExists",
    title: "An image template cannot be overwritten",
    stage: "creating",
    pattern: /Update\/Upgrade of image templates is currently not supported/i,
    fix: ["Choose another name, or delete the template first."],
  },
  {
    code: "StagingGroupBad",
    title: "The staging resource group cannot be used",
    stage: "creating",
    pattern: /BadStagingResourceGroup/i,
    fix: ["Use an empty resource group in the template's region, with Contributor for the template's identity there."],
  },
  {
    code: "SourceBad",
    title: "The service does not accept the source",
    stage: "creating",
    pattern: /BadSourceType|BadPIRSource|BadManagedImageSource|BadSharedImageVersionSource/i,
    fix: ["Check that the source exists, is generalized and is replicated to the template's region."],
  },
  {
    code: "CustomizerBad",
    title: "The service does not accept a customizer or validator",
    stage: "creating",
    pattern:
      /BadCustomizerType|UnsupportedCustomizerType|NoCustomizerScript|BadValidatorType|UnsupportedValidatorType|NoValidatorScript/i,
    fix: ["Correct the step that the text names: it needs a type the source's system has, and a script."],
  },
  {
    code: "DistributeBad",
    title: "The service does not accept a distribution target",
    stage: "creating",
    pattern: /BadDistributeType|BadSharedImageDistribute|Distribute target with Runoutput name/i,
    fix: ["Correct the target that the text names."],
  },
  {
    code: "ValidationFailed",
    title: "The service does not accept the template",
    stage: "creating",
    pattern: /ValidationFailed|Validation failed:/i,
    fix: ["Correct what the text names and create the template anew."],
  },
  {
    code: "StagingCleanupStuck",
    title: "The staging resources cannot be deleted",
    stage: "cleaning",
    pattern: /NicInUseWithPrivateEndpoint/i,
    fix: ["Delete in this order: private endpoint, private link service, load balancer, network interface."],
  },
  {
    code: "GatewayTimeout",
    title: "The service did not answer in time; it may have accepted all the same",
    stage: "running",
    pattern: /GatewayTimeout|\b504\b/i,
    fix: ["Read the template before asking again."],
  },
  {
    code: "PackerBuildFailed",
    title: "A customizer or validator failed",
    stage: "customizing",
    pattern: /PackerBuildFailed|waiting for packerizer|exited with non-zero|Script exited/i,
    fix: ["Read the end of the customization log, correct the step and create the template anew."],
  },
  {
    code: "InternalOperationError",
    title: "The service failed without saying why",
    stage: "running",
    pattern: /InternalOperationError|Internal error occurred|ServerError|InternalServerError/i,
    fix: [
      "Build again once, after a while.",
      "If it happens again, look for missing rights and policies on the staging group.",
    ],
  },
];
