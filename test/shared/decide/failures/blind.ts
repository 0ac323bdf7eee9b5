import { aib, docs, err, type LabelledFailure, old, out, packer, packerNew, plugin, sub } from "./heldOut.ts";

/**
 * A second set of failures that people reported, found by searching GitHub's threads after the rules stood: every text that the
 * searches brought and that neither set before has. Written down, labelled and committed before the rules were run on it once, and not
 * changed since. Most are of Packer's Azure builder or of ARM itself, which the service runs: their words stand in its log.
 * Whoever labelled it had read the rules. `cause` may be one that no class has.
 */
export const blind: readonly LabelledFailure[] = [
  {
    source: old(66),
    subState: "customizing",
    message: packerNew,
    log: [
      out(
        "==> azure-arm: System.Runtime.InteropServices.COMException (0x80240016): Exception from HRESULT: 0x80240016",
      ),
    ],
    cause: "a customizer failed",
    again: false,
  },
  {
    source: old(34),
    subState: "customizing",
    message: packerNew,
    log: [err("[INFO] RPC endpoint: Communicator ended with: 101")],
    cause: "a customizer failed",
    again: false,
  },
  {
    source: "https://github.com/actions/runner-images/issues/13799",
    subState: "customizing",
    message: packerNew,
    log: [
      out("==> azure-arm: dpkg: error: dpkg frontend lock was locked by another process with pid 26086"),
      out("==> azure-arm: Note: removing the lock file is always wrong, and can end up damaging the"),
      out("==> azure-arm: Script exited with non-zero exit status: 2. Allowed exit codes are: [0]"),
    ],
    cause: "a customizer failed",
    again: false,
  },
  {
    source: "https://github.com/actions/runner-images/issues/2029",
    subState: "customizing",
    message: packerNew,
    log: [
      out("==> azure-arm: E: Could not get lock /var/lib/apt/lists/lock - open (11: Resource temporarily unavailable)"),
      out("==> azure-arm: E: Unable to lock directory /var/lib/apt/lists/"),
      out("==> azure-arm: Provisioning step had errors: Running the cleanup provisioner, if present..."),
    ],
    cause: "a customizer failed",
    again: false,
  },
  {
    source: packer(9818),
    subState: "customizing",
    message: packerNew,
    log: [1, 2, 3, 4].map(() => out("    azure-arm: IMAGE_STATE_SPECIALIZE_RESEAL_TO_OOBE")),
    cause: "generalizing failed",
    again: false,
  },
  {
    source: docs(80346),
    subState: "customizing",
    message: packerNew,
    log: [
      out(
        "    azure-arm: 2021-08-30 11:24:24, Error      [0x0f0082] SYSPRP LaunchDll:Failure occurred while executing 'DscCore.dll,SysPrep_Cleanup', returned error code 0x2",
      ),
      out(
        "    azure-arm: 2021-08-30 11:24:24, Error      [0x0f0070] SYSPRP RunExternalDlls:An error occurred while running registry sysprep DLLs, halting sysprep execution. dwRet = 0x2[gle=0x00000006]",
      ),
    ],
    cause: "generalizing failed",
    again: false,
  },

  // The way to the build VM
  {
    source: aib(44),
    subState: "customizing",
    message: packerNew,
    log: [
      err(
        'packer-provisioner-powershell plugin: failed to upload the remote cleanup script: "clean up script \\"c:/Windows/Temp/packer-cleanup-63a44abb.ps1\\" failed to upload: Error uploading file to $env:TEMP\\\\winrmcp-cbccd5ef.tmp: Couldn\'t create shell: http response error: 401 - invalid content type"',
      ),
    ],
    cause: "connection lost",
    again: false,
  },
  {
    source: packer(7523),
    subState: "customizing",
    message: packerNew,
    log: [
      out(
        "Build 'azure-arm' errored: Error processing command: Retryable error: Error uploading ps script containing env vars: Error uploading file to $env:TEMP\\winrmcp-bf4b7bec.tmp: Couldn't create shell: http response error: 401 - invalid content type",
      ),
    ],
    cause: "connection lost",
    again: false,
  },
  {
    source: "https://github.com/actions/runner-images/issues/1464",
    subState: "customizing",
    message: packerNew,
    log: [
      out("==> azure-arm: Provisioning with powershell script: /tmp/Install-WebPlatformInstaller.ps1"),
      out(
        '==> azure-arm: Error processing command: Error uploading ps script containing env vars: Error uploading file to $env:TEMP\\winrmcp-85081a92.tmp: Couldn\'t create shell: unknown error Post "https://10.1.0.4:5986/wsman": dial tcp 10.1.0.4:5986: i/o timeout',
      ),
      out('==> azure-arm: Step "StepProvision" failed, aborting...'),
    ],
    cause: "connection lost",
    again: false,
  },
  {
    source: packer(3361),
    subState: "customizing",
    message: packerNew,
    log: [out("Build 'azure-arm' errored: Upload failed: Process exited with: 255")],
    cause: "connection lost",
    again: false,
  },
  {
    source: plugin(191),
    subState: "building",
    message: packerNew,
    log: [
      out(
        "==> azure-arm: Error waiting for SSH: Packer experienced an authentication error when trying to connect via SSH. This can happen if your username/password are wrong. You may want to double-check your credentials as part of your debugging process. original error: ssh: handshake failed: ssh: unable to authenticate, attempted methods [none publickey], no supported methods remain",
      ),
    ],
    cause: "build VM unreachable",
    again: false,
  },

  // What Azure would not deploy
  {
    source: "https://github.com/actions/runner-images/issues/9659",
    subState: "building",
    message: packerNew,
    log: [
      out(
        "==> azure-arm: ERROR: OS Provisioning for VM 'pkrvm0001' did not finish in the allotted time. The VM may still finish provisioning successfully. Please check provisioning state later. Also, make sure the image has been properly prepared (generalized).",
      ),
    ],
    cause: "source image does not boot",
    again: false,
  },
  {
    source: packer(12180),
    subState: "building",
    message: packerNew,
    log: [
      out(
        'Build \'azure-arm\' errored after 1 minute 24 seconds: Code="DeploymentFailed" Message="At least one resource deployment operation failed." Details=[{"code":"RequestDisallowedByPolicy","message":"Resource \'pkrkva7b06watyj\' was disallowed by policy. Reasons: \'key vault soft delete and purge protection must be enabled\'. See error details for policy resource IDs.","target":"pkrkva7b06watyj"}]',
      ),
    ],
    cause: "refused by policy",
    again: false,
  },
  {
    source: packer(4201),
    subState: "building",
    message: packerNew,
    log: [
      out("==> azure-arm:  ...failed to get certificate URL, retry(4)"),
      out(
        "==> azure-arm: Failed to fetch secret from pkrkv9c0p55hq20/packerKeyVaultSecret, HTTP status code=403 (Forbidden)",
      ),
    ],
    cause: "identity lacks a right",
    again: false,
  },
  {
    source: packer(3886),
    subState: "building",
    message: packerNew,
    log: [
      err(
        'Azure response body="{\\"error\\":{\\"code\\":\\"Forbidden\\",\\"message\\":\\"Operation \'get\' is not allowed\\"}}"',
      ),
      out("Build 'azure-arm' errored: unexpected EOF"),
    ],
    cause: "identity lacks a right",
    again: false,
  },
  {
    source: packer(11759),
    subState: "building",
    message: packerNew,
    log: [
      out(
        `==> azure-arm: ERROR:   -> InvalidResourceReference : Resource ${sub}/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/vnet/subnets/build referenced by resource ${sub}/resourceGroups/IT_x/providers/Microsoft.Network/networkInterfaces/nic was not found. Please make sure that the referenced resource exists, and that both resources are in the same region.`,
      ),
    ],
    cause: "subnet not found",
    again: false,
  },
  {
    source: "https://github.com/openshift/openshift-azure/issues/2252",
    subState: "building",
    message: packerNew,
    log: [
      out(
        "==> azure-arm: ERROR:   -> PublicIPCountLimitReached : Cannot create more than 20 public IP addresses for this subscription in this region.",
      ),
    ],
    cause: "quota of public addresses",
    again: false,
  },
  {
    source: "https://github.com/openshift/release/pull/12840",
    subState: "building",
    message: packerNew,
    log: [
      out(
        "==> azure-arm: ERROR: -> OperationNotAllowed : Operation could not be completed as it results in exceeding approved standardDSv3Family Cores quota. Additional details - Deployment Model: Resource Manager, Location: centralus, Current Limit: 1000, Current Usage: 1000, Additional Required: 4, (Minimum) New Limit Required: 1004.",
      ),
    ],
    cause: "core quota",
    again: false,
  },
  {
    source: "https://github.com/microsoft/ga4gh-tes/issues/43",
    subState: "building",
    message: packerNew,
    log: [
      out(
        "==> azure-arm: ERROR:   -> BadRequest : The selected VM size 'Standard_D1_v2' cannot boot Hypervisor Generation '2'. If this was a Create operation please check that the Hypervisor Generation of the Image matches the Hypervisor Generation of the selected VM Size.",
      ),
    ],
    cause: "generation mismatch",
    again: false,
  },
  {
    source: "https://github.com/hitachienergy/epiphany/issues/1049",
    subState: "building",
    message: packerNew,
    log: [
      out(
        "==> azure-arm: ERROR: -> OperationNotAllowed : The specified disk size 30 GB is smaller than the size of the corresponding disk in the VM image: 32 GB. This is not allowed. Please choose equal or greater size or do not specify an explicit size.",
      ),
    ],
    cause: "disk smaller than the source's",
    again: false,
  },
  {
    source: packer(7042),
    subState: "building",
    message: packerNew,
    log: [
      out(
        "==> azure-arm: ERROR:   -> InvalidParameter : StorageProfile.dataDisks.lun does not have required value(s) for image specified in storage profile.",
      ),
    ],
    cause: "source not accepted",
    again: false,
  },
  {
    source: "https://github.com/microsoft/MCW-SAP-HANA-on-Azure/issues/26",
    subState: "building",
    message: packerNew,
    log: [
      out(
        "==> azure-arm: ERROR: -> InternalExecutionError : An internal execution error occurred. Please retry later.",
      ),
    ],
    cause: "error inside the service",
    again: true,
  },
  {
    source: plugin(485),
    subState: "building",
    message: packerNew,
    log: [
      out(
        "==> azure-arm: unexpected status 404 (404 Not Found) with error: ResourceNotFound: The Resource 'Microsoft.Compute/galleries/gold/images/base/versions/latest' under resource group 'images' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
      ),
    ],
    cause: "source not found",
    again: false,
  },
  {
    source: "https://github.com/Azure/bicep-registry-modules/pull/462",
    subState: "building",
    message: packerNew,
    log: [
      out(
        "==> azure-arm: ERROR:   -> InvalidParameter : In region eastus, the following list of Shared Image Gallery images referenced from the deployment template were not found: /CommunityGalleries/gold-f6e972a4/Images/base/Versions/latest. Please check that at least one image has been replicated to eastus or that the 'exclude from latest' flag is set to false.",
      ),
    ],
    cause: "source not found",
    again: false,
  },

  // Distribution
  {
    source: packer(9716),
    subState: "distributing",
    message:
      "Failed in distributing 1 images out of total 1: PropertyChangeNotAllowed : Changing property 'galleryImageVersion.properties.publishingProfile.source.managedImage.id' is not allowed.",
    cause: "version stands already",
    again: false,
  },
  {
    source: plugin(392),
    subState: "distributing",
    message:
      "Failed in distributing 1 images out of total 1: a gallery image version for image name:version base:0.0.1 already exists in gallery gold",
    cause: "version stands already",
    again: false,
  },
  {
    source: "https://github.com/Azure/azure-cli/issues/15539",
    subState: "distributing",
    message:
      "Gallery replication jobs failed in one or more regions. The failing regions' details are as follows: '{region:northeurope, detail:Failed with internal server error.}'. If retry does not work, then please do an update by removing the failed regions and update again by adding them back.",
    cause: "error inside the service",
    again: true,
  },

  // Submission
  {
    source: old(16),
    message: "put template call failed for template t_1578507314769 with error: Internal error occurred. (CODE: 200)",
    cause: "error inside the service",
    again: true,
  },
  {
    source: "https://github.com/MicrosoftDocs/azure-docs/pull/61716",
    message: "Validation failed: 'ImageTemplate.properties': Field 'distribute[0].type' has a bad value: ''.",
    cause: "template not accepted",
    again: false,
  },
  {
    source: old(39),
    message:
      "Operation failed with status: 'Bad Request'. Details: Validation failed: 'ImageTemplate': Missing field 'identity'. Please review http://aka.ms/azvmimagebuildertmplref for details on fields required in the Image Builder Template.",
    cause: "template not accepted",
    again: false,
  },
  {
    source: "https://github.com/Azure/ResourceModules/issues/456",
    code: "InvalidResourceNamespace",
    message: "The resource namespace 'Microsoft.VirtualMachineImages' is invalid.",
    cause: "unknown",
    again: false,
  },
];
