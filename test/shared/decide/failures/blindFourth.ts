/**
 * A fourth set of failures people reported, collected without reading the classifier, its rules or the earlier sets' texts.
 *
 * Texts are those of the linked threads, shortened, ids and blanked names replaced; names of Packer builds other than `azure-arm` are made
 * `azure-arm`, and what Packer or ARM printed stands as Image Builder's customization log would have it. No address here is cited by an
 * earlier set. `cause` is what the thread found, else what the text says; "unknown" where neither text nor log tells.
 * Its collector called the service's generic internal error "unknown" twice; the same text has been "error inside the service" since the
 * first set, and is called so here since the rules met it. No other label was changed. The rules were not, and are not to be, mended by
 * this set: it stays what tells how they do with texts that nobody taught them.
 * `knowledge` marks texts from support engineers' notes of customers' cases and `written` texts from people's write-ups of their own image
 * builds, both found in public repositories whose address the index hides.
 */
import { aib, docs, err, type LabelledFailure, old, out, packer, packerNew, plugin, sub } from "./heldOut.ts";

const github = (rest: string) => `https://github.com/${rest}`;
const knowledge = (file: number, section: string) => `support notes, stored file ${file}: ${section}`;
const written = (file: number, title: string) => `write-up, stored file ${file}: ${title}`;
const aka = "https://aka.ms/azvmimagebuilderts";
const internalError = `Internal error occurred. This is a generic error. To identify possible causes, go to ${aka}.`;
const deploymentFailed =
  "At least one resource deployment operation failed. Please list deployment operations for details. Please see https://aka.ms/arm-deployment-operations for usage details.";
const cleanup = out("==> azure-arm: Provisioning step had errors: Running the cleanup provisioner, if present...");
/** A line as Packer 1.10 and later write it to the log: one stream, with the time. */
const line = (text: string) => out(text).replace("PACKER OUT", "PACKER 2025/07/03 11:26:50");

export const blindFourth: readonly LabelledFailure[] = [
  // Image Builder: submission
  {
    source: written(
      37500111450,
      "Keeping sanity when working with Azure VM Image Builder: a staging group of one's own",
    ),
    code: "Unauthorized",
    message: `Not authorized to access the resource: ${sub}/resourceGroups/blog-ib-staging-rg. Please check the user assigned identity has the correct permissions. For more details, go to ${aka}.`,
    cause: "identity lacks a right",
    again: false,
  },
  {
    source: written(37500111450, "Keeping sanity when working with Azure VM Image Builder: the second submission"),
    code: "DeploymentFailed",
    message: `{"status":"Failed","error":{"code":"DeploymentFailed","target":"${sub}/resourceGroups/blog-ib-rg/providers/Microsoft.Resources/deployments/it","message":"${deploymentFailed}","details":[{"code":"Conflict","message":"Update/Upgrade of image templates is currently not supported. Please change the name of the template you are submitting. If you have previously tried to submit a template and it failed to provision, you must delete it first and then resubmit. For more information, go to ${aka}."}]}}`,
    cause: "template stands already",
    again: false,
  },
  {
    source: knowledge(52026397011, "row 10: PrivateLinkService network policy"),
    message: "PrivateLinkService Network Policy is not disabled for the given subnet.",
    cause: "subnet policy for private link",
    again: false,
  },
  {
    source: github("ProDriveIT/NMW: CIT quick start guide, Failed to Start Image Template Build"),
    code: "OperationNotAllowed",
    message:
      "Operation Microsoft.VirtualMachineImages/imageTemplates/run is not allowed in provisioning state: failed or run state",
    cause: "not runnable now",
    again: false,
  },
  {
    source: old(88),
    message: internalError,
    cause: "error inside the service",
    again: true,
  },
  {
    source: old(92),
    code: "InternalOperationError",
    message: `The deployment 'armTemplateWVD2' failed with error(s). Showing 1 out of 1 error(s). Status Message: ${internalError} (Code:InternalOperationError)`,
    cause: "error inside the service",
    again: true,
  },

  // Image Builder: the build VM and its network
  {
    source: knowledge(62729217448, "DEPLOY-AIB-ConnectionError, Linux"),
    subState: "building",
    message: packerNew,
    log: [
      out("==> azure-arm: Waiting for SSH to become available..."),
      err(
        "packer-plugin-azure plugin: [DEBUG] TCP connection to SSH ip/port failed: Error connecting to bastion: dial tcp 10.241.10.0:60000: connect: connection timed out",
      ),
    ],
    cause: "build VM unreachable",
    again: false,
  },
  {
    source: knowledge(62729217448, "DEPLOY-AIB-CIS"),
    subState: "building",
    message: packerNew,
    log: [
      out(
        "==> azure-arm:  -> SourceImageName: '/subscriptions/11111111-2222-3333-4444-555555555555/providers/Microsoft.Compute/locations/westeurope/publishers/center-for-internet-security-inc/ArtifactTypes/vmimage/offers/cis-windows-server/skus/cis-windows-server2019-l1-gen2/versions/latest'",
      ),
      out("==> azure-arm: Waiting for WinRM to become available..."),
      err(`machine readable: azure-arm,error []string{"Timeout waiting for WinRM."}`),
    ],
    cause: "hardened source",
    again: false,
  },
  {
    source: knowledge(52081256680, "row 14: a gallery image with a plan as the source"),
    subState: "building",
    message: packerNew,
    log: [
      out("==> azure-arm: Deploying deployment template ..."),
      out(
        "==> azure-arm: ERROR:   -> VMMarketplaceInvalidInput : Creating a virtual machine from Marketplace image requires Plan information in the request. OS disk name is 'pkros4nagav9ssw'.",
      ),
    ],
    cause: "purchase plan",
    again: false,
  },
  {
    source: docs(99807),
    message: `Deployment failed. Correlation ID: 5bb0a03a-21e1-4b59-96a4-5930d165ceed. During the image build a failure has occurred. Please review the build log to identify which build/customization step failed. For more troubleshooting steps go to ${aka}. Image build log location: https://abcdefghij0123456789xyz.blob.core.windows.net/packerlogs/9cb4088c-9ee9-43b8-ac65-eac4493cdeec/customization.log. OperationId: 1d75f8d7-8e4a-4e8e-97d3-b86b5c1097cf. Use this operationId to search packer logs.`,
    cause: "unknown",
    again: false,
  },

  // Image Builder: customizers
  {
    source: github("Azure/RDS-Templates/issues/826"),
    subState: "customizing",
    message: packerNew,
    log: [
      line(
        "ui:     azure-arm: WARNING: If the Windows Display Language has changed, it will take effect after the next sign-in.",
      ),
      line("packer-provisioner-powershell plugin: [INFO] 1469 bytes written for 'stdout'"),
      line("packer-provisioner-powershell plugin: [INFO] 0 bytes written for 'stderr'"),
      line("packer-provisioner-powershell plugin: [INFO] RPC client: Communicator ended with: 1"),
      line(
        "ui:     azure-arm: *** AVD AIB CUSTOMIZER PHASE: Set default Language - English (United Kingdom) with en-GB has been set as the default System Preferred UI Language***",
      ),
    ],
    cause: "a customizer failed",
    again: false,
  },
  {
    source: aib(43),
    subState: "customizing",
    message: packerNew,
    log: [
      err(
        `packer-plugin-azure plugin: [INFO] command 'powershell -executionpolicy bypass -file "C:/Windows/Temp/packer-elevated-shell-6363f1b4-f148-b687-5f9d-26d01ce19481.ps1"' exited with code: 16001`,
      ),
      err("packer-plugin-azure plugin: [INFO] RPC endpoint: Communicator ended with: 16001"),
      cleanup,
    ],
    cause: "a customizer failed",
    again: false,
  },
  {
    source: written(62094141027, "Build Sequence: hardening before Windows Update"),
    subState: "customizing",
    message: packerNew,
    log: [
      out("    azure-arm: Validating post-patch state..."),
      out("==> azure-arm: An error occurred: RemoteRegistry not disabled"),
      cleanup,
    ],
    cause: "a customizer failed",
    again: false,
  },
  {
    source: written(62094141027, "Build Sequence: characters an inline script may not have"),
    subState: "customizing",
    message: packerNew,
    log: [out(`==> azure-arm: The string is missing the terminator: ".`), cleanup],
    cause: "a customizer failed",
    again: false,
  },

  // Image Builder and Packer: generalizing
  {
    source: old(28),
    subState: "customizing",
    message: packerNew,
    log: [
      out("==> azure-arm: At C:\\DeprovisioningScript.ps1:3 char:9"),
      out("==> azure-arm: + while ((Get-Service WindowsAzureTelemetryService).Status -ne 'Running ..."),
      out("==> azure-arm: +         ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~"),
      out(
        "==> azure-arm:     + CategoryInfo          : ObjectNotFound: (WindowsAzureTelemetryService:String) [Get-Service], ServiceCommandExcep",
      ),
      out("==> azure-arm:    tion"),
      out(
        "==> azure-arm:     + FullyQualifiedErrorId : NoServiceFoundForGivenName,Microsoft.PowerShell.Commands.GetServiceCommand",
      ),
      out("==> azure-arm: Get-Service : Cannot find any service with service name 'WindowsAzureTelemetryService'."),
    ],
    cause: "generalizing failed",
    again: false,
  },
  {
    source: aib(38),
    subState: "customizing",
    message: packerNew,
    log: [
      out("    azure-arm: Write-Output '>>> Waiting for GA Service (RdAgent) to start ...'"),
      out("==> azure-arm: Get-Service : Cannot find any service with service name 'WindowsAzureTelemetryService'."),
      out("==> azure-arm: At C:\\DeprovisioningScript.ps1:4 char:9"),
      out("==> azure-arm: + while ((Get-Service WindowsAzureTelemetryService) -and ((Get-Service  ..."),
      out("    azure-arm: while ((Get-Service RdAgent).Status -ne 'Running') { Start-Sleep -s 5 }"),
      out("    azure-arm: Write-Output '>>> Waiting for GA Service (WindowsAzureTelemetryService) to start ...'"),
    ],
    cause: "generalizing failed",
    again: false,
  },
  {
    source: plugin(350),
    subState: "customizing",
    message: packerNew,
    log: [
      out("    azure-arm: IMAGE_STATE_COMPLETE"),
      out(
        "    azure-arm: Error:SYSPRP Package Microsoft.WidgetsPlatformRuntime_1.4.0.0_x64__8wekyb3d8bbwe was installed for a user, but not provisioned for all users. This package will not function properly in the sysprep image.",
      ),
      out("    azure-arm: Error                 SYSPRP Failed to remove apps for the current user: 0x80073cf2."),
      out("    azure-arm: Error                 SYSPRP Exit code of RemoveAllApps thread was 0x3cf2."),
    ],
    cause: "generalizing failed",
    again: false,
  },
  {
    source: github("microsoft/winget-cli/issues/5599"),
    subState: "customizing",
    message: packerNew,
    log: [
      out("==> azure-arm: Sysprep encountered errors. Review the setuperr.log for details."),
      out("==> azure-arm: 2025-06-07 09:52:50, Error                 SYSPRP BCD: BiUpdateEfiEntry failed c000000d"),
      out("==> azure-arm: 2025-06-07 09:52:50, Error                 SYSPRP BCD: BiExportBcdObjects failed c000000d"),
      out(
        "==> azure-arm: Package Microsoft.Winget.Source_2025.718.1153.54_neutral__8wekyb3d8bbwe was installed for a user, but not provisioned for all users. This package will not function properly in the sysprep image.",
      ),
    ],
    cause: "generalizing failed",
    again: false,
  },
  {
    source: knowledge(62729217448, "DEPLOY-Sysprep-Failed, signature 1"),
    subState: "customizing",
    message: packerNew,
    log: [
      out(
        "    azure-arm: Error [0x0f0073] SYSPRP RunDlls:Not running DLLs; either the machine is in an invalid state or we couldn't update the recorded state, dwRet = 0x1f",
      ),
      out(
        "    azure-arm: Error [0x0f00ae] SYSPRP WinMain:Hit failure while processing sysprep cleanup external providers; hr = 0x8007001f",
      ),
    ],
    cause: "generalizing failed",
    again: false,
  },

  // Packer: provisioners
  {
    source: github("actions/runner-images/issues/9911"),
    subState: "customizing",
    message: packerNew,
    log: [
      out("    azure-arm: Describing Miniconda"),
      out("    azure-arm:   [+] Miniconda Environment variables is set.  883ms (640ms|243ms)"),
      out("    azure-arm: Tests Passed: 3, Failed: 0, Skipped: 0 NotRun: 0"),
      out(
        "Build 'azure-arm' errored after 4 hours 7 minutes: Script exited with non-zero exit status: 1. Allowed exit codes are: [0]",
      ),
    ],
    cause: "a customizer failed",
    again: false,
  },
  {
    source: github("actions/runner-images/issues/12890"),
    subState: "customizing",
    message: packerNew,
    log: [
      out("==> azure-arm: Download msys2 installer msys2-x86_64-latest.exe"),
      out("==> azure-arm: Package downloaded in 1.32 seconds"),
      out(
        "==> azure-arm: Found hash for msys2-x86_64-latest.exe in checksum file: d4bad5be4187134fd2796f39600d9fbc36f4e7c39db54047d5418e546e41d9b3",
      ),
      out(
        "==> azure-arm: Checksum verification failed: expected d4bad5be4187134fd2796f39600d9fbc36f4e7c39db54047d5418e546e41d9b3, got",
      ),
      out("==> azure-arm: 0D9DD0D0E491D4CAB1E91409CA79D85BF818AF0817139FB38AC22FECFE133228"),
    ],
    cause: "file is another",
    again: false,
  },
  {
    source: github("actions/runner-images/issues/9958"),
    subState: "customizing",
    message: packerNew,
    log: [
      out(
        "==> azure-arm: Checksum verification failed: expected 2655938bc0e94e788b847c45adcc87a8c4afd160294a0f374c7306a1015ec83d300c1092f11f3869",
      ),
      out(
        "==> azure-arm: 58686b70431cec109257ace163a79551f5be797fb8b6a0ba, got A48E753165286E567507C2C73ABF3C38BB0C50015352424851ADCEE75DD884564",
      ),
      out(
        "==> azure-arm: At C:\\Program Files\\WindowsPowerShell\\Modules\\ImageHelpers\\InstallHelpers.ps1:919 char:9",
      ),
      out(`==> azure-arm: +         throw "Checksum verification failed: expected $expectedHash,  ...`),
    ],
    cause: "file is another",
    again: false,
  },
  {
    source: github("actions/runner-images/issues/6073"),
    subState: "customizing",
    message: packerNew,
    log: [
      out("==> azure-arm: Pausing 1m0s before the next provisioner..."),
      out(
        "==> azure-arm: Provisioning with shell script: /home/vsts/work/1/s/images/linux/scripts/installers/cleanup.sh",
      ),
      err(
        "packer-builder-azure-arm plugin: [ERROR] ssh session open error: 'ssh: unexpected packet in response to channel open: <nil>', attempting reconnect",
      ),
      out(
        "==> azure-arm: Error uploading script: Error copying input data into local temporary file. Check that TEMPDIR has enough space. Please see https://www.packer.io/docs/other/environment-variables#tmpdirfor more info. Error: connection reset",
      ),
    ],
    cause: "connection lost",
    again: true,
  },

  // Packer: the way to the build VM
  {
    source: github("YannickRe/azuredevops-buildagents/issues/64"),
    subState: "building",
    message: packerNew,
    log: [
      out("==> azure-arm: Deploying deployment template ..."),
      out("==> azure-arm: Getting the VM's IP address ..."),
      out("==> azure-arm: Waiting for SSH to become available..."),
      out("==> azure-arm: Timeout waiting for SSH."),
      out("==> azure-arm: Deleting individual resources ..."),
      out("Build 'azure-arm' errored after 22 minutes 51 seconds: Timeout waiting for SSH."),
    ],
    cause: "build VM unreachable",
    again: false,
  },
  {
    source: packer(11134),
    subState: "building",
    message: packerNew,
    log: [
      out("==> azure-arm:  -> IP Address          : '10.1.0.5'"),
      out("==> azure-arm: Waiting for SSH to become available..."),
      err("packer-builder-azure-arm plugin: [INFO] Waiting for SSH, up to timeout: 20m0s"),
      err(
        "packer-builder-azure-arm plugin: [DEBUG] TCP connection to SSH ip/port failed: dial tcp 10.1.0.5:22: i/o timeout",
      ),
    ],
    cause: "build VM unreachable",
    again: false,
  },

  // Packer and the gallery: publishing
  {
    source: packer(11418),
    message: packerNew,
    log: [
      out(
        "Build 'azure-arm' errored: the Shared Gallery Image to which to publish the managed image version to does not exist in the resource group IT-images",
      ),
    ],
    cause: "gallery image missing",
    again: false,
  },
  {
    source: packer(10417),
    message: packerNew,
    log: [
      out("    azure-arm: Creating Azure Resource Manager (ARM) client ..."),
      out(
        "==> azure-arm: the Shared Gallery Image to which to publish the managed image version to does not exist in the resource group rg-images",
      ),
    ],
    cause: "gallery image missing",
    again: false,
  },
  {
    source: github("hashicorp/packer-plugin-azure/pull/397"),
    message: packerNew,
    log: [
      out(
        "Build 'azure-arm' errored after 2 seconds: a gallery image version for image name:version gold:1.0.0 already exists in gallery images",
      ),
    ],
    cause: "version stands already",
    again: false,
  },
  {
    source: plugin(36),
    subState: "distributing",
    message: packerNew,
    log: [
      out("==> azure-arm: Publishing to Shared Image Gallery ..."),
      out(
        "==> azure-arm: Future#WaitForCompletion: context has been cancelled: StatusCode=200 -- Original Error: context deadline exceeded",
      ),
    ],
    cause: "distribution timed out",
    again: true,
  },
  {
    source: knowledge(62729217448, "DEPLOY-ACG-Version: time-out of six hours"),
    subState: "distributing",
    message:
      "Operation failed: InternalExecutionError ... System.TimeoutException: Execution timed out after 06:00:00. Last executing block: CopySeedBlobsIntoRegionBlock (Build).",
    cause: "distribution timed out",
    again: false,
  },
  {
    source: knowledge(62729217448, "DEPLOY-ACG-Version: source image not found"),
    code: "NotFound",
    message: `Source Image '${sub}/resourceGroups/images/providers/Microsoft.Compute/images/gold' is not found. Please check source image exists, and is in the same region as gallery image version being created.`,
    cause: "source not found",
    again: false,
  },
  {
    source: github("Azure/azure-sdk-for-net/issues/28468"),
    message: `Long running operation failed with status 'Failed'. Additional Info:'The resource with id '${sub}/resourceGroups/create-image/providers/Microsoft.Compute/images/my-image' has a different Hypervisor generation ['V2'] than the parent gallery image Hypervisor generation ['V1'].'`,
    cause: "generation mismatch",
    again: false,
  },
  {
    source: github("microsoft/STL/pull/3159"),
    message:
      "The provided gallery image only supports creation of VMs and VM Scale Sets with 'TrustedLaunch' security type.",
    cause: "security type mismatch",
    again: false,
  },

  // ARM and Compute: sources
  {
    source: knowledge(62729217448, "DEPLOY-Image-PlatformNotFound"),
    code: "PlatformImageNotFound",
    message:
      "The platform image 'MicrosoftWindowsDesktop:windows-11:win11-21h2-avd:latest' is not available. Verify that all fields in the storage profile are correct.",
    cause: "source not found",
    again: false,
  },
  {
    source: github("nforgeio/neonKUBE/issues/1673"),
    message:
      "User failed validation to purchase resources. Error message: 'You have not accepted the legal terms on this subscription: '11111111-2222-3333-4444-555555555555' for this plan. Before the subscription can be used, you need to accept the legal terms of the image. To read and accept legal terms, use the Azure CLI commands described at https://go.microsoft.com/fwlink/?linkid=2110637 or the PowerShell commands available at https://go.microsoft.com/fwlink/?linkid=862451. Offer details: publisher='neonforgellc1660679895021' offer = 'neonkube_0-8-0-preview', sku = 'neonkube'.'",
    cause: "purchase plan",
    again: false,
  },
  {
    source: github("MicrosoftDocs/azure-docs/pull/25359"),
    code: "MarketplacePurchaseEligibilityFailed",
    message: `Marketplace purchase eligibilty check returned errors. See inner errors for details. Exception Details: Error Code: BadRequest Message: Offer with PublisherId: microsoft_iot_edge, OfferId: iot_edge_vm_ubuntu cannot be purchased due to validation errors. See details for more information.[{"Legal terms have not been accepted for this item on this subscription. To accept legal terms using PowerShell, please use Get-AzureRmMarketplaceTerms and Set-AzureRmMarketplaceTerms API(https://go.microsoft.com/fwlink/?linkid=862451) or deploy via the Azure portal to accept the terms":"StoreApi"}]`,
    cause: "purchase plan",
    again: false,
  },
  {
    source: github("ManageIQ/manageiq/issues/22384"),
    code: "OSProvisioningTimedOut",
    message:
      "OS Provisioning for VM 'testoparin1' did not finish in the allotted time. The VM may still finish provisioning successfully. Please check provisioning state later. Also, make sure the image has been properly prepared (generalized).\r\n * Instructions for Windows: https://azure.microsoft.com/documentation/articles/virtual-machines-windows-upload-image/ \r\n * Instructions for Linux: https://azure.microsoft.com/documentation/articles/virtual-machines-linux-capture-image/",
    cause: "source image does not boot",
    again: false,
  },
  {
    source: github("berops/claudie/issues/386"),
    subState: "building",
    message: packerNew,
    log: [
      out("==> azure-arm: Deploying deployment template ..."),
      out(
        `==> azure-arm: Code="OSProvisioningTimedOut" Message="OS Provisioning for VM 'pkrvm4nagav9ssw' did not finish in the allotted time. The VM may still finish provisioning successfully. Please check provisioning state later. For details on how to check current provisioning state of Windows VMs, refer to https://aka.ms/WindowsVMLifecycle and Linux VMs, refer to https://aka.ms/LinuxVMLifecycle."`,
      ),
    ],
    cause: "source image does not boot",
    again: false,
  },

  // ARM and Compute: quotas, capacity, throttling
  {
    source: github("Azure-Samples/azuresandbox/issues/70"),
    message:
      "performing CreateOrUpdate: unexpected status 409 (409 Conflict) with error: SkuNotAvailable: The requested VM size for resource 'Following SKUs have failed for Capacity Restrictions: Standard_B2s' is currently not available in location 'eastus'. Please try another size or deploy to a different location or different zone. See https://aka.ms/azureskunotavailable for details.",
    cause: "VM size not available",
    again: false,
  },
  {
    source: github("azuredevcollege/trainingdays/pull/84"),
    subState: "building",
    message: packerNew,
    log: [
      out("==> azure-arm: Validating deployment template ..."),
      out(
        "==> azure-arm: ERROR:   -> SkuNotAvailable : The requested size for resource '/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/vmtiko/providers/Microsoft.Compute/virtualMachines/vmtiko' is currently not available in location 'West Europe' zones '' for subscription '11111111-2222-3333-4444-555555555555'. Please try another size or deploy to a different location or zones. See https://aka.ms/azureskunotavailable for details.",
      ),
    ],
    cause: "VM size not available",
    again: false,
  },
  {
    source: github("nforgeio/neonKUBE/issues/1671"),
    code: "OperationNotAllowed",
    message:
      "Operation could not be completed as it results in exceeding approved Total Regional Cores quota. Additional details - Deployment Model: Resource Manager, Location: centralus, Current Limit: 10, Current Usage: 8, Additional Required: 4, (Minimum) New Limit Required: 12.",
    cause: "core quota",
    again: false,
  },
  {
    source: github("theonemule/fahclient-azure-vm/issues/3"),
    code: "InvalidTemplateDeployment",
    message: `{"code":"InvalidTemplateDeployment","message":"The template deployment 'Microsoft.Template' is not valid according to the validation procedure. The tracking id is '9be752d1-86cd-4825-9231-8bdc00d66935'. See inner errors for details.","details":[{"code":"QuotaExceeded","message":"Operation could not be completed as it results in exceeding approved Total Regional Cores quota. Additional details - Deployment Model: Resource Manager, Location: eastus, Current Limit: 4, Current Usage: 0, Additional Required: 6, (Minimum) New Limit Required: 6."}]}`,
    cause: "core quota",
    again: false,
  },
  {
    source: github("daveprowse/tac-course/issues/5"),
    subState: "building",
    message: packerNew,
    log: [
      out("==> azure-arm: Deploying deployment template ..."),
      out(
        `==> azure-arm: StatusCode=400 -- Original Error: Code="IPv4BasicSkuPublicIpCountLimitReached" Message="Cannot create more than 0 IPv4 Basic SKU public IP addresses for this subscription in this region." Details=[]`,
      ),
    ],
    cause: "quota of public addresses",
    again: false,
  },
  {
    source: github("evgenyb/aks-workshops/issues/22"),
    code: "PublicIPCountLimitReached",
    message: "Cannot create more than 20 public IP addresses for this subscription in this region.",
    cause: "quota of public addresses",
    again: false,
  },
  {
    source: knowledge(62729217448, "DEPLOY-CRP-Throttle"),
    message:
      "Operation 'Microsoft.Compute/virtualMachines/read' failed as server encountered too many requests. Please try after '120' seconds.",
    cause: "throttled",
    again: true,
  },
  {
    source: knowledge(62729217448, "DEPLOY-CRP-Preempted"),
    code: "OperationPreempted",
    message: "The operation has been preempted by a more recent operation.",
    cause: "another operation under way",
    again: true,
  },

  // ARM: network
  {
    source: docs(88211),
    code: "DeploymentFailed",
    message: `{"status":"Failed","error":{"code":"DeploymentFailed","message":"${deploymentFailed}","details":[{"code":"BadRequest","message":"{\\r\\n  \\"error\\": {\\r\\n    \\"code\\": \\"SubnetIsFull\\",\\r\\n    \\"message\\": \\"Subnet Subnet1 with address prefix 10.0.0.0/24 does not have enough capacity for 1 IP addresses.\\",\\r\\n    \\"details\\": []\\r\\n  }\\r\\n}"}]}}`,
    cause: "subnet full",
    again: false,
  },
  {
    source: github("Azure/azure-cli/issues/31872"),
    message: `Subnet '${sub}/resourceGroups/images/providers/Microsoft.Network/virtualNetworks/myvnet/subnets/mysubnet-1' does not exist.`,
    cause: "subnet not found",
    again: true,
  },

  // ARM: rights, policies, locks, registrations
  {
    source: github("Azure/bicep/issues/17206"),
    code: "DeploymentFailed",
    message: `{"status":"Failed","error":{"code":"DeploymentFailed","message":"${deploymentFailed}","details":[{"code":"LinkedAuthorizationFailed","message":"The client has permission to perform action 'Microsoft.Compute/galleries/images/read' on scope '${sub}/resourcegroups/defender/providers/Microsoft.Compute/virtualMachines/srv02', however the current tenant '22222222-3333-4444-5555-666666666666' is not authorized to access linked subscription '33333333-4444-5555-6666-777777777777'."}]}}`,
    cause: "identity lacks a right",
    again: false,
  },
  {
    source: github("Azure/azure-cli/issues/16674"),
    code: "AuthorizationFailed",
    message: `The client '44444444-5555-6666-7777-888888888888' with object id '44444444-5555-6666-7777-888888888888' does not have authorization to perform action 'Microsoft.Compute/galleries/images/read' over scope '${sub}/resourceGroups/images/providers/Microsoft.Compute/galleries/gallery/images/gold' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
    cause: "identity lacks a right",
    again: false,
  },
  {
    source: knowledge(62729217448, "DEPLOY-Policy-Denied"),
    code: "RequestDisallowedByPolicy",
    message: `The resource action 'Microsoft.Storage/storageAccounts/write' is disallowed by one or more policies. Policy identifier(s): '${sub}/providers/Microsoft.Authorization/policyAssignments/SDOStdPolicyNetwork'.`,
    cause: "refused by policy",
    again: false,
  },
  {
    source: knowledge(62729217448, "DEPLOY-Reg-Missing"),
    code: "MissingSubscriptionRegistration",
    message: "The subscription is not registered to use namespace 'Microsoft.Network'.",
    cause: "provider not registered",
    again: false,
  },
  {
    source: github("Azure/terraform-azurerm-lz-vending/issues/496"),
    code: "ScopeLocked",
    message: `The scope '${sub}/resourceGroups/rg-dgit-weu-dev/providers/Microsoft.Network/virtualNetworks/vnet-dgit-weu-dev/subnets/snet-dgit-weu-dev' cannot perform delete operation because following scope(s) are locked: '${sub}/resourceGroups/rg-dgit-weu-dev'. Please remove the lock and try again.`,
    cause: "locked",
    again: false,
  },

  // ARM: storage keys, extensions
  {
    source: github("Azure/AI-Landing-Zones/issues/64"),
    code: "DeploymentScriptOperationFailed",
    message:
      "Key based authentication is not permitted on this storage account.\nRequestId:176c3808-201a-004f-5842-557d35000000\nTime:2025-11-14T08:41:01.5009594Z\nStatus: 403 (Key based authentication is not permitted on this storage account.)\nErrorCode: KeyBasedAuthenticationNotPermitted",
    cause: "shared keys forbidden",
    again: false,
  },
  {
    source: github("Azure/azure-cli/issues/24486"),
    code: "VMExtensionProvisioningError",
    message: `VM has reported a failure when processing extension 'customScript'. Error message: "Enable failed: failed to execute command: command terminated with exit status=1\n[stdout]\nHit:1 http://azure.archive.ubuntu.com/ubuntu bionic InRelease\nReading package lists...\n\n[stderr]\nE: Could not get lock /var/lib/dpkg/lock-frontend - open (11: Resource temporarily unavailable)\nE: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?\n"`,
    cause: "extension failed",
    again: true,
  },
];
