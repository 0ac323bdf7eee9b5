/**
 * A third set of failures people reported, collected without reading the classifier, its rules or the earlier sets' texts.
 *
 * Texts are those of the linked threads, shortened, ids replaced; names of Packer builds other than `azure-arm` are made `azure-arm`, and
 * what Packer or ARM printed stands as Image Builder's customization log would have it. No address here is cited by an earlier set.
 * `cause` is what the thread found, else what the text says; "unknown" where neither text nor log tells.
 * Its collector called three of the causes "Windows Update failed" and two "package manager locked"; since the rules met it, these five
 * say "a customizer failed", as the other sets call whatever goes wrong in a step. No other label was changed.
 * `knowledge` marks texts from support engineers' notes of customers' cases, found in public repositories whose address the index hides.
 */
import { aib, docs, err, type LabelledFailure, old, out, packer, packerNew, plugin, sub } from "./heldOut.ts";

const github = (rest: string) => `https://github.com/${rest}`;
const knowledge = (file: number, section: string) => `support notes, stored file ${file}: ${section}`;
const customImageTrouble = "https://learn.microsoft.com/azure/virtual-desktop/troubleshoot-custom-image-templates";
const aka = "https://aka.ms/azvmimagebuilderts";
const internalError = `Internal error occurred. This is a generic error. To identify possible causes, go to ${aka}.`;
const group = `${sub}/resourceGroups/pkr-Resource-Group-4nagav9ssw`;
const buildVm = `${group}/providers/Microsoft.Compute/virtualMachines/pkrvm4nagav9ssw`;
const cleanup = "==> azure-arm: Provisioning step had errors: Running the cleanup provisioner, if present...";

export const blindThird: readonly LabelledFailure[] = [
  // Rights
  {
    source: 'blog post "Keeping sanity when working with Azure VM Image Builder", 2 January 2024',
    code: "Unauthorized",
    message: `Not authorized to access the resource: ${sub}/resourceGroups/blog-ib-staging-rg. Please check the user assigned identity has the correct permissions. For more details, go to ${aka}.`,
    cause: "identity lacks a right",
    again: false,
  },
  {
    source: 'blog post on Packer and Image Builder for AVD, May 2021 (stored file 33275234879), "Troubleshooting"',
    message:
      "put template call failed for template t_undefinedundefined_1622201565931 with error: Not authorized to access the resource: /subscriptions.",
    cause: "identity lacks a right",
    again: false,
  },
  {
    source: github("openshift/release/pull/76853"),
    subState: "building",
    code: "LinkedAuthorizationFailed",
    message: `The client has permission to perform action 'Microsoft.Network/privateLinkServices/write' on scope '${sub}/resourceGroups/staging/providers/Microsoft.Network/privateLinkServices/pls-1' however, it does not have permission to perform action(s) 'Microsoft.Network/virtualNetworks/subnets/join/action' on the linked scope(s) '${sub}/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/vnet/subnets/pls-nat-subnet'`,
    cause: "identity lacks a right",
    again: false,
  },
  {
    source: knowledge(52026397011, "row 8: the service's principal lacks Contributor"),
    subState: "building",
    message: "Error setting up networking pipeline for communication with build VM",
    cause: "the service's principal lacks a right",
    again: false,
  },

  // Policies, locks, providers
  {
    source: github("actions/runner-images/issues/6593"),
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    log: [
      out("==> azure-arm: Validating deployment template ..."),
      out("==> azure-arm: Deploying deployment template ..."),
      out(
        `Build 'azure-arm' errored after 18 seconds 987 milliseconds: resources.DeploymentsClient#CreateOrUpdate: Failure sending request: StatusCode=400 -- Original Error: Code="InvalidTemplateDeployment" Message="The template deployment failed because of policy violation. Please see details for more information." Details=[{"additionalInfo":[{"info":{"evaluationDetails":{"evaluatedExpressions":[{"expression":"type","expressionKind":"Field","expressionValue":"Microsoft.KeyVault/vaults","operator":"Equals","path":"type","result":"True","targetValue":"Microsoft.KeyVault/vaults"}]},"policyAssignmentDisplayName":"Organization Key Vault Portal - Firewall Setting Deny"}}]}]`,
      ),
    ],
    cause: "refused by policy",
    again: false,
  },
  {
    source: github("Azure/azure-cli/issues/32417"),
    code: "InvalidTemplateDeployment",
    message: `Code: RequestDisallowedByPolicy
Message: Resource 'my-vm' was disallowed by policy. Policy identifiers: '[{"policyAssignment":{"name":"LTIM - AllowedImage","id":"/providers/Microsoft.Management/managementGroups/ff355289/providers/Microsoft.Authorization/policyAssignments/ee979ac2bd22451ba019721d"},"policyDefinition":{"name":"LTIM - AllowedImage","version":"1.0.0"}}]'.
Target: my-vm`,
    cause: "refused by policy",
    again: false,
  },
  {
    source: github("Azure/data-factory-deploy-action/issues/23"),
    message: `The scope '${sub}/resourcegroups/rg-images-weu/providers/Microsoft.Resources/deployments/ARMTemplate' cannot perform delete operation because following scope(s) are locked: '${sub}/resourcegroups/rg-images-weu'. Please remove the lock and try again. StatusCode: 409 ReasonPhrase: Conflict`,
    cause: "locked",
    again: false,
  },
  {
    source: github("nforgeio/neonKUBE/issues/1670"),
    code: "MissingSubscriptionRegistration",
    message:
      "The subscription is not registered to use namespace 'Microsoft.Compute'. See https://aka.ms/rps-not-found for how to register subscriptions. Status: 409 (Conflict)",
    cause: "provider not registered",
    again: false,
  },

  // The template itself
  {
    source: github("julie-ng/azure-image-builder-test"),
    code: "DeploymentFailed",
    message: String.raw`At least one resource deployment operation failed. Please list deployment operations for details. Please see https://aka.ms/DeployOperations for usage details.","details":[{"code":"Conflict","message":"{\r\n  \"code\": \"Conflict\",\r\n  \"message\": \"Update/Upgrade of image templates is currently not supported. Please change the name of the template you are submitting. If you have previously tried to submit a template and it failed to provision, you must delete it first and then resubmit. For more information, go to https://aka.ms/azvmimagebuilderts.\"\r\n}"},{"code":"BadRequest","message":"{\r\n  \"error\": {\r\n    \"code\": \"RoleAssignmentUpdateNotPermitted\",\r\n    \"message\": \"Tenant ID, application ID, principal ID, and scope are not allowed to be updated.\"\r\n  }\r\n}"}]`,
    cause: "template stands already",
    again: false,
  },
  {
    source: github("Azure/azure-cli/issues/28677"),
    message: "Managed identity is required for building this template using current API version",
    cause: "template not accepted",
    again: false,
  },
  {
    source: knowledge(52026397011, "row 9: the group has the tags of another template"),
    message: "Provided staging resource group may be used by another image template",
    cause: "staging group unusable",
    again: false,
  },
  {
    source: `${customImageTrouble}#privatelinkservice-network-policy-is-not-disabled-for-the-given-subnet`,
    message: `PrivateLinkService Network Policy is not disabled for the given subnet ${sub}/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/vnet/subnets/images`,
    cause: "subnet policy for private link",
    again: false,
  },
  {
    source: `${customImageTrouble}#script-is-unavailable`,
    message:
      "Resource https://raw.githubusercontent.com/contoso/images/main/install.ps1 is unavailable. Please check the file exists, and that Image Builder can access it",
    cause: "script or file cannot be fetched",
    again: false,
  },

  // The source image
  {
    source: plugin(53),
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    log: [
      out("==> azure-arm: Deploying deployment template ..."),
      out(
        `==> azure-arm: {"status":"Failed","error":{"code":"ResourceDeploymentFailure","message":"The resource operation completed with terminal provisioning state 'Failed'.","details":[{"code":"PlatformImageNotFound","message":"The platform image 'redhat:RHEL:7-LVM:7.9.2020100116' is not available. Verify that all fields in the storage profile are correct. For more details about storage profile information, please refer to https://aka.ms/storageprofile"}]}}`,
      ),
    ],
    cause: "source not found",
    again: false,
  },
  {
    source: packer(3835),
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    log: [
      err(
        'packer: Azure request method="GET" request="https://management.azure.com/subscriptions/11111111/resourcegroups/packer-Resource-Group-2qqlr24zvg/providers/Microsoft.Resources/deployments/pkrdp2qqlr24zvg/operationStatuses/08587293679671112764?api-version=2015-11-01" body=""',
      ),
      err(
        String.raw`packer: Azure response status="200 OK" method="GET" body="{\"status\":\"Failed\",\"error\":{\"code\":\"DeploymentFailed\",\"message\":\"At least one resource deployment operation failed. Please list deployment operations for details. Please see https://aka.ms/arm-debug for usage details.\",\"details\":[{\"message\":\"The platform image 'canonical:ubuntuserver:14.04.5-LTS:latest' is not available. Verify that all fields in the storage profile are correct.\"}]}}"`,
      ),
    ],
    cause: "source not found",
    again: false,
  },
  {
    source: github("Azure/sap-automation/issues/433"),
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    log: [
      out("==> azure-arm: Deploying deployment template ..."),
      out(
        `==> azure-arm: ERROR: Code="VMMarketplaceInvalidInput" Message="Creating a virtual machine from Marketplace image or a custom image sourced from a Marketplace image requires Plan information in the request. VM: '${buildVm}'."`,
      ),
    ],
    cause: "purchase plan",
    again: false,
  },
  {
    source: knowledge(62729217448, "DEPLOY-Marketplace, symptom 9: BYOS gold images"),
    message:
      "You have not accepted the legal terms on this subscription: '11111111-2222-3333-4444-555555555555' for this plan.",
    cause: "purchase plan",
    again: false,
  },
  {
    source: github("Azure/azure-sdk-for-python/issues/23051"),
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    log: [
      out("==> azure-arm: Deploying deployment template ..."),
      out(
        "==> azure-arm: ERROR:   -> OperationNotAllowed : The specified disk size 64 GB is smaller than the size of the corresponding disk in the VM image: 127 GB. This is not allowed. Please choose equal or greater size or do not specify an explicit size.",
      ),
    ],
    cause: "disk smaller than the source's",
    again: false,
  },

  // Room for the build VM
  {
    source: docs(91276),
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    log: [
      out("==> azure-arm: Deploying deployment template ..."),
      out(
        `azure-arm: resources.DeploymentsClient#CreateOrUpdate: Failure sending request: StatusCode=0 -- Original Error: Code="InvalidTemplateDeployment" Message="The template deployment failed with error: 'The resource with id: '${buildVm}' failed validation with message: 'The requested size for resource '${buildVm}' is currently not available in location 'eastus' zones '' for subscription '11111111-2222-3333-4444-555555555555'. Please try another size or deploy to a different location or zones. See https://aka.ms/azureskunotavailable for details.'.'."`,
      ),
    ],
    cause: "VM size not available",
    again: false,
  },
  {
    source: github("openshift/release/pull/5182"),
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    log: [
      out(
        '==> azure-arm: Error: Code="ZonalAllocationFailed" Message="Allocation failed. We do not have sufficient capacity for the requested VM size in this zone. Read more about improving likelihood of allocation success at http://aka.ms/allocation-guidance"',
      ),
      out("==> azure-arm: Deleting individual resources ..."),
    ],
    cause: "VM size not available",
    again: true,
  },
  {
    source: github("jenkins-infra/helpdesk/issues/3584"),
    message: String.raw`{"status":"Failed","error":{"code":"ResourceOperationFailure","message":"The resource operation completed with terminal provisioning state 'Failed'.","details":[{"code":"OverconstrainedZonalAllocationRequest","target":"11","message":"Allocation failed. VM(s) with the following constraints cannot be allocated, because the condition is too restrictive. Please remove some constraints and try again. Constraints applied are:\n  - Availability Zone\n  - Differencing (Ephemeral) Disks\n  - Networking Constraints (such as Accelerated Networking or IPv6)\n  - VM Size\n"}]}}`,
    cause: "VM size not available",
    again: false,
  },
  {
    source: docs(15216),
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    log: [
      out("==> azure-arm: Deploying deployment template ..."),
      out(
        "==> azure-arm: ERROR:   -> OperationNotAllowed : Operation results in exceeding quota limits of Core. Maximum allowed: 4, Current in use: 4, Additional requested: 1. Please read more about quota increase at https://aka.ms/ProdportalCRP/?#create/Microsoft.Support/Parameters/.",
      ),
    ],
    cause: "core quota",
    again: false,
  },
  {
    source: github("scylladb/scylla-cluster-tests/issues/12948"),
    code: "OperationNotAllowed",
    message:
      "Operation could not be completed as it results in exceeding approved standardFSv2Family Cores quota. Additional details - Deployment Model: Resource Manager, Location: eastus, Current Limit: 50, Current Usage: 48, Additional Required: 4, (Minimum) New Limit Required: 52. Setup Alerts when Quota reaches threshold. Learn more at https://aka.ms/quotamonitoringalerting .",
    cause: "core quota",
    again: false,
  },
  {
    source: github("coreos/tectonic-installer/issues/1454"),
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    log: [
      out("==> azure-arm: Deploying deployment template ..."),
      out(
        '==> azure-arm: network.PublicIPAddressesClient#CreateOrUpdate: Failure responding to request: StatusCode=400 -- Original Error: autorest/azure: Service returned an error. Status=400 Code="StaticPublicIPCountLimitReached" Message="Cannot create more than 20 public IP addresses with static allocation method for this subscription in this region." Details=[]',
      ),
    ],
    cause: "quota of public addresses",
    again: false,
  },

  // The build VM out of reach
  {
    source: packer(8658),
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    log: [
      out("==> azure-arm: Waiting for WinRM to become available..."),
      out("==> azure-arm: Timeout waiting for WinRM."),
      out("==> azure-arm: Cleanup requested, deleting resource group ..."),
      out("Build 'azure-arm' errored: Timeout waiting for WinRM."),
      out("--> azure-arm: Timeout waiting for WinRM."),
    ],
    cause: "build VM unreachable",
    again: true,
  },
  {
    source: packer(7644),
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    log: [
      err("packer.exe: 2019/05/14 19:27:13 [INFO] Waiting for SSH, up to timeout: 20m0s"),
      err("ui: ==> azure-arm: Waiting for SSH to become available..."),
      err(
        "packer.exe: 2019/05/14 19:27:28 [DEBUG] TCP connection to SSH ip/port failed: dial tcp 10.1.0.5:22: i/o timeout",
      ),
    ],
    cause: "build VM unreachable",
    again: false,
  },
  {
    source: github("actions/runner-images/issues/7784"),
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    log: [
      out("==> azure-arm: Getting the VM's IP address ..."),
      out("==> azure-arm: Waiting for SSH to become available..."),
      out("==> azure-arm: Timeout waiting for SSH."),
      out("==> azure-arm: Deleting individual resources ..."),
    ],
    cause: "build VM unreachable",
    again: true,
  },
  {
    source: knowledge(
      62729217448,
      "DEPLOY-AIB-ConnectionError: network security group denies before the default rules",
    ),
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    log: [
      out("==> azure-arm: Waiting for WinRM to become available..."),
      err(
        'packer-plugin-azure plugin: [DEBUG] WinRM connection err: unknown error Post "https://10.0.11.7:5986/wsman": proxyconnect tcp: dial tcp 10.241.228.0:60000: i/o timeout',
      ),
    ],
    cause: "build VM unreachable",
    again: false,
  },

  // Connections that broke, restarts, generalizing
  {
    source: packer(5788),
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    log: [
      out("==> azure-arm: Provisioning with shell script: /tmp/packer-shell904383947"),
      out(cleanup),
      out(
        "Build 'azure-arm' errored: Script disconnected unexpectedly. If you expected your script to disconnect, i.e. from a restart, you can try adding `\"expect_disconnect\": true` to the shell provisioner parameters.",
      ),
    ],
    cause: "connection lost",
    again: true,
  },
  {
    source: packer(11850),
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    log: [
      out("==> azure-arm: + DEBIAN_FRONTEND=noninteractive apt-get -y install aide"),
      out("==> azure-arm: + aideinit"),
      out(
        'Build \'azure-arm\' errored: Script disconnected unexpectedly. If you expected your script to disconnect, i.e. from a restart, you can try adding `"expect_disconnect": true` or `"valid_exit_codes": [0, 2300218]` to the shell provisioner parameters.',
      ),
    ],
    cause: "connection lost",
    again: false,
  },
  {
    source: github("actions/runner-images/issues/5138"),
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    log: [
      out("==> azure-arm: Provisioning with powershell script: Update-DotnetTLS.ps1"),
      out("==> azure-arm: Restarting Machine"),
      out("==> azure-arm: Waiting for machine to restart..."),
      out("==> azure-arm: A system shutdown is in progress.(1115)"),
      out("    azure-arm: InProgress"),
      out("    azure-arm: InProgress"),
      out("==> azure-arm: Timeout waiting for machine to restart."),
      out("==> azure-arm: Timeout waiting for machine to restart."),
      out('==> azure-arm: Step "StepProvision" failed'),
    ],
    cause: "restart took too long",
    again: false,
  },
  {
    source: docs(12156),
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    log: [
      out("    azure-arm: IMAGE_STATE_UNDEPLOYABLE"),
      out("    azure-arm: IMAGE_STATE_UNDEPLOYABLE"),
      out("    azure-arm: IMAGE_STATE_UNDEPLOYABLE"),
      out("    azure-arm: IMAGE_STATE_UNDEPLOYABLE"),
      out("==> azure-arm: Cleanup requested, deleting resource group ..."),
      out("==> azure-arm: Resource group has been deleted."),
      out("Build 'azure-arm' errored: Build was cancelled"),
    ],
    cause: "generalizing failed",
    again: false,
  },
  {
    source: packer(5945),
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    log: [
      out("    azure-arm: WinRM connected."),
      out("==> azure-arm: Connected to WinRM!"),
      out("==> azure-arm: Provisioning with Powershell..."),
      out("==> azure-arm: Provisioning with powershell script: C:\\Temp\\packer-powershell-provisioner904383947"),
      out("    azure-arm: IMAGE_STATE_COMPLETE"),
      out("    azure-arm: IMAGE_STATE_UNDEPLOYABLE"),
      out("    azure-arm: IMAGE_STATE_UNDEPLOYABLE"),
    ],
    cause: "generalizing failed",
    again: false,
  },

  // Customizers
  {
    source: github("MicrosoftDocs/azure-compute-docs/pull/179"),
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    log: [
      out("==> azure-arm: Connected to SSH!"),
      out(
        "    azure-arm: E: Could not open file /var/lib/apt/lists/archive.ubuntu.com_ubuntu_dists_focal-updates_main_i18n_Translation-en - open (2: No such file or directory)",
      ),
      out(
        "    azure-arm: E: Could not open file /var/lib/apt/lists/archive.ubuntu.com_ubuntu_dists_focal-updates_main_binary-amd64_Packages - open (2: No such file or directory)",
      ),
      out(
        "    azure-arm: E: Could not open file /var/lib/apt/lists/archive.ubuntu.com_ubuntu_dists_focal_restricted_binary-amd64_Packages - open (2: No such file or directory)",
      ),
    ],
    cause: "a customizer failed",
    again: true,
  },
  {
    source: "a repository's CIT build failure analysis, 10 November 2025 (stored file 14425939495)",
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    log: [
      out("    azure-arm: Running CCH Rollout script..."),
      out('    azure-arm: C:\\Users\\Public\\Desktop>regedit /s "\\\\FILES01\\CENTRALCLIENT\\ADDINS\\vconnect32.reg"'),
      out("    azure-arm: Invalid drive specification"),
      out("    azure-arm: C:\\Users\\Public\\Desktop>PAUSE"),
      out("    azure-arm: Press any key to continue . . ."),
      out("    azure-arm: WARNING: Batch file exited with code: 1"),
      err(
        "packer-provisioner-powershell plugin: c:/Windows/Temp/script-69121536-3de8-5fa2-90ae-b55c17b95571.ps1 returned with exit code 1",
      ),
      out(
        "Build 'azure-arm' errored after 1 hour 34 minutes: Script exited with non-zero exit status: 1. Allowed exit codes are: [0]",
      ),
    ],
    cause: "a customizer failed",
    again: false,
  },
  {
    source: old(130),
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    log: [
      err(
        "packer-plugin-azure plugin: [INFO] command 'powershell -executionpolicy bypass -file \"C:/Windows/Temp/packer-elevated-shell-6363c307-fc28-5c5a-e58f-ce705e0ef871.ps1\"' exited with code: 267014",
      ),
      err("[INFO] RPC client: Communicator ended with: 267014"),
    ],
    cause: "a customizer failed",
    again: false,
  },
  {
    source: github("Azure/RDS-Templates/pull/756"),
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    log: [
      out("    azure-arm: Starting AVD AIB Customization: Install Language packs: 10/17/2023 05:44:28"),
      out("    azure-arm: TaskPath                                       TaskName                          State"),
      out(
        "    azure-arm: \\Microsoft\\Windows\\LanguageComponentsInstal... ReconcileLanguageResources        Disabled",
      ),
      out("    azure-arm: *** AVD AIB CUSTOMIZER PHASE : Install language packs -  Attempt: 1 ***"),
      out("    azure-arm: *** AVD AIB CUSTOMIZER PHASE : Install language packs - Exception occurred***"),
      out("    azure-arm: System.Exception: Language pack or features could only be partially installed"),
    ],
    cause: "a customizer failed",
    again: false,
  },
  {
    source: packer(6656),
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    log: [
      out("==> azure-arm: Machine successfully restarted, moving on"),
      out("==> azure-arm: Uploading the Windows update elevated script..."),
      out("==> azure-arm: Running Windows update..."),
      out("    azure-arm: Searching for Windows updates..."),
      out("    azure-arm: ERROR: Exception from HRESULT: 0x80072F8F"),
      out("    azure-arm: ERROR: at <ScriptBlock>, C:\\Windows\\Temp\\packer-windows-update.ps1: line 141"),
      out("    azure-arm: ERROR: at <ScriptBlock>, <No file>: line 1"),
    ],
    cause: "a customizer failed",
    again: false,
  },
  {
    source: github("rgl/packer-plugin-windows-update/issues/76"),
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    log: [
      out(
        "    azure-arm: Found Windows update (2020-05-12; 29.96 MB): Windows Malicious Software Removal Tool x64 - v5.82 (KB890830)",
      ),
      out("    azure-arm: Downloading Windows updates (5 updates; 184.94 MB)..."),
      out("    azure-arm: Installing Windows updates..."),
      out("    azure-arm: ERROR: Exception from HRESULT: 0x80240016"),
    ],
    cause: "a customizer failed",
    again: true,
  },
  {
    source: github("rgl/packer-plugin-windows-update/issues/52"),
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    log: [
      out("==> azure-arm: Running Windows update..."),
      out("    azure-arm: Searching for Windows updates..."),
      out("    azure-arm: Waiting for operation to complete (system performance: 16 % cpu; 96 % memory)..."),
      out("    azure-arm: Search for Windows updates failed with 'Exception from HRESULT: 0x8024402F'"),
    ],
    cause: "a customizer failed",
    again: false,
  },
  {
    source: github("Azure/az-hop/issues/797"),
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    log: [
      out("    azure-arm:  *     LINUX SETUP                                                                *"),
      out("    azure-arm: E: Could not get lock /var/lib/apt/lists/lock - open (11: Resource temporarily unavailable)"),
      out("    azure-arm: E: Unable to lock directory /var/lib/apt/lists/"),
      out(
        "    azure-arm: E: Could not get lock /var/lib/dpkg/lock-frontend - open (11: Resource temporarily unavailable)",
      ),
      out(
        "    azure-arm: E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?",
      ),
    ],
    cause: "a customizer failed",
    again: true,
  },
  {
    source: github("actions/runner-images/issues/1120"),
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    log: [
      out("==> azure-arm: + apt-get install -y clang-9 lldb-9 lld-9 clangd-9"),
      out(
        "==> azure-arm: E: Could not get lock /var/lib/dpkg/lock-frontend - open (11: Resource temporarily unavailable)",
      ),
      out(
        "==> azure-arm: E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?",
      ),
      out("    azure-arm: Waiting for apt lock..."),
      out("    azure-arm: Waiting for apt lock..."),
      out("    azure-arm: Reading package lists..."),
    ],
    cause: "a customizer failed",
    again: true,
  },
  {
    source: github("actions/runner-images/issues/12168"),
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    log: [
      out("==> azure-arm: Provisioning with powershell script: scripts/build/Install-AzureCosmosDbEmulator.ps1"),
      out("    azure-arm: Downloading package from https://aka.ms/cosmosdb-emulator to C:\\temp\\p1jpvcry.msi..."),
      out("    azure-arm: Package downloaded in 21.45 seconds"),
      out(
        "==> azure-arm: Checksum verification failed: expected 7BAFEE9F90272C01F7924A1D8E62EE0954F555E229C7166B815253E526E666C4, got",
      ),
      out("==> azure-arm: AB040B9A0FBC4766E179554B9899B947C41E3A259F8A0FC63022DB8D0C562769"),
      out(
        "==> azure-arm: At C:\\Program Files\\WindowsPowerShell\\Modules\\ImageHelpers\\InstallHelpers.ps1:965 char:9",
      ),
    ],
    cause: "file is another",
    again: false,
  },
  {
    source: github("actions/runner-images/issues/1842"),
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    log: [
      out("==> azure-arm: Provisioning with Powershell..."),
      out(
        "==> azure-arm: ERROR: Can not set length for output file : There is not enough space on the disk. : C:\\Users\\packer\\AppData\\Local\\Temp\\boost-1.72.0-win32-msvc14.2-x86_64\\boost-1.72.0-win32-msvc14.2-x86_64.tar",
      ),
      out(cleanup),
    ],
    cause: "build VM too small",
    again: false,
  },

  // Distribution
  {
    source: docs(118774),
    subState: "distributing",
    code: "Conflict",
    message: `The resource with id '${sub}/resourceGroups/images/providers/Microsoft.Compute/virtualMachines/myVM' has a different Hypervisor generation ['V2'] than the parent gallery image Hypervisor generation ['V1'].`,
    cause: "generation mismatch",
    again: false,
  },
  {
    source: github("Azure/az-hop/issues/1044"),
    subState: "distributing",
    message: `(Conflict) The resource with id '${sub}/resourceGroups/azhop-lab1/providers/Microsoft.Compute/images/azhop-centos79-desktop3d' has a different Hypervisor generation ['V2'] than the parent gallery image Hypervisor generation ['V1'].
Code: Conflict`,
    cause: "generation mismatch",
    again: false,
  },
  {
    source: plugin(372),
    subState: "distributing",
    message: `Confidential VM is not supported for the source id '${sub}/resourceGroups/images/providers/Microsoft.Compute/images/u22-cvm'. Currently Snapshot, Disk and VM sources are supported for the Confidential VM security type." Target="galleryImageVersion.properties.storageProfile.osDiskImage.source.id"`,
    cause: "security type mismatch",
    again: false,
  },
  {
    source: github("kubermatic/machine-controller/issues/2013"),
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    log: [
      out("==> azure-arm: Deploying deployment template ..."),
      out(
        '==> azure-arm: compute.VirtualMachinesClient#CreateOrUpdate: Failure sending request: StatusCode=400 -- Original Error: Code="BadRequest" Message="The provided gallery image only supports creation of VMs and VM Scale Sets with \'TrustedLaunch\' security type."',
      ),
    ],
    cause: "security type mismatch",
    again: false,
  },
  {
    source: packer(7809),
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    log: [
      out("==> azure-arm: Running builder ..."),
      out("    azure-arm: Creating Azure Resource Manager (ARM) client ..."),
      out(
        "Build 'azure-arm' errored: the Shared Gallery Image to which to publish the managed image version to does not exist in the resource group MBPRD-IMAGES",
      ),
    ],
    cause: "gallery image missing",
    again: false,
  },
  {
    source: github("hashicorp/packer-plugin-azure/pull/423"),
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    log: [
      out("    azure-arm: ARM Client successfully created"),
      out(
        "Build 'azure-arm' errored after 1 second 18 milliseconds: the Shared Gallery Image 'gallery' to which to publish the managed image version to does not exist in the resource group 'jenna' or does not contain managed image 'image'",
      ),
      out("==> Wait completed after 1 second 18 milliseconds"),
    ],
    cause: "gallery image missing",
    again: false,
  },
  {
    source: packer(5509),
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    log: [
      out("==> azure-arm: Running builder ..."),
      out("    azure-arm: Creating Azure Resource Manager (ARM) client ..."),
      out("Build 'azure-arm' errored: A managed image named base-test already exists in the resource group test."),
      out("==> Builds finished but no artifacts were created."),
    ],
    cause: "image stands already",
    again: false,
  },
  {
    source: github("confidential-containers/cloud-api-adaptor/issues/916"),
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    log: [
      out("==> azure-arm: Getting tokens using client secret"),
      out(
        "Build 'azure-arm' errored after 11 seconds 149 milliseconds: the managed image named peer-pod-vmimage already exists in the resource group images-cvm1, use the -force option to automatically delete it.",
      ),
    ],
    cause: "image stands already",
    again: false,
  },
  {
    source: plugin(187),
    subState: "distributing",
    message:
      'compute.GalleryImageVersionsClient#CreateOrUpdate: Failure sending request: StatusCode=0 -- Original Error: Code="InvalidParameter" Message="The image version name is invalid. The image version name should follow Major(int).Minor(int).Patch(int) format, where int is between 0 and 2,147,483,647 (inclusive). For e.g: 1.0.0, 2018.12.1 etc." Target="galleryImageVersionName"',
    cause: "target not accepted",
    again: false,
  },
  {
    source: packer(8445),
    subState: "distributing",
    message:
      "Build 'azure-arm' errored: Future#WaitForCompletion: context has been cancelled: StatusCode=200 -- Original Error: context deadline exceeded",
    cause: "distribution timed out",
    again: false,
  },
  {
    source: github("hashicorp/packer/pull/8490"),
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    log: [
      out("==> azure-arm:  -> SIG publish resource group     : 'test-pkr'"),
      out("==> azure-arm:  -> SIG gallery name     : 'PackerTestGallery'"),
      out("==> azure-arm:  -> SIG image version     : '1.0.1'"),
      out("==> azure-arm:  -> SIG replication regions    : '[eastus westeurope australiaeast westcentralus]'"),
      out(
        "==> azure-arm: Future#WaitForCompletion: context has been cancelled: StatusCode=200 -- Original Error: context deadline exceeded",
      ),
      out(cleanup),
    ],
    cause: "distribution timed out",
    again: false,
  },
  {
    source: knowledge(62729217448, "DEPLOY-ACG-Version: replication to target region not complete"),
    subState: "distributing",
    message:
      "Failed: Replication to all the target regions not completed. The replication job has not completed at region: 'West US'.",
    cause: "distribution timed out",
    again: true,
  },
  {
    source: knowledge(62729217448, "DEPLOY-ACG-Version: source image in use"),
    subState: "distributing",
    code: "Conflict",
    message: `The source image '${sub}/resourceGroups/images/providers/Microsoft.Compute/images/gold' is being used by another replication currently. Please retry after some time.`,
    cause: "another operation under way",
    again: true,
  },

  // Errors inside the service
  {
    source: aib(45),
    code: "InternalOperationError",
    message: internalError,
    cause: "error inside the service",
    again: true,
  },
  {
    source: old(45),
    code: "ResourceDeploymentFailure",
    message: `Status Message: The resource operation completed with terminal provisioning state 'Failed'. (Code: ResourceDeploymentFailure)
 - Internal error occurred. (Code:InternalOperationError)`,
    cause: "error inside the service",
    again: true,
  },
  {
    source: old(119),
    message: internalError,
    cause: "error inside the service",
    again: true,
  },
  {
    source: old(50),
    subState: "distributing",
    code: "ResourceOperationFailure",
    message: `The resource operation completed with terminal provisioning state 'Failed'.","details":[{"code":"InternalOperationError","message":"Failed in distributing 1 images out of total 1: Some error happened, please check the error details.","details":[{"code":"InternalOperationError","message":"${internalError}"}]}]`,
    cause: "error inside the service",
    again: true,
  },

  // Nothing tells
  {
    source: old(58),
    message:
      "post template call failed for template t_122_1595003222849 with error: Failed in distributing 1 images out of total 1: Some error happened, please check the error details. (CODE: 200)",
    cause: "unknown",
    again: false,
  },
  {
    source: github("Azure/RDS-Templates/issues/793"),
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    cause: "unknown",
    again: false,
  },
  {
    source: github("Azure/RDS-Templates/issues/753"),
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    log: [
      out("    azure-arm: *** Starting AVD AIB CUSTOMIZER PHASE: Set default Language ***"),
      out(
        "    azure-arm: *** AVD AIB CUSTOMIZER PHASE : Set default language - Language pack for en-GB is installed already***",
      ),
      err(
        "packer-plugin-azure plugin: [INFO] command 'powershell -executionpolicy bypass -file \"C:/Windows/Temp/packer-elevated-shell-64a2fd16-3116-14e7-f37b-e7c4e8263c2e.ps1\"' exited with code: 0",
      ),
      err(
        "packer-plugin-azure plugin: [INFO] command 'shutdown /r /f /t 60 /c \"packer restart test\"' exited with code: 1115",
      ),
      out("==> azure-arm: A system shutdown is in progress.(1115)"),
      err("packer-provisioner-windows-restart plugin: Reboot already in progress, waiting..."),
      err("packer-provisioner-windows-restart plugin: echo didn't succeed; retrying..."),
      err("packer-provisioner-windows-restart plugin: [INFO] 0 bytes written for 'stdout'"),
    ],
    cause: "unknown",
    again: false,
  },
  {
    source: github("QT-DevOps/DevOpsIssues/issues/35"),
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    log: [
      out("==> azure-arm: Validating deployment template ..."),
      out("==> azure-arm:  -> DeploymentName    : 'pkrdp9dkkdz441m'"),
      out("==> azure-arm: Deploying deployment template ..."),
      out(
        '==> azure-arm: resources.DeploymentsClient#CreateOrUpdate: Failure sending request: StatusCode=200 -- Original Error: Long running operation terminated with status \'Failed\': Code="DeploymentFailed" Message="At least one resource deployment operation failed. Please list deployment operations for details. Please see https://aka.ms/arm-debug for usage details."',
      ),
    ],
    cause: "unknown",
    again: false,
  },
  {
    source: github("Azure/packer-azure/pull/198"),
    subState: "customizing",
    code: "PackerBuildFailed",
    message: packerNew,
    log: [
      err("ui error: ==> azure-arm: Deployment failed with a status of 'Failed'."),
      out("==> azure-arm: Deployment failed with a status of 'Failed'."),
      out("    azure-arm: after run"),
      out("Build 'azure-arm' finished."),
      err("/usr/local/bin/packer-provisioner-shell: plugin process exited"),
    ],
    cause: "unknown",
    again: false,
  },
  {
    source: github("Azure/azure-quickstart-templates/issues/1482"),
    code: "InvalidTemplateDeployment",
    message:
      "The template deployment 'Microsoft.Template' is not valid according to the validation procedure. The tracking id is '936aa2ed-de33-4349-9471-587c63b251d5'. See inner errors for details. Please see http://aka.ms/arm-deploy for usage details.",
    cause: "unknown",
    again: false,
  },
];
