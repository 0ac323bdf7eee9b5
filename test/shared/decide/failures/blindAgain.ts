import { type LabelledFailure, out, packer, packerNew, plugin } from "./heldOut.ts";

/**
 * A third set, from new searches after the rules had been mended by the second (`blind.ts`), under the same terms: labelled and committed
 * before the rules were run on it once, not changed since.
 */
export const blindAgain: readonly LabelledFailure[] = [
  {
    source: "https://github.com/actions/runner-images/pull/6085",
    subState: "customizing",
    message: packerNew,
    log: [
      out("==> azure-arm: Provisioning step had errors: Running the cleanup provisioner, if present..."),
      out(
        'Build \'azure-arm\' errored after 1 hour 24 minutes: Script disconnected unexpectedly. If you expected your script to disconnect, i.e. from a restart, you can try adding `"expect_disconnect": true` or `"valid_exit_codes": [0, 2300218]` to the shell provisioner parameters.',
      ),
    ],
    cause: "connection lost",
    again: false,
  },
  {
    source: plugin(632),
    subState: "customizing",
    message: packerNew,
    log: [
      out("    azure-arm: coreutils is already the newest version (9.4-3ubuntu6.2)."),
      out("packer-provisioner-shell plugin: [ERR] 'stdout' copy error: connection reset"),
      out("packer-provisioner-shell plugin: [ERR] Error decoding response stream 11: connection reset"),
    ],
    cause: "connection lost",
    again: false,
  },
  {
    source: "https://github.com/actions/runner-images/issues/770",
    subState: "customizing",
    message: packerNew,
    log: [
      out("==> azure-arm: Provisioning with powershell script: c:\\images/Install-WindowsUpdates.ps1"),
      out("==> azure-arm: Get-WUInstall : Access is denied. (Exception from HRESULT: 0x80070005 (E_ACCESSDENIED))"),
    ],
    cause: "a customizer failed",
    again: false,
  },
  {
    source: "https://github.com/actions/runner-images/issues/4792",
    subState: "customizing",
    message: packerNew,
    log: [out("==> azure-arm: Unsuccessful exit code returned by the installation process: 2003.")],
    cause: "a customizer failed",
    again: false,
  },
  {
    source: "https://github.com/actions/runner-images/issues/9740",
    subState: "customizing",
    message: packerNew,
    log: [
      out(
        "==> azure-arm: Method invocation failed because [System.__ComObject] does not contain a method named 'Run'.",
      ),
    ],
    cause: "a customizer failed",
    again: false,
  },
  {
    source: "https://github.com/actions/runner-images/issues/1224",
    subState: "customizing",
    message: packerNew,
    log: [out("    azure-arm: - PyPy:"), out("    azure-arm: Expected PyPy 2.7.* folder is not found!")],
    cause: "a customizer failed",
    again: false,
  },
  {
    source: "https://github.com/kubernetes-sigs/image-builder/pull/686",
    subState: "building",
    message: packerNew,
    log: [
      out(
        '--> azure-arm: Code="NetworkingInternalOperationError" Message="An unexpected error occured while processing the network profile of the VM. Please retry later."',
      ),
    ],
    cause: "error inside the service",
    again: true,
  },
  {
    source: "https://github.com/kubernetes-sigs/image-builder/pull/1515",
    subState: "building",
    message: packerNew,
    log: [
      out(
        "==> azure-arm: The requested VM size for resource 'Following SKUs have failed for Capacity Restrictions: Standard_B2ms' is currently not available in location 'southcentralus'. Please try another size or deploy to a different location or different zone.",
      ),
    ],
    cause: "VM size not available",
    again: false,
  },
  {
    source: "https://github.com/Azure/build-vm-image/issues/32",
    subState: "building",
    message: packerNew,
    log: [
      out(
        "==> azure-arm: ERROR: -> BadRequest : The provided gallery image only supports creation of VMs and VM Scale Sets with 'TrustedLaunch' security type.",
      ),
    ],
    cause: "security type mismatch",
    again: false,
  },
  {
    source: "https://github.com/Azure/azure-cli/issues/27975",
    subState: "building",
    message: packerNew,
    log: [
      out(
        "==> azure-arm: ERROR:   -> BadRequest : Use of TrustedLaunch setting is not supported for the provided image. Please select Trusted Launch Supported Gen2 OS Image. For more information, see https://aka.ms/TrustedLaunch-FAQ.",
      ),
    ],
    cause: "security type mismatch",
    again: false,
  },
  {
    source: "https://github.com/confidential-containers/cloud-api-adaptor/issues/886",
    subState: "building",
    message: packerNew,
    log: [
      out(
        "==> azure-arm: ERROR: -> MarketplacePurchaseEligibilityFailed : Marketplace purchase eligibilty check returned errors. See inner errors for details.",
      ),
      out("==> azure-arm: ERROR:   -> BadRequest : The offer with Offer ID 'foo' was not found. Try one of these:"),
    ],
    cause: "purchase plan",
    again: false,
  },
  {
    source: "https://github.com/Azure/azure-sdk-for-go/issues/1840",
    subState: "building",
    code: "ResourcePurchaseValidationFailed",
    message:
      "User failed validation to purchase resources. Error message: 'Offer with PublisherId: MicrosoftSQLServer and OfferId: SQL2014SP2-WS2012R2 not found. If this offer has been created recently, please allow upto 30 minutes for this offer to be available for Purchase. If error persists, contact support.'",
    cause: "purchase plan",
    again: false,
  },
  {
    source: "https://github.com/openshift/installer/pull/7721",
    subState: "building",
    message: packerNew,
    log: [
      out(
        '==> azure-arm: Code="VMMarketplaceInvalidInput" Message="Creating a virtual machine from Marketplace image or a custom image sourced from a Marketplace image requires Plan information in the request."',
      ),
    ],
    cause: "purchase plan",
    again: false,
  },
  {
    source: packer(5873),
    subState: "building",
    message: packerNew,
    log: [
      out(
        "==> azure-arm: ERROR: -> ResourceNotFound : The Resource 'Microsoft.Compute/images/RHEL73' under resource group 'test-rg' was not found.",
      ),
      out(
        "Build 'azure-arm' errored: resources.GroupsClient#CheckExistence: Failure responding to request: StatusCode=403 -- Original Error: autorest/azure: error response cannot be parsed: \"\" error: EOF",
      ),
    ],
    cause: "identity lacks a right",
    again: false,
  },
  {
    source: plugin(41),
    subState: "distributing",
    message:
      "Failed in distributing 1 images out of total 1: PropertyChangeNotAllowed : Changing property 'sourceVirtualMachine' is not allowed.",
    cause: "image stands already",
    again: false,
  },
  {
    source: "https://github.com/Azure/packer-azure/issues/24",
    subState: "distributing",
    message:
      "Failed in distributing 1 images out of total 1: Error Creating Azure Image: Windows Azure is currently performing an operation on this deployment that requires exclusive access.",
    cause: "another operation under way",
    again: true,
  },
];
