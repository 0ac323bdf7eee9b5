import type { FailureClass } from "./failureClass.ts";

/** What there is not enough of, or none: quotas, limits, addresses, sizes, disks, free machines, a subscription that is switched off (image-builder.md §6.3, §6.5; Azure Resource Manager's and Compute's pages of error codes). Before all others, because templates that are refused for it are said to be invalid, too. */
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
    code: "AddressLimitReached",
    title: "The subscription may have no more public IP addresses in this region",
    stage: "running",
    signs:
      /Public\w{0,20}Ip\w{0,20}Limit|(?:quota|limit) (?:of|for) public IP|Cannot create more than \d+ (?:\S+ )*public IP addresses/i,
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
    code: "LimitReached",
    title: "Azure allows no more resources of a kind here",
    stage: "running",
    signs:
      /(?:Deployment|Resource|Disk|Storage)QuotaExceeded|Limit(?:Reached|Exceeded)|CountPerSubscriptionExceeded|Max\w{1,60}Exceeded|maximum (?:allowed )?(?:number|count|amount) of (?:\S+ ){0,9}(?:exceeded|reached)/i,
    example: {
      code: "DeploymentQuotaExceeded",
      message: "Creating the deployment 'd' would exceed the quota of '800'. The current deployment count is '800'.",
    },
    fix: ["Delete what nobody uses of the kind that the text names, or ask for a higher limit.", "Then build again."],
  },
  {
    code: "QuotaExceeded",
    title: "The core quota of the build VM's size is used up",
    stage: "running",
    signs: /QuotaExceeded|exceeding (?:approved .*quota|quota limit)|(?:cores?|vCPUs?) quota/i,
    example: {
      code: "OperationNotAllowed",
      message: "Operation could not be completed as it results in exceeding approved Total Regional Cores quota",
    },
    fix: ["Choose another vmProfile.vmSize, or ask for more cores of this family.", "Then build again."],
  },
  {
    code: "SubnetFull",
    title: "The subnet has no address left for the build VM",
    stage: "running",
    signs: /SubnetIsFull|not have enough (?:capacity|(?:available |free )?(?:IP )?addresses|(?:available |free )?IPs)/i,
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
    signs:
      /disk (?:with )?size (?:value of )?\d+ ?GB,?(?: which)? is smaller than|which is smaller than the size \d+ ?GB|disk ?size\w*\b.{0,80}\b(?:is too small|smaller than|must be (?:greater|larger|at least))/i,
    example: {
      code: "OperationNotAllowed",
      message:
        "The specified disk size 30 GB is smaller than the size of the corresponding disk in the VM image: 32 GB.",
    },
    fix: ["Raise vmProfile.osDiskSizeGB to the source's size, or leave it out."],
  },
  {
    code: "ArchitectureMismatch",
    title: "Source and VM size do not have the same processor architecture",
    stage: "running",
    signs: /CPU architecture/i,
    example: {
      code: "BadRequest",
      message:
        "Cannot create a VM of size 'Standard_D2s_v5' because this VM size only supports a CPU Architecture of 'x64', but an image or disk with CPU Architecture 'Arm64' was given.",
    },
    fix: ["Choose a vmProfile.vmSize of the source's architecture (Arm64 sizes have a p in their name)."],
  },
  {
    code: "SizeUnfit",
    title: "The build VM's size cannot do what source or template ask of it",
    stage: "running",
    signs:
      /VM size\b(?!.{0,300}(?:security type|\bgen(?:eration)? ?'?V?[12]\b)).{0,80}(?:does not support|is not supported|not support)|does not support (?:the )?(?:storage account type|disk controller|premium|ephemeral|accelerated|encryption at host)|cannot boot with (?:the )?OS image|DiskControllerType|EphemeralOSDisk\w*|maximum number of data disks allowed/i,
    example: {
      code: "InvalidParameter",
      message:
        "Requested operation cannot be performed because the VM size Standard_D2_v3 does not support the storage account type Premium_LRS of disk 'os'.",
    },
    fix: ["Choose another vmProfile.vmSize: az vm list-skus shows what each can do."],
  },
  {
    code: "SubscriptionDisabled",
    title: "The subscription is disabled: nothing can be made in it",
    stage: "running",
    signs: /DisabledSubscription|subscription\b.{0,80}\bis disabled|AccountIsDisabled/i,
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
    signs: /LocationNotAvailable\w*|RegionDoesNotAllowProvisioning/i,
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
    signs:
      /SkuNotAvailable|NotAvailableForSubscription|Following SKUs have failed|provided for the VM size is not valid|(?:requested|vm) ?size\b.{0,160}\bnot (?:be )?available|required VM size is not/i,
    example: { code: "SkuNotAvailable", message: "The requested VM size is not available in location 'westeurope'." },
    fix: ["Choose another vmProfile.vmSize: az vm list-skus shows what the subscription may use there."],
  },
  {
    code: "AllocationOverconstrained",
    title: "No machine fits all that the build VM is asked to have, whoever else leaves",
    stage: "running",
    signs:
      /Over-?constrained\w*AllocationRequest|following constraints cannot be allocated|condition is too restrictive/i,
    example: {
      code: "OverconstrainedZonalAllocationRequest",
      message:
        "Allocation failed. VM(s) with the following constraints cannot be allocated, because the condition is too restrictive. Please remove some constraints and try again.",
    },
    fix: ["Choose another vmProfile.vmSize or region, or ask for less of what the text lists: waiting does not help."],
  },
  {
    code: "AllocationFailed",
    title: "Azure has no machine of the build VM's size free at the moment",
    stage: "running",
    signs: /AllocationFailed|\ballocation failed\. |not have sufficient capacity for the requested/i,
    example: { log: "==> azure-arm: ERROR: -> AllocationFailed : We do not have sufficient capacity." },
    fix: ["Build again later, or choose another vmProfile.vmSize."],
  },
  {
    code: "Throttled",
    title: "Azure was asked too often, by whomever, in a short time",
    stage: "running",
    signs:
      /\b(?:TooManyRequests|SubscriptionRequestsThrottled|OperationThrottled|StorageAccountTooBusy|TooManyVMRedeploymentRequests)\b|Status(?:Code)?[= ]429\b|unexpected status 429|Too many requests on source/,
    example: {
      code: "SubscriptionRequestsThrottled",
      message: "Number of requests for subscription 's' and operation 'o' exceeded the backend storage limit.",
    },
    fix: ["Build again later, and fewer at once in this subscription."],
  },
];
