import type { FailureClass } from "./failureClass.ts";

/** What keeps the build's own machines from being made or reached (image-builder.md §5, §6.3; the troubleshooting page; ARM's and Compute's pages of error codes). */
export const deploying: readonly FailureClass[] = [
  {
    code: "PrivateLinkServiceCannotBeCreatedInSubnetThatHasNetworkPoliciesEnabled",
    title: "The build subnet has private link service network policies enabled",
    stage: "preparing",
    // The code's words, those of Image Builder's own check, and either said the other way round.
    signs:
      /Private(?:LinkService|Endpoint)CannotBeCreatedInSubnet|private ?(?:link ?service|endpoint)s? ?network ?polic(?:y|ies)\b.{0,300}\b(?:enabled|disabled?)\b|\bdisabled? .{0,40}private ?link ?service (?:network )?polic/i,
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
    signs:
      /SubnetMissingRequiredDelegation|missing (?:the |required )?delegation|requires? (?:any of the following )?delegation|subnet\b.{0,200}\b(?:not|must be) delegated/i,
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
    signs:
      /MissingSubscriptionRegistration|SubscriptionNotRegistered|InvalidSubscriptionRegistrationState|NoRegisteredProviderFound|MissingRegistrationForLocation|subscription is not registered (?:to use|for the|with)|Microsoft\.\w+['"]? (?:is|was) not registered|resource provider\b.{0,120}\bnot registered/i,
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
    code: "FeatureNotEnabled",
    title: "The subscription has not enabled a feature that the build asks for",
    stage: "running",
    signs:
      /feature(?:\(s\)|s)?\b.{0,120}\bis not (?:enabled|registered)|FeatureNotRegistered|SubscriptionNotRegisteredForFeature/i,
    example: {
      code: "InvalidParameter",
      message:
        "The property 'securityProfile.encryptionAtHost' is not valid because the 'Microsoft.Compute/EncryptionAtHost' feature is not enabled for this subscription.",
    },
    fix: ["Register the feature that the text names with az feature register, then its provider; or do without it."],
  },
  {
    code: "IsolatedBuildFailed",
    title: "The service could not start its isolated build container",
    stage: "running",
    pattern: /isolated image builds?|requested resource is not available in the location/i,
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
    signs:
      /virtualNetworks\/\S+ (?:referenced by resource \S+ |under resource group \S+ )?(?:was|could) not (?:be )?found|NetcfgInvalidSubnet|Subnet '[^']*' is not valid|(?:InvalidResourceReference|NotFound).*virtualNetworks\/|VnetNotFound|SubnetNotFound/i,
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
    signs:
      /ScopeLocked|(?:scope|resource|group)(?:\(s\)|s)? (?:is|are) locked|(?:CanNotDelete|ReadOnly) lock\b|remove the lock and\b/i,
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
    signs: /KeyBasedAuthenticationNotPermitted|key based authentication is not permitted/i,
    example: { message: "Key based authentication is not permitted on this storage account." },
    fix: ["Exempt the staging resource group from the policy that switches shared keys off: the service needs them."],
  },
  {
    code: "BlockedByPolicy",
    title: "An Azure Policy forbids a resource that the service needs in its staging group",
    stage: "running",
    signs:
      /RequestDisallowedBy\w+|disallowed by (?:\w+ )?policy|disallowed by Azure|policy violation|PolicyViolation|(?:denied|blocked|not allowed|forbidden|prohibited) by (?:an? |the )?(?:azure |organization )?polic/i,
    example: { code: "RequestDisallowedByPolicy", message: "Resource 'x' was disallowed by policy" },
    fix: [
      "Find the policy that the text names; often it is about shared keys or public access of storage and key vaults.",
      "Use a staging resource group of your own and exempt it from that policy.",
    ],
  },
  {
    code: "PublicAccessDisabled",
    title: "A storage account or key vault lets nobody in from the network where the build runs",
    stage: "running",
    signs:
      /ForbiddenByFirewall|ForbiddenByConnection|PublicNetworkAccess(?:Is)?(?:Disabled|NotAllowed)|public network access is not allowed|public (?:network )?access\b.{0,30}\bdisabled/i,
    example: {
      message:
        "Public network access is disabled and request is not from a trusted service nor via an approved private link. (ForbiddenByConnection)",
    },
    fix: [
      "Find who switched public access off, often a policy, and exempt the staging group: the service needs its storage account and key vault open.",
    ],
  },
  {
    code: "NameTaken",
    title: "A name that must be unique in Azure is taken, perhaps by something deleted that can still be recovered",
    stage: "running",
    signs:
      /StorageAccount(?:AlreadyTaken|AlreadyExists|InAnotherResourceGroup)|VaultAlreadyExists|vault name '\S+' is already in use|DnsRecordInUse|exists in deleted state/i,
    example: { code: "VaultAlreadyExists", message: "The vault name 'kv' is already in use." },
    fix: [
      "Build again: the service draws new names. If it is a name of yours, choose another or purge what was deleted.",
    ],
  },
  {
    code: "ServicePrincipalLacksRight",
    title: "The service itself lacks a right in the staging group",
    stage: "running",
    pattern:
      /(?:authorization|permission)s? to perform action.*proxyVm|setting up (?:the )?network(?:ing)? pipeline|Image Builder'?"? service principal/i,
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
    log: /\bclient_jwt will expire|ExpiredAuthenticationToken/i,
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
  {
    code: "ExtensionFailed",
    title: "An extension on the build VM failed, or its guest agent did not report",
    stage: "running",
    signs: /VMExtension(?:Provisioning|HandlerNonTransient)\w*|VMAgentStatusCommunicationError/i,
    example: {
      code: "VMExtensionProvisioningError",
      message: "VM has reported a failure when processing extension 'MicrosoftMonitoringAgent'.",
    },
    fix: [
      "The service installs none: exempt the staging group from the policy that puts extensions on every machine.",
      "Check that the source has a working guest agent.",
    ],
  },
  {
    code: "OSProvisioningTimedOut",
    title: "The build VM did not come up from its source",
    stage: "running",
    signs:
      /OSProvisioning\w+|OS Provisioning (?:.{0,200}\bdid not finish|failed)|VMStartTimedOut|did not start in the allotted time/i,
    example: { log: "==> azure-arm: ERROR: -> OSProvisioningTimedOut : OS Provisioning for VM did not finish." },
    fix: ["Check that the source is generalized and boots: make one VM of it.", "Build from the version before it."],
  },
  {
    code: "ConnectionTimedOut",
    title: "The build VM could not be reached",
    stage: "running",
    pattern:
      /(?:WinRM|SSH)\b.*(?:context deadline exceeded|timeout|timed out|connection)|timeout waiting for (?:WinRM|SSH)|:598[56]\/wsman|dial tcp .*:22\b|(?:connect(?:ing)? to|waiting for) (?:the )?(?:proxy|build) ?VM\b/i,
    log: /(?:timeout|error) waiting for (?:WinRM|SSH)|(?:WinRM|SSH) connection.*(?:err|fail)|handshake failed|timeout during SSH handshake|unable to authenticate|authentication error when trying to connect|StepConnect\w*" failed|:598[56]\/wsman.*(?:deadline exceeded|timeout|refused|unreachable|no route)|^(?!.*(?:uploading|create shell|removing temporary)).*dial tcp \S+:(?:22|598[56])\b/im,
    example: {
      message: 'WinRM connection err: unknown error Post "https://10.1.0.5:5986/wsman": context deadline exceeded',
    },
    fix: [
      "Allow TCP 22 (Linux) or 5986 (Windows) between the build's subnets in network security groups, route tables and firewalls.",
      "Check that the source lets SSH or WinRM in: hardened images may not.",
    ],
  },
  {
    code: "AzureUnreachable",
    title: "Packer could not reach Azure from the build's container",
    stage: "running",
    log: /(?:lookup|dial tcp|Client\.Timeout|TLS handshake)\b.{0,200}(?:azure\.(?:com|net)|windows\.net|microsoft\w{0,10}\.com).*(?:no such host|timeout|refused|misbehaving|exceeded)|(?:azure\.(?:com|net)|windows\.net|microsoft\w{0,10}\.com).{0,300}\b(?:dial tcp|lookup)\b.*(?:no such host|timeout|refused|misbehaving)/i,
    example: { log: "Build 'azure-arm' errored: dial tcp: lookup management.azure.com on 10.0.0.4:53: no such host" },
    fix: [
      "Let the container's subnet resolve Azure's names (DNS servers of the network) and reach them (firewall, routes).",
    ],
  },
  {
    code: "NeverConnected",
    title: "The build ended while it waited for the build VM to answer",
    stage: "running",
    tells: "that",
    log: /Waiting for (?:SSH|WinRM)\b/i,
    example: { log: "==> azure-arm: Waiting for SSH to become available..." },
    fix: [
      "Allow TCP 22 (Linux) or 5986 (Windows) between the build's subnets in network security groups, route tables and firewalls.",
      "Check that the source boots, and lets SSH or WinRM in.",
    ],
  },
];
