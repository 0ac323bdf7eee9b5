import type { FailureClass } from "./failureClass.ts";

/** What keeps the build's own machines from being made (image-builder.md §5, §6.3; the troubleshooting page of Azure VM Image Builder). */
export const deploying: readonly FailureClass[] = [
  {
    code: "PrivateLinkServiceCannotBeCreatedInSubnetThatHasNetworkPoliciesEnabled",
    title: "The build subnet has private link service network policies enabled",
    stage: "preparing",
    pattern: /PrivateLinkServiceCannotBeCreatedInSubnet|private link service network policies enabled/i,
    log: /PrivateLinkServiceCannotBeCreatedInSubnet|private link service network policies enabled/i,
    example: {
      code: "PrivateLinkServiceCannotBeCreatedInSubnetThatHasNetworkPoliciesEnabled",
      message:
        "Private link service x cannot be created in a subnet y since it has private link service network policies enabled.",
    },
    fix: ["Set privateLinkServiceNetworkPolicies of the build subnet to Disabled, then build again."],
  },
  {
    code: "SubnetMissingRequiredDelegation",
    title: "The container subnet is not delegated to container groups",
    stage: "preparing",
    pattern: /SubnetMissingRequiredDelegation/i,
    log: /SubnetMissingRequiredDelegation/i,
    example: { code: "SubnetMissingRequiredDelegation", message: "Subnet x requires delegation" },
    fix: ["Delegate the container subnet to Microsoft.ContainerInstance/containerGroups, then build again."],
  },
  {
    code: "ContainerInstanceNotRegistered",
    title: "The resource provider for container instances is not registered",
    stage: "running",
    pattern:
      /(?:container ?instances?|\bACI\b)\b.*provider.*not registered|provider.*ContainerInstance.*not registered/i,
    example: { message: "Azure Container Instances provider not registered for your subscription." },
    fix: ["Run: az provider register --namespace Microsoft.ContainerInstance", "Build again once it is registered."],
  },
  {
    code: "MissingSubscriptionRegistration",
    title: "A resource provider is not registered in the subscription",
    stage: "running",
    pattern: /MissingSubscriptionRegistration|subscription is not registered (?:to use|for the)/i,
    log: /MissingSubscriptionRegistration/i,
    example: {
      code: "MissingSubscriptionRegistration",
      message: "The subscription is not registered to use namespace 'Microsoft.KeyVault'.",
    },
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
      /container (?:instances?|groups?) quota|(?:container group|ACI).*(?:quota|too many)|ContainerGroupQuotaReached|too many (?:azure )?container (?:instances|groups)/i,
    example: { message: "Too many Azure Container Instances deployed within a period of time." },
    fix: [
      "Build again later: about 25 builds at once fit into the default quota.",
      "Ask for a higher quota of container instance cores.",
    ],
  },
  {
    code: "IsolatedBuildFailed",
    title: "The service could not start its isolated build container",
    stage: "running",
    pattern: /isolated image builds?/i,
    example: { message: "VM Image Builder builds are failing due to Isolated Image Builds." },
    fix: [
      "Check that no policy forbids container instances in the staging group, and that their quota has room.",
      "Build again; if it fails again, open a support request.",
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
    code: "SubnetNotFound",
    title: "The subnet was not found, or may not be seen",
    stage: "running",
    pattern:
      /virtualNetworks\/\S+ referenced by resource \S+ was not found|NetcfgInvalidSubnet|Subnet '[^']*' is not valid/i,
    log: /virtualNetworks\/\S+ referenced by resource \S+ was not found|NetcfgInvalidSubnet|Subnet '[^']*' is not valid/i,
    example: {
      code: "InvalidResourceReference",
      message:
        "Resource /subscriptions/s/resourceGroups/n/providers/Microsoft.Network/virtualNetworks/v/subnets/b referenced by resource /subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkInterfaces/n was not found.",
    },
    fix: [
      "Check the id of the subnet, and that the network is in the template's region.",
      "Check that the template's identity may join it: without the right the service cannot see it.",
    ],
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
    code: "Locked",
    title: "A lock forbids what the service has to do",
    stage: "running",
    pattern: /ScopeLocked/i,
    log: /ScopeLocked/i,
    example: {
      code: "ScopeLocked",
      message:
        "The scope '/subscriptions/s/resourceGroups/g' cannot perform write operation because following scope(s) are locked",
    },
    fix: ["Remove the lock that the text names, or build where there is none."],
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
  {
    code: "SharedKeysForbidden",
    title: "Storage may not be entered with keys, which the service does in its staging account",
    stage: "running",
    pattern: /KeyBasedAuthenticationNotPermitted|key based authentication is not permitted/i,
    log: /KeyBasedAuthenticationNotPermitted|key based authentication is not permitted/i,
    example: { message: "Key based authentication is not permitted on this storage account." },
    fix: ["Exempt the staging resource group from the policy that switches shared keys off: the service needs them."],
  },
  {
    code: "BlockedByPolicy",
    title: "An Azure Policy forbids a resource that the service needs in its staging group",
    stage: "running",
    pattern: /RequestDisallowedByPolicy|InvalidTemplateDeployment|disallowed by policy|policy violation/i,
    log: /RequestDisallowedByPolicy|disallowed by policy|policy violation/i,
    example: { code: "RequestDisallowedByPolicy", message: "Resource 'x' was disallowed by policy" },
    fix: [
      "Find the policy that the text names; often it is about shared keys or public access of storage and key vaults.",
      "Use a staging resource group of your own and exempt it from that policy.",
    ],
  },
  {
    code: "PurchasePlanMissing",
    title: "The source is a Marketplace image whose plan is not named, or whose terms nobody accepted",
    stage: "creating",
    pattern:
      /PurchasePlan|PurchaseValidationFailed|validation to purchase|Plan information|Marketplace ?Purchase|legal terms have not been accepted|VMMarketplaceInvalid/i,
    log: /PurchaseValidationFailed|validation to purchase|Marketplace ?Purchase|legal terms have not been accepted|VMMarketplaceInvalid|Plan information/i,
    example: { code: "VMMarketplaceInvalidInput", message: "The request requires Plan information." },
    fix: [
      "Put source.planInfo into the template.",
      "Accept the image's terms once in the subscription: az vm image terms accept --urn …",
    ],
  },
  {
    code: "OSProvisioningTimedOut",
    title: "The build VM did not come up from its source",
    stage: "running",
    pattern: /OSProvisioning(?:TimedOut|ClientError|InternalError)|OS Provisioning for VM .* did not finish/i,
    log: /OSProvisioning(?:TimedOut|ClientError|InternalError)|OS Provisioning for VM .* did not finish/i,
    example: { log: "==> azure-arm: ERROR: -> OSProvisioningTimedOut : OS Provisioning for VM did not finish." },
    fix: ["Check that the source is generalized and boots: make one VM of it.", "Build from the version before it."],
  },
  {
    code: "ServicePrincipalLacksRight",
    title: "The service itself lacks the right to make a disk in the staging group",
    stage: "running",
    pattern: /'Microsoft\.Compute\/disks\/write'.*proxyVm/i,
    example: {
      message:
        "The client 'x' with object id '6df32502-fe22-4e39-bd69-10873965ac04' does not have authorization to perform action 'Microsoft.Compute/disks/write' over scope '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/proxyVmDiskWin_1'",
    },
    fix: [
      "Assign Contributor on the staging group to the service principal Azure Virtual Machine Image Builder: own groups with a network and a Windows source need that.",
    ],
  },
  {
    code: "TimeoutTooShort",
    title: "The build time-out is too short for the service's own tokens",
    stage: "running",
    pattern: /\b(?:client_jwt|JWT|token)\b.*(?:expir|lifetime|invalid)|(?:expir|lifetime).*\b(?:JWT|token)\b/i,
    log: /\bclient_jwt will expire/i,
    example: {
      log: "* client_jwt will expire within 5 minutes, please use a JWT that is valid for at least 5 minutes",
    },
    fix: ["Set buildTimeoutInMinutes to 6 or more (60 or more for Windows) and create the template anew."],
  },
  {
    code: "NetworkResourceNotFound",
    title: "The service cannot see its own network resources: a right is missing",
    stage: "running",
    pattern: /network\.\w+Client#.*(?:StatusCode=404|ResourceNotFound)/i,
    example: {
      message:
        "network.InterfacesClient#UpdateTags: Failure responding to request: StatusCode=404 -- Original Error: Service returned an error. Status=404 Code=\"ResourceNotFound\" Message=\"The Resource 'Microsoft.Network/networkInterfaces/n' under resource group 'IT_x' was not found.\"",
    },
    fix: ["Compare with the plan of this template: it names every right that is needed, and whether it stands."],
  },
];
