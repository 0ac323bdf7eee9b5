import type { FailureClass } from "./failureClass.ts";

/** What there is not enough of, or none: quotas, addresses, sizes, disks, a subscription that is switched off (image-builder.md §6.3, §6.5; Azure Resource Manager's "Troubleshoot common Azure deployment errors"). Before all others, because templates that are refused for it are said to be invalid, too. */
export const capacity: readonly FailureClass[] = [
  {
    code: "ContainerQuotaExceeded",
    title: "The quota of container instances is used up",
    stage: "running",
    pattern:
      /container (?:instances?|groups?) quota|(?:container group|ACI).*(?:quota|too many)|ContainerGroupQuotaReached|too many (?:azure )?container (?:instances|groups)/i,
    example: { message: "Too many Azure Container Instances deployed within a period of time." },
    fix: [
      "Build again later: about 25 builds at once fit into the default quota.",
      "Ask for a higher quota of container instance cores.",
    ],
  },
  {
    code: "QuotaExceeded",
    title: "The core quota of the build VM's size is used up",
    stage: "running",
    pattern: /QuotaExceeded|exceeding (?:approved .*cores quota|quota limit)/i,
    log: /QuotaExceeded|exceeding (?:approved .*cores quota|quota limit)/i,
    example: {
      code: "OperationNotAllowed",
      message: "Operation could not be completed as it results in exceeding approved Total Regional Cores quota",
    },
    fix: ["Choose another vmProfile.vmSize, or ask for more cores of this family.", "Then build again."],
  },
  {
    code: "AddressLimitReached",
    title: "The subscription may have no more public IP addresses in this region",
    stage: "running",
    pattern: /PublicIPCountLimitReached|Cannot create more than \d+ public IP addresses/i,
    log: /PublicIPCountLimitReached|Cannot create more than \d+ public IP addresses/i,
    example: {
      code: "PublicIPCountLimitReached",
      message: "Cannot create more than 20 public IP addresses for this subscription in this region.",
    },
    fix: [
      "Delete public addresses that nobody uses, or ask for a higher limit.",
      "Or build in a subnet of your own: the build VM then needs no public address.",
    ],
  },
  {
    code: "SubnetFull",
    title: "The subnet has no address left for the build VM",
    stage: "running",
    pattern: /SubnetIsFull|not have enough (?:capacity|available (?:IP )?addresses)/i,
    log: /SubnetIsFull|not have enough (?:capacity|available (?:IP )?addresses)/i,
    example: {
      code: "SubnetIsFull",
      message: "Subnet build with address prefix 10.0.0.0/29 does not have enough capacity",
    },
    fix: ["Use a larger subnet, or free addresses in this one."],
  },
  {
    code: "DiskTooSmall",
    title: "The build VM's disk is smaller than its source's",
    stage: "running",
    pattern: /disk size \d+ GB is smaller than/i,
    log: /disk size \d+ GB is smaller than/i,
    example: {
      code: "OperationNotAllowed",
      message:
        "The specified disk size 30 GB is smaller than the size of the corresponding disk in the VM image: 32 GB.",
    },
    fix: ["Raise vmProfile.osDiskSizeGB to the source's size, or leave it out."],
  },
  {
    code: "SubscriptionDisabled",
    title: "The subscription is disabled: nothing can be made in it",
    stage: "running",
    pattern: /ReadOnlyDisabledSubscription|subscription '[^']*' is disabled/i,
    log: /ReadOnlyDisabledSubscription|subscription '[^']*' is disabled/i,
    example: {
      code: "ReadOnlyDisabledSubscription",
      message: "The subscription 's' is disabled and therefore marked as read only.",
    },
    fix: ["Have the subscription's owner enable it again (billing, spending limit), then build."],
  },
  {
    code: "RegionLacksType",
    title: "Azure does not offer there what the build needs",
    stage: "running",
    pattern: /LocationNotAvailableForResourceType/i,
    log: /LocationNotAvailableForResourceType/i,
    example: {
      code: "LocationNotAvailableForResourceType",
      message:
        "The provided location 'x' is not available for resource type 'Microsoft.VirtualMachineImages/imageTemplates'.",
    },
    fix: ["Choose a region that the text lists; images can be replicated to others from there."],
  },
  {
    code: "SkuNotAvailable",
    title: "The build VM's size is not offered there",
    stage: "running",
    pattern: /SkuNotAvailable|NotAvailableForSubscription|provided for the VM size is not valid/i,
    log: /SkuNotAvailable|NotAvailableForSubscription|Following SKUs have failed|provided for the VM size is not valid/i,
    example: { code: "SkuNotAvailable", message: "The requested VM size is not available in location 'westeurope'." },
    fix: ["Choose another vmProfile.vmSize: az vm list-skus shows what the subscription may use there."],
  },
  {
    code: "AllocationFailed",
    title: "Azure has no machine of the build VM's size free at the moment",
    stage: "running",
    pattern: /AllocationFailed|OverconstrainedAllocation/i,
    log: /AllocationFailed|OverconstrainedAllocation/i,
    example: { log: "==> azure-arm: ERROR: -> AllocationFailed : We do not have sufficient capacity." },
    fix: ["Build again later, or choose another vmProfile.vmSize."],
  },
];
