import type { LabelledFailure } from "./heldOut.ts";

/**
 * The half the rules may be tuned on: texts of the service's troubleshooting page and of the facts' own table (image-builder.md §6.3),
 * shortened, ids replaced; where the page shows a log, the log.
 */
const page = (anchor: string) =>
  `https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-troubleshoot#${anchor}`;
const facts = (section: string) => `image-builder.md §${section}`;
const id = "922bdf36-b53c-4e78-9cd8-6b70b9674685";
const out = (text: string) => `[${id}] PACKER OUT ${text}`;
const err = (text: string) => `[${id}] PACKER ERR 2023/06/13 08:28:58 ${text}`;
const packer = `Failed while waiting for packerizer: Microservice has failed: Failed while processing request: Error when executing packerizer: Packer build command has failed: exit status 1. During the image build, a failure has occurred, please review the build log. Image Build log location: https://abcdefghij0123456789.blob.core.windows.net/packerlogs/${id}/customization.log. OperationId: ${id}.`;
const tooLong =
  "Deployment failed. Correlation ID: x. Failed in building/customizing image: Failed while waiting for packerizer: Timeout waiting for microservice to complete: 'context deadline exceeded'";
const windows = out("    azure-arm: WinRM connected.");
const linux = out("==> azure-arm: Connected to SSH!");
const nonZero = (status: number) =>
  out(`==> azure-arm: Script exited with non-zero exit status: ${status}. Allowed exit codes are: [0]`);

export const catalogue: readonly LabelledFailure[] = [
  // Submission
  {
    source: page("update-or-upgrade-of-image-templates-is-currently-not-supported"),
    code: "Conflict",
    message: "Update/Upgrade of image templates is currently not supported",
    cause: "template stands already",
    again: false,
  },
  {
    source: page("assigned-managed-identity-on-an-image-template-cant-be-used"),
    message:
      "The assigned managed identity cannot be used. Please remove the existing one and re-assign a new identity. For more troubleshooting steps go to https://aka.ms/azvmimagebuilderts.",
    cause: "identity cannot be used",
    again: false,
  },
  {
    source: page("assigned-managed-identity-isnt-authorized-to-access-a-resource"),
    message:
      "Not authorized to access the resource: /subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/images/i. Please check the user assigned identity has the correct permissions.",
    cause: "identity lacks a right",
    again: false,
  },
  {
    source: page("resource-operation-finished-with-a-terminal-provisioning-state-of-failed"),
    code: "InternalOperationError",
    message: "The resource operation completed with terminal provisioning state 'Failed'. Internal error occurred.",
    cause: "error inside the service",
    again: true,
  },
  {
    source: page("error-occurs-with-getting-a-managed-image"),
    message:
      "Build (Managed Image) step failed: Error getting Managed Image '/subscriptions/s/images/i': compute.ImagesClient#Get: Failure responding to request: StatusCode=403 Code=\"AuthorizationFailed\" Message=\"The client 'c' with object id 'o' doesn't have authorization to perform action 'Microsoft.Compute/images/read' over scope",
    cause: "identity lacks a right",
    again: false,
  },
  {
    source: page("build-step-failed-for-the-image-version"),
    message:
      "Build (Shared Image Version) step failed for Image Version 'v': Error getting image version: StatusCode=404 Code=\"ResourceNotFound\" Message=\"The Resource 'Microsoft.Compute/galleries/g/images/i/versions/0.23768.4001' under resource group 'r' was not found.\"",
    cause: "source not found",
    again: false,
  },
  {
    source: page("error-occurs-with-downloading-an-external-file-to-a-local-file"),
    message:
      "Downloading external file (https://host/file.sh) to local file (xxxxx.0.customizer.fp) [attempt 1 of 10] failed: Error downloading 'https://host/file.sh' to 'xxxxx.0.customizer.fp'..",
    cause: "script or file cannot be fetched",
    again: false,
  },
  {
    source: page("authorization-error-occurs-with-creating-a-disk"),
    message:
      "The client '6df32502-fe22-4e39-bd69-10873965ac04' with object id '6df32502-fe22-4e39-bd69-10873965ac04' does not have authorization to perform action 'Microsoft.Compute/disks/write' over scope '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/proxyVmDiskWin_1' or the scope is invalid.",
    cause: "the service's principal lacks a right",
    again: false,
  },
  {
    source: page("distribution-target-is-not-found-in-the-update-request"),
    message:
      "Validation failed: Distribute target with Runoutput name gold not found in the update request. Deleting a distribution target is not allowed.",
    cause: "target not accepted",
    again: false,
  },
  {
    source: page("required-fields-are-missing"),
    message:
      "Validation failed: 'ImageTemplate.properties.distribute[0]': Missing field location. Please review http://aka.ms/azvmimagebuildertmplref",
    cause: "template not accepted",
    again: false,
  },
  {
    source: page("troubleshoot-image-template-submission-errors"),
    code: "ValidationFailed",
    message:
      "Validation failed: 'ImageTemplate.properties.source': Field 'imageId' has a bad value: '/subscriptions/s'.",
    cause: "template not accepted",
    again: false,
  },

  // The build
  {
    source: page("template-deployment-failed-because-of-a-policy-violation"),
    code: "InvalidTemplateDeployment",
    message:
      "The template deployment failed because of policy violation. Please see details for more information. RequestDisallowedByPolicy: Resource 'k' was disallowed by policy.",
    cause: "refused by policy",
    again: false,
  },
  {
    source: page("packer-build-command-fails"),
    message: packer,
    log: [
      linux,
      err("[INFO] (telemetry) Starting provisioner shell"),
      out("    azure-arm: E: Unable to locate package nosuchthing"),
      nonZero(100),
    ],
    cause: "a customizer failed",
    again: false,
  },
  { source: page("packer-build-command-fails"), message: packer, cause: "unknown", again: false },
  { source: page("deployment-fails-due-to-timeout"), message: tooLong, cause: "build timed out", again: false },
  {
    source: page("file-download-time-is-long"),
    message: tooLong,
    log: [linux, out("myBigFile.zip 826 B / 826000 B  1.00%"), out("myBigFile.zip 1652 B / 826000 B  2.00%")],
    cause: "file too large for its customizer",
    again: false,
  },
  {
    source: page("windows-restart-continually-fails-with-error-code-1190"),
    message: packer,
    log: [
      windows,
      err("[INFO] (telemetry) Starting provisioner windows-restart"),
      out("==> azure-arm: A system shutdown has already been scheduled.(1190)"),
      out("--> azure-arm: Timeout waiting for machine to restart."),
    ],
    cause: "restart took too long",
    again: false,
  },
  {
    source: page("error-occurs-with-waiting-for-azure-compute-gallery"),
    message:
      "Failed in distributing 1 images out of total 1: {[Error 0] [Distribute 0] Error publishing MDI to Azure Compute Gallery:/subscriptions/s/g, Location:eastus. Error: Error waiting on Azure Compute Gallery future.Error: Future#WaitForCompletion: context has been cancelled: StatusCode=200 -- Original Error: context deadline exceeded}",
    cause: "distribution timed out",
    again: false,
  },
  {
    source: page("information-events-show-low-windows-resources"),
    message: packer,
    log: [
      windows,
      out("    azure-arm: Waiting for operation to complete (system performance: 90% cpu; 32% memory)..."),
      err("packer: [INFO] command 'PowerShell -File packer-windows-update-elevated.ps1' exited with code: 101"),
      out("Build 'azure-arm' errored: unexpected EOF"),
    ],
    cause: "build VM too small",
    again: false,
  },
  {
    source: page("resource-is-not-found"),
    message:
      "network.InterfacesClient#UpdateTags: Failure responding to request: StatusCode=404 -- Original Error: autorest/azure: Service returned an error. Status=404 Code=\"ResourceNotFound\" Message=\"The Resource 'Microsoft.Network/networkInterfaces/aibpls7lz2e.nic' under resource group 'IT_x' was not found.\"",
    cause: "identity lacks a right",
    again: false,
  },
  {
    source: page("theres-a-sysprep-timing-problem"),
    message: packer,
    log: [
      windows,
      out("    azure-arm:   if ($imageState -eq 'IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE') { break }"),
      out("    azure-arm: >>> Sysprepping VM ..."),
      out("    azure-arm: IMAGE_STATE_COMPLETE"),
      out("    azure-arm: IMAGE_STATE_UNDEPLOYABLE"),
      out("    azure-arm: IMAGE_STATE_UNDEPLOYABLE"),
      err("Cancelling builder after context cancellation context canceled"),
      out("Cancelling build after receiving terminated"),
    ],
    cause: "generalizing failed",
    again: false,
  },
  {
    source: page("stages-of-the-customization-log"),
    message: packer,
    log: [
      windows,
      out(
        "    azure-arm: Deprovisioning script [c:\\DeprovisioningScript.ps1] could not be found. Image build may fail.",
      ),
      nonZero(1),
    ],
    cause: "generalizing failed",
    again: false,
  },
  {
    source: page("azure-container-instances-provider-is-unregistered"),
    message: "Azure Container Instances provider not registered for your subscription.",
    cause: "provider not registered",
    again: false,
  },
  {
    source: page("subscription-exceeded-the-azure-container-instances-quota"),
    message: "Azure Container Instances quota exceeded",
    cause: "container quota",
    again: true,
  },
  {
    source: page("too-many-azure-container-instances-resources-are-deployed-within-a-period-of-time"),
    message: "Too many Azure Container Instances deployed within a period of time.",
    cause: "container quota",
    again: true,
  },
  {
    source: page("isolated-image-builds-feature-causes-a-failure"),
    message: "VM Image Builder builds are failing due to Isolated Image Builds.",
    cause: "isolated build",
    again: true,
  },
  {
    source: page("build-is-canceled-after-context-cancellation"),
    message: packer,
    log: [
      linux,
      err("Cancelling builder after context cancellation context canceled"),
      err("packer-builder-azure-arm plugin: [ERROR] Remote command exited without exit status or exit signal."),
      err("packer-builder-azure-arm plugin: [INFO] RPC endpoint: Communicator ended with: 2300218"),
    ],
    cause: "connection lost",
    again: false,
  },
  {
    source: page("jwt-errors-appear-in-the-log-early-in-the-build"),
    message: packer,
    log: [
      out('Error: Failed to prepare build: "azure-arm"'),
      err("* client_jwt will expire within 5 minutes, please use a JWT that is valid for at least 5 minutes"),
    ],
    cause: "time-out below six minutes",
    again: false,
  },
  {
    source: page("resource-deletion-errors-appear"),
    message: packer,
    log: [
      linux,
      nonZero(2),
      out("==> azure-arm: Error deleting resource. Will retry."),
      out(
        '==> azure-arm: Error: network.PublicIPAddressesClient#Delete: Original Error: Code="PublicIPAddressCannotBeDeleted"',
      ),
    ],
    cause: "a customizer failed",
    again: false,
  },
  {
    source: page("resource-deletion-errors-appear"),
    code: "NicInUseWithPrivateEndpoint",
    message: "Network interface n cannot be deleted because it is currently in use with an private endpoint.",
    cause: "clean-up stuck",
    again: false,
  },
  {
    source: page("prerequisites"),
    message: packer,
    log: [
      linux,
      out("==> azure-arm: chmod: changing permissions of '/tmp/script_6.sh': Operation not permitted"),
      nonZero(1),
    ],
    cause: "hardened source",
    again: false,
  },
  {
    source: page("prerequisites"),
    message: packer,
    log: [err("packer: Waiting for WinRM, up to timeout: 10m0s"), out("==> azure-arm: Timeout waiting for WinRM.")],
    cause: "build VM unreachable",
    again: false,
  },

  // The facts' table and its other sections
  {
    source: facts("6.3"),
    code: "SkuNotAvailable",
    message: "The requested size for resource x is currently not available in location 'westeurope'.",
    cause: "VM size not available",
    again: false,
  },
  {
    source: facts("6.3"),
    code: "OperationNotAllowed",
    message: "Operation could not be completed as it results in exceeding approved standardDSv5Family Cores quota.",
    cause: "core quota",
    again: false,
  },
  {
    source: facts("6.3"),
    message: packer,
    log: [linux, out("    azure-arm: ERROR: (QuotaExceeded) a script's own az said so"), nonZero(1)],
    cause: "a customizer failed",
    again: false,
  },
  {
    source: facts("6.3"),
    code: "ServerError",
    message: "The service could not provision the template.",
    cause: "error inside the service",
    again: true,
  },
  {
    source: facts("6.3"),
    code: "OperationNotAllowed",
    message:
      "Operation Microsoft.VirtualMachineImages/imageTemplates/run is not allowed in provisioning state: failed or run state: .",
    cause: "not runnable now",
    again: false,
  },
  {
    source: facts("8.3"),
    subState: "distributing",
    message:
      "Failed in distributing 1 images out of total 1: {[Error 0] [Distribute 0] Conflict: definition and image have different Hypervisor generations: Hypervisor generation ['V1']}",
    cause: "generation mismatch",
    again: false,
  },
  {
    source: facts("2.7"),
    code: "BadStagingResourceGroup",
    message: "The staging resource group is not empty.",
    cause: "staging group unusable",
    again: false,
  },
  {
    source: facts("2.7"),
    code: "NoCustomizerScript",
    message: "A Shell customizer needs scriptUri or inline.",
    cause: "step not accepted",
    again: false,
  },
  {
    source: "a run of this project: digits of an operation id are no status",
    message: `During the image build a failure has occurred. Packer build logs are at location ${packer.replaceAll("922bdf36", "a1404b36")}`,
    log: [linux, nonZero(7)],
    cause: "a customizer failed",
    again: false,
  },
  {
    source: facts("6.3"),
    message: "The moon is in the wrong house.",
    cause: "unknown",
    again: false,
  },
];
