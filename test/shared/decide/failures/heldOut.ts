/**
 * Failures people reported, written down before the classifier's rules were read and never used to tune them.
 *
 * Texts are those of the linked threads, shortened, ids replaced. `cause` is the plain name of what was wrong in the end (as the thread
 * found, or as the text says); the test beside maps the classifier's classes to these names, never the other way round.
 * `again` says whether running the same template again, with nothing changed, is sensible: a reader's judgement, made here.
 */
export interface LabelledFailure {
  readonly source: string;
  readonly subState?: "queued" | "building" | "customizing" | "optimizing" | "validating" | "distributing";
  readonly code?: string;
  readonly message: string;
  readonly log?: readonly string[];
  readonly cause: string;
  readonly again: boolean;
}

const run = "0b6f3a52-1111-4222-8333-94a5b6c7d8e9";
export const sub = "/subscriptions/11111111-2222-3333-4444-555555555555";
const aka = "For more troubleshooting steps go to https://aka.ms/azvmimagebuilderts.";
const packerOld = `Failed in building/customizing image: Failed in customizing image: Failed while waiting for packerizer: Microservice has failed: Failed while processing request: Error when executing packerizer: Packer build command has failed: exit status 1. During the image build, a failure has occurred, please review the build log to identify which build/customization step failed. ${aka} Image Build log location: https://abcdefghij0123456789xyz.blob.core.windows.net/packerlogs/${run}/customization.log. OperationId: ${run}. Use this operationId to search packer logs.`;
export const packerNew = `During the image build a failure has occurred. Packer build logs are at location ${sub}/resourceGroups/IT_images_gold_6589927b/providers/Microsoft.Storage/storageAccounts/abcdefghij0123456789xyz/blobServices/default/containers/packerlogs/${run}/customization.log. Please navigate to this location using portal or other tools to download logs for identifying which build/customization step failed. Use this operationId ${run} to search packer logs. ${aka}`;
const internal =
  "Internal error occurred. This is a generic error. To identify possible causes, go to https://aka.ms/azvmimagebuilderts.";
export const out = (text: string) => `[${run}] PACKER OUT ${text}`;
export const err = (text: string) => `[${run}] PACKER ERR 2024/05/02 10:46:29 ${text}`;
export const old = (number: number) => `https://github.com/danielsollondon/azvmimagebuilder/issues/${number}`;
export const aib = (number: number) => `https://github.com/Azure/azvmimagebuilder/issues/${number}`;
export const docs = (number: number) => `https://github.com/MicrosoftDocs/azure-docs/issues/${number}`;
export const packer = (number: number) => `https://github.com/hashicorp/packer/issues/${number}`;
export const plugin = (number: number) => `https://github.com/hashicorp/packer-plugin-azure/issues/${number}`;

export const heldOut: readonly LabelledFailure[] = [
  // Permissions of the template's identity
  {
    source: old(20),
    subState: "distributing",
    message: `Failed in distributing 1 images out of total 1: {[Error 0] [Distribute 0] Error publishing VHD to managed image:${sub}/resourceGroups/images/providers/Microsoft.Compute/images/gold, Location:WestUS2. Error: Creating image from VHD 'https://abc.blob.core.windows.net/vhds/51d64cfd.vhd' [with 10 retries] reported non-success status (Timedout [compute.ImagesClient#Delete: Failure sending request: StatusCode=403 -- Original Error: Code="AuthorizationFailed" Message="The client '53c21081-626a-4ba0-9b76-ff5739b2d911' with object id '53c21081-626a-4ba0-9b76-ff5739b2d911' does not have authorization to perform action 'Microsoft.Compute/images/delete' over scope '${sub}/resourceGroups/images/providers/Microsoft.Compute/images/gold'."])}`,
    cause: "identity lacks a right",
    again: false,
  },
  {
    source: docs(99193),
    message: `Not authorized to access the resource: ${sub}/resourceGroups/myWinImgBuilderRG/providers/Microsoft.Compute/images/aibWinImage. Please check the user assigned identity has the correct permissions. For more details, go to https://aka.ms/azvmimagebuilderts.`,
    cause: "identity lacks a right",
    again: false,
  },
  {
    source: aib(60),
    code: "Unauthorized",
    message:
      "Not authorized to access the resource: https://scripts0001.blob.core.windows.net/aib/install-software.sh. Please check the user assigned identity has the correct permissions. For more details, go to https://aka.ms/azvmimagebuilderts.",
    cause: "identity lacks a right",
    again: false,
  },
  {
    source: old(29),
    code: "BadSharedImageDistribute",
    message: `Not authorized to access the resource: ${sub}/resourceGroups/images/providers/Microsoft.Compute/galleries/gallery/images/gold. Please check the user assigned identity has the correct permissions.`,
    cause: "identity lacks a right",
    again: false,
  },
  {
    source: old(107),
    code: "AuthorizationFailed",
    message: `The client 'someone@example.org' with object id '93c21081-626a-4ba0-9b76-ff5739b2d911' does not have authorization to perform action 'Microsoft.VirtualMachineImages/imageTemplates/write' over scope '${sub}/resourceGroups/images/providers/Microsoft.VirtualMachineImages/imageTemplates/gold' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
    cause: "identity lacks a right",
    again: false,
  },
  {
    source: "https://github.com/Azure/DevOps-Self-Hosted/issues/30",
    subState: "customizing",
    message: packerNew,
    log: [
      out(
        "==> azure-arm: Failed to download https://scripts0001.blob.core.windows.net/aibscripts/Install-LinuxPowerShell.sh: 403 This request is not authorized to perform this operation.",
      ),
      out("==> azure-arm: AuthorizationFailure"),
    ],
    cause: "script or file cannot be fetched",
    again: false,
  },

  // The network between packer and the build VM
  {
    source: docs(84627),
    subState: "customizing",
    message: packerNew,
    log: [
      err(
        'packer-plugin-azure plugin: [ERROR] WinRM connection err: unknown error Post "https://10.4.21.11:5986/wsman": context deadline exceeded',
      ),
      out("==> azure-arm: Timeout waiting for WinRM."),
    ],
    cause: "build VM unreachable",
    again: false,
  },
  {
    source: old(14),
    subState: "building",
    message: packerOld,
    log: [
      out("Build 'azure-arm' errored: Timeout waiting for WinRM."),
      err('machine readable: azure-arm,error []string{"Timeout waiting for WinRM."}'),
    ],
    cause: "build VM unreachable",
    again: false,
  },
  {
    source: aib(48),
    subState: "building",
    message: packerNew,
    log: [
      out("==> azure-arm: Waiting for SSH to become available..."),
      out("==> azure-arm: Timeout waiting for SSH."),
      out('==> azure-arm: Step "StepConnectSSH" failed'),
    ],
    cause: "build VM unreachable",
    again: false,
  },
  {
    source: "https://github.com/Azure/avdaccelerator/issues/272",
    subState: "building",
    message: packerNew,
    log: [
      out(
        `==> azure-arm: ERROR: -> PrivateLinkServiceCannotBeCreatedInSubnetThatHasNetworkPoliciesEnabled : Private link service ${sub}/resourceGroups/IT_x/providers/Microsoft.Network/privateLinkServices/pls cannot be created in a subnet ${sub}/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/v/subnets/build since it has private link service network policies enabled.`,
      ),
    ],
    cause: "subnet policy for private link",
    again: false,
  },
  {
    source: "https://github.com/Azure/dev-box-images/issues/8",
    code: "DeploymentFailed",
    message:
      'At least one resource deployment operation failed. Please list deployment operations for details. Please see https://aka.ms/DeployOperations for usage details. {"error":{"code":"SubnetMissingRequiredDelegation","message":"Subnet missing required delegation \'Microsoft.ContainerInstance\' for container group \'VSCodeBox\'."}}',
    cause: "subnet lacks delegation",
    again: false,
  },

  // Policy
  {
    source: old(11),
    subState: "building",
    message: packerOld,
    log: [
      out(
        "==> azure-arm: ERROR: -> InvalidTemplateDeployment : The template deployment failed because of policy violation. Please see details for more information.",
      ),
    ],
    cause: "refused by policy",
    again: false,
  },
  {
    source: old(85),
    code: "RequestDisallowedByPolicy",
    message:
      'Resource \'IT_images_gold_6589927b\' was disallowed by policy. Policy identifiers: \'[{"policyAssignment":{"name":"Require a tag on resource groups"}}]\'.',
    cause: "refused by policy",
    again: false,
  },
  {
    source: aib(59),
    code: "RequestDisallowedByPolicy",
    message:
      "Resource 'abcdefghij0123456789xyz' was disallowed by policy. Reasons: 'Storage accounts should prevent shared key access'. See error details for policy resource IDs.",
    cause: "refused by policy",
    again: false,
  },
  {
    source: aib(59),
    subState: "building",
    message:
      "Failed while creating the staging storage: 403 Key based authentication is not permitted on this storage account. KeyBasedAuthenticationNotPermitted",
    cause: "shared keys forbidden",
    again: false,
  },

  // Quota and capacity
  {
    source: old(9),
    subState: "building",
    message: packerOld,
    log: [
      err(
        'packer: Azure response status="400 Bad Request" method="POST" body="{\\"error\\":{\\"code\\":\\"InvalidTemplateDeployment\\",\\"message\\":\\"The template deployment \'pkrdpyew5c23775\' is not valid according to the validation procedure. See inner errors for details.\\",\\"details\\":[{\\"code\\":\\"QuotaExceeded\\",\\"message\\":\\"The operation couldn\'t be completed as it results in exceeding quota limit of standardDv2Family Cores. Maximum allowed: 10, Current in use: 22, Additional requested: 1.',
      ),
    ],
    cause: "core quota",
    again: false,
  },
  {
    source: packer(6806),
    subState: "building",
    message: packerNew,
    log: [
      out(
        "==> azure-arm: ERROR: -> SkuNotAvailable : The requested VM size for resource 'Following SKUs have failed for Capacity Restrictions: Standard_F64s_v2' is currently not available in location 'WestUS'. Please try another size or deploy to a different location or different zone.",
      ),
    ],
    cause: "VM size not available",
    again: false,
  },
  {
    source: plugin(14),
    subState: "building",
    message: packerNew,
    log: [
      out(
        "==> azure-arm: ERROR: -> AllocationFailed : Allocation failed. We do not have sufficient capacity for the requested VM size in this region. Read more about improving likelihood of allocation success at https://aka.ms/allocation-guidance",
      ),
    ],
    cause: "VM size not available",
    again: true,
  },

  // Providers, source, plan
  {
    source: "https://github.com/Azure/ausgovcaf-cloudsoe/issues/59",
    code: "MissingSubscriptionRegistration",
    message:
      "The subscription is not registered to use namespace 'Microsoft.KeyVault'. See https://aka.ms/rps-not-found for how to register subscriptions.",
    cause: "provider not registered",
    again: false,
  },
  {
    source: old(22),
    message:
      "The subscription is not registered for the resource type 'imageTemplates'. Please check that the resource type exists and re-register for this provider in order to have access to this resource type.",
    cause: "provider not registered",
    again: false,
  },
  {
    source: docs(122880),
    message:
      "Microsoft.ContainerInstance resource provider is not registered in the subscription. Please register the provider and retry the build.",
    cause: "provider not registered",
    again: false,
  },
  {
    source: docs(99954),
    code: "PurchasePlanNotProvided",
    message:
      "Purchase Plan was not provided for image: location: westeurope, publisherName: vendor, offer: thing, sku: byol, version: 1.3.4. Update the Azure Image Builder Template to include Plan Infomartion details for the source platform image. For more details, review http://aka.ms/azvmimagebuildertmplref.",
    cause: "purchase plan",
    again: false,
  },
  {
    source: "https://github.com/hashicorp/packer/pull/6009",
    subState: "building",
    message: packerNew,
    log: [
      out(
        "==> azure-arm: ERROR: -> MarketplacePurchaseEligibilityFailed : Marketplace purchase eligibilty check returned errors. See inner errors for details.",
      ),
      out(
        "==> azure-arm: ERROR:   -> BadRequest : Offer with PublisherId: bitnami, OfferId: rabbitmq cannot be purchased due to validation errors. Legal terms have not been accepted for this item on this subscription.",
      ),
    ],
    cause: "purchase plan",
    again: false,
  },
  {
    source: "https://github.com/MicrosoftDocs/azure-compute-docs/pull/189",
    message: `Validation failed: Error with Hyper-V Version validation (cross-generation for multiple Hyper-V Versions is not supported). The provided SIG: ${sub}/resourceGroups/images/providers/Microsoft.Compute/galleries/myImageGallery/images/winSvrImages, has a different Hyper-V Generation: V2, than source image: V1.`,
    cause: "generation mismatch",
    again: false,
  },
  {
    source: plugin(42),
    subState: "distributing",
    message: `Failed in distributing 1 images out of total 1: Conflict : The resource with id '${sub}/resourceGroups/images/providers/Microsoft.Compute/images/gold' has a different Hypervisor generation ['V1'] than the parent gallery image Hypervisor generation ['V2'].`,
    cause: "generation mismatch",
    again: false,
  },
  {
    source: plugin(304),
    subState: "distributing",
    message: `Failed in distributing 1 images out of total 1: {[Error 0] [Distribute 0] Error publishing to gallery: InvalidParameter : The security type 'TrustedLaunchSupported' is not supported for the source id '${sub}/resourceGroups/IT_x/providers/Microsoft.Compute/virtualMachines/pkrvm8m65h64a14'.`,
    cause: "security type mismatch",
    again: false,
  },
  {
    source: packer(13189),
    subState: "distributing",
    message:
      "Failed in distributing 1 images out of total 1: OperationNotAllowed : Creation of managed images are not supported for virtual machine with TrustedLaunch security type.",
    cause: "security type mismatch",
    again: false,
  },

  // Customizers
  {
    source: old(84),
    subState: "customizing",
    message: packerOld,
    log: [
      err(
        "packer-builder-azure-arm plugin: [INFO] command 'powershell -executionpolicy bypass \"& { c:/Windows/Temp/script-5f956214.ps1; exit $LastExitCode }\"' exited with code: 16001",
      ),
      out("==> azure-arm: Provisioning step had errors: Running the cleanup provisioner, if present..."),
      err("[INFO] RPC endpoint: Communicator ended with: 16001"),
    ],
    cause: "a customizer failed",
    again: false,
  },
  {
    source: "https://github.com/The-Virtual-Desktop-Team/Virtual-Desktop-Optimization-Tool/issues/85",
    subState: "customizing",
    message: packerNew,
    log: [
      out("Build 'azure-arm' errored: Script exited with non-zero exit status: 16000. Allowed exit codes are: [0]"),
    ],
    cause: "a customizer failed",
    again: false,
  },
  {
    source: "https://github.com/actions/runner-images/issues/11581",
    subState: "customizing",
    message: packerNew,
    log: [
      out(
        "Build 'azure-arm.build_image' errored after 24 minutes 41 seconds: Script exited with non-zero exit status: 1. Allowed exit codes are: [0]",
      ),
      out("==> Some builds didn't complete successfully and had errors:"),
    ],
    cause: "a customizer failed",
    again: false,
  },
  {
    source: old(105),
    subState: "customizing",
    message: packerOld,
    log: [
      out("==> azure-arm: Provisioning with Powershell..."),
      out("==> azure-arm: Provisioning with powershell script: /tmp/powershell-provisioner123"),
      out("==> azure-arm: Enable-WindowsOptionalFeature : The request is not supported."),
      out("Build 'azure-arm' errored: Script exited with non-zero exit status: 1. Allowed exit codes are: [0]"),
    ],
    cause: "a customizer failed",
    again: false,
  },
  {
    source: "https://github.com/actions/runner-images/issues/3421",
    subState: "customizing",
    message: packerNew,
    log: [
      out(
        '    azure-arm: Exception calling "DownloadFile" with "2" argument(s): "The remote name could not be resolved: \'azuredevspacestools.blob.core.windows.net\'"',
      ),
      out("Build 'azure-arm' errored: Script exited with non-zero exit status: 1. Allowed exit codes are: [0]"),
    ],
    cause: "a customizer failed",
    again: false,
  },
  {
    source: "https://github.com/actions/runner-images/issues/4237",
    subState: "customizing",
    message: packerNew,
    log: [
      out("==> azure-arm: Restarting Machine"),
      out("==> azure-arm: Waiting for machine to restart..."),
      out("==> azure-arm: Timeout waiting for machine to restart."),
    ],
    cause: "restart took too long",
    again: false,
  },

  // Generalizing
  {
    source: old(126),
    subState: "customizing",
    message: packerOld,
    log: [
      out("    azure-arm: /usr/sbin/waagent -force -deprovision+user && export HISTSIZE=0 && sync"),
      out("    azure-arm: /tmp/DeprovisioningScript.sh: 1: /usr/sbin/waagent: not found"),
      out("Build 'azure-arm' errored: Script exited with non-zero exit status: 127. Allowed exit codes are: [0]"),
    ],
    cause: "generalizing failed",
    again: false,
  },
  {
    source: "https://github.com/actions/runner-images/issues/6250",
    subState: "customizing",
    message: packerNew,
    log: [
      out("    azure-arm: IMAGE_STATE_COMPLETE"),
      out("    azure-arm: IMAGE_STATE_UNDEPLOYABLE"),
      out("    azure-arm: IMAGE_STATE_UNDEPLOYABLE"),
      out("    azure-arm: IMAGE_STATE_UNDEPLOYABLE"),
      err("Cancelling builder after context cancellation context canceled"),
    ],
    cause: "generalizing failed",
    again: false,
  },
  {
    source: old(71),
    subState: "customizing",
    message: packerOld,
    log: [
      out("    azure-arm: IMAGE_STATE_COMPLETE"),
      out("    azure-arm: IMAGE_STATE_COMPLETE"),
      out("    azure-arm: IMAGE_STATE_COMPLETE"),
      err("Cancelling builder after context cancellation context canceled"),
      out("Cancelling build after receiving terminated"),
    ],
    cause: "generalizing failed",
    again: false,
  },
  {
    source: "https://github.com/microsoft/azure-pipelines-tasks/issues/9549",
    subState: "building",
    message: packerNew,
    log: [
      out(
        "==> azure-arm: ERROR: -> OSProvisioningTimedOut : OS Provisioning for VM 'pkrvm0001' did not finish in the allotted time. However, the VM guest agent was detected running. This suggests the guest OS has not been properly prepared to be used as a VM image (with CreateOption=FromImage).",
      ),
    ],
    cause: "source image does not boot",
    again: false,
  },

  // Distribution
  {
    source: packer(7865),
    subState: "distributing",
    message:
      "Failed in distributing 1 images out of total 1: {[Error 0] [Distribute 0] Error publishing MDI to Shared Image Gallery: Future#WaitForCompletion: context has been cancelled: StatusCode=200 -- Original Error: context deadline exceeded}",
    cause: "distribution timed out",
    again: false,
  },
  {
    source: old(12),
    subState: "distributing",
    message:
      "Failed in distributing 1 images out of total 1: {[Error 0] [Distribute 0] Error copying VHD blob to 'northeurope': Failed while waiting for blob copy: Error getting blob properties: context deadline exceeded}",
    cause: "distribution timed out",
    again: false,
  },
  {
    source: packer(11827),
    subState: "distributing",
    message:
      "Failed in distributing 1 images out of total 1: the Shared Gallery Image to which to publish the managed image version to does not exist in the resource group images",
    cause: "gallery image missing",
    again: false,
  },
  {
    source: plugin(183),
    subState: "distributing",
    message:
      "Failed in distributing 1 images out of total 1: InvalidBeginGetAccessForGalleryImageVersionSnapshotResponseFromPIR : The response from pir.BeginGetAccessForGalleryImageVersionSnapshot is invalid.",
    cause: "unknown",
    again: false,
  },
  {
    source: old(47),
    subState: "distributing",
    message: "Failed in distributing 1 images out of total 1: Some error happened, please check the error details.",
    cause: "unknown",
    again: false,
  },

  // The service itself
  { source: old(97), message: internal, cause: "error inside the service", again: true },
  {
    source: old(86),
    code: "InternalOperationError",
    message: internal,
    cause: "error inside the service",
    again: true,
  },
  {
    source: old(99),
    code: "GatewayTimeout",
    message:
      "The gateway did not receive a response from 'Microsoft.VirtualMachineImages' within the specified time period.",
    cause: "error inside the service",
    again: true,
  },

  // Nothing to go by
  { source: old(101), subState: "building", message: packerOld, cause: "unknown", again: false },
  {
    source: "https://github.com/Azure/azure-powershell/issues/24244",
    code: "PackerBuildFailed",
    message: packerNew,
    cause: "unknown",
    again: false,
  },
  {
    source: docs(35106),
    message:
      "Failed in building/customizing image: Failed while waiting for packerizer: Microservice has failed: Failed while processing request: Error when executing packerizer: Packer build command has failed: exit status 1",
    cause: "unknown",
    again: false,
  },
  {
    source: old(5),
    subState: "building",
    message: packerOld,
    log: [
      out("==> azure-arm:  -> image : 'https://abc.blob.core.windows.net/images/pkroslomoirwt95.vhd'"),
      out("==> azure-arm: Error deleting resource.  Please delete manually."),
    ],
    cause: "unknown",
    again: false,
  },
];
