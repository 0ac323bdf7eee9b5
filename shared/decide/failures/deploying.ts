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
    pattern:
      /MissingSubscriptionRegistration|InvalidSubscriptionRegistrationState|NoRegisteredProviderFound|subscription is not registered (?:to use|for the)/i,
    log: /MissingSubscriptionRegistration|InvalidSubscriptionRegistrationState|NoRegisteredProviderFound/i,
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
