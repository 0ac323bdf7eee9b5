import { diagnose } from "../../../../shared/decide/builds/diagnosis.ts";
import { retryPause } from "../../../../shared/decide/builds/retry.ts";
import { err, out, packerNew } from "./heldOut.ts";

/**
 * Failures made up for this table, in the words of those who say them: Packer's core, its Azure builder, its communicators and
 * provisioners, ARM's and Compute's pages of error codes, Sysprep, and the shells and package managers on the machine. None is a text
 * that somebody reported; they show which families the rules know.
 */
type Family = readonly [what: string, log: readonly string[], code: string];

const connected = out("==> azure-arm: Connected to SSH!");
const reached = out("    azure-arm: WinRM connected.");
const step = (kind: string) => err(`[INFO] (telemetry) Starting provisioner ${kind}`);
const arm = (code: string, text: string, depth = "") => out(`==> azure-arm: ERROR: ${depth}-> ${code} : ${text}`);
const said = (text: string) => out(`    azure-arm: ${text}`);
const nonZero = (status: number) =>
  out(`==> azure-arm: Script exited with non-zero exit status: ${status}. Allowed exit codes are: [0]`);
const ended = (text: string) => out(`Build 'azure-arm' errored after 7 minutes 2 seconds: ${text}`);
const hadErrors = out("==> azure-arm: Provisioning step had errors: Running the cleanup provisioner, if present...");
const shell = (...lines: readonly string[]) => [connected, step("shell"), ...lines, hadErrors];
const powershell = (...lines: readonly string[]) => [reached, step("powershell"), ...lines, hadErrors];

const azure: readonly Family[] = [
  [
    "a zone without room",
    [
      arm(
        "ZonalAllocationFailed",
        "Allocation failed. We do not have sufficient capacity for the requested VM size in this zone.",
      ),
    ],
    "AllocationFailed",
  ],
  [
    "a region too full for the wishes",
    [
      arm(
        "OverconstrainedZonalAllocationRequest",
        "Allocation failed. VM(s) with the following constraints cannot be allocated",
      ),
    ],
    "AllocationOverconstrained",
  ],
  [
    "a size that a region lacks",
    [
      arm(
        "InvalidParameter",
        "The requested VM size Standard_X9 is not available in the current region. The sizes available in the current region are: Standard_A1.",
      ),
    ],
    "SkuNotAvailable",
  ],
  [
    "an Arm source on an x64 size",
    [
      arm(
        "BadRequest",
        "Cannot create a VM of size 'Standard_D4s_v5' because this VM size only supports a CPU Architecture of 'x64', but an image or disk with CPU Architecture 'Arm64' was given.",
      ),
    ],
    "ArchitectureMismatch",
  ],
  [
    "a size without premium disks",
    [
      arm(
        "InvalidParameter",
        "Requested operation cannot be performed because the VM size Standard_D2_v3 does not support the storage account type Premium_LRS of disk 'pkros1'.",
      ),
    ],
    "SizeUnfit",
  ],
  [
    "a size of the other generation",
    [arm("BadRequest", "The selected VM size 'Standard_B1' cannot boot Hypervisor Generation '2'.", "  ")],
    "GenerationMismatch",
  ],
  [
    "low-priority cores used up",
    [
      arm(
        "OperationNotAllowed",
        "Operation could not be completed as it results in exceeding approved LowPriorityCores quota. Current Limit: 3, Current Usage: 3",
      ),
    ],
    "QuotaExceeded",
  ],
  [
    "eight hundred deployments",
    [arm("DeploymentQuotaExceeded", "Creating the deployment 'pkrdp1' would exceed the quota of '800'.")],
    "LimitReached",
  ],
  [
    "too many storage accounts",
    [
      arm(
        "MaxStorageAccountsCountPerSubscriptionExceeded",
        "Subscription s already contains 250 storage accounts in location westeurope.",
      ),
    ],
    "LimitReached",
  ],
  [
    "too many addresses of a kind",
    [
      arm(
        "IPv4StandardSkuPublicIpCountLimitReached",
        "Cannot create more than 10 IPv4 Standard SKU public IP addresses for this subscription in this region.",
      ),
    ],
    "AddressLimitReached",
  ],
  [
    "a disk smaller than its image's",
    [
      arm(
        "OperationNotAllowed",
        "Disk with size 64GB, which is smaller than the size 127GB of corresponding disk in Image, is not allowed.",
      ),
    ],
    "DiskTooSmall",
  ],
  [
    "a platform image that is gone",
    [
      arm(
        "PlatformImageNotFound",
        "The platform image 'Canonical:Ubuntu:1:latest' is not available. Verify that all fields in the storage profile are correct.",
      ),
    ],
    "SourceNotFound",
  ],
  [
    "a source that is not replicated there",
    [
      arm(
        "InvalidParameter",
        "The following list of images referenced from the deployment template are not found: Publisher: p",
      ),
      arm("ImageNotFound", "The Image 'x' cannot be found.", "  "),
    ],
    "SourceNotFound",
  ],
  [
    "a parent gallery image that is gone",
    [
      ended(
        "failed to get parent Shared Gallery Image base in gallery gold in the resource group images, received error: unexpected status 404.",
      ),
    ],
    "SourceNotFound",
  ],
  [
    "terms that nobody accepted",
    [
      arm(
        "VMMarketplaceInvalidInput",
        "The purchase information does not match. Unable to deploy from the Marketplace image. OS disk name is os.",
      ),
    ],
    "PurchasePlanMissing",
  ],
  [
    "a disabled subscription",
    [arm("ReadOnlyDisabledSubscription", "The subscription '1' is disabled and therefore marked as read only.")],
    "SubscriptionDisabled",
  ],
  [
    "a feature that is not enabled",
    [
      arm(
        "InvalidParameter",
        "The property 'securityProfile.encryptionAtHost' is not valid because the 'Microsoft.Compute/EncryptionAtHost' feature is not enabled for this subscription.",
      ),
    ],
    "FeatureNotEnabled",
  ],
  [
    "a provider that is not registered",
    [arm("NoRegisteredProviderFound", "No registered resource provider found for location 'westeurope'.")],
    "MissingSubscriptionRegistration",
  ],
  [
    "a policy behind three errors",
    [
      arm("DeploymentFailed", "At least one resource deployment operation failed."),
      arm("Forbidden", "", "  "),
      arm("RequestDisallowedByPolicy", "Resource 'pkrni1' was disallowed by policy.", "    "),
    ],
    "BlockedByPolicy",
  ],
  [
    "Azure's own restriction",
    [
      arm(
        "RequestDisallowedByAzure",
        "Resource 'pkrvm1' was disallowed by Azure: This policy maintains a set of best available regions.",
      ),
    ],
    "BlockedByPolicy",
  ],
  [
    "a firewall before a key vault",
    [
      out(
        '==> azure-arm: Code="Forbidden" Message="Public network access is disabled and request is not from a trusted service nor via an approved private link." InnerError={"code":"ForbiddenByConnection"}',
      ),
    ],
    "PublicAccessDisabled",
  ],
  [
    "a vault that was deleted and still has its name",
    [
      arm(
        "VaultAlreadyExists",
        "The vault name 'pkrkv1' is already in use. Vault names are globally unique so it is possible that the name is already taken.",
      ),
    ],
    "NameTaken",
  ],
  [
    "a locked group",
    [
      arm(
        "ScopeLocked",
        "The scope '/subscriptions/s/resourceGroups/g' cannot perform write operation because following scope(s) are locked: '/subscriptions/s'.",
      ),
    ],
    "Locked",
  ],
  [
    "a linked right that is missing",
    [
      ended(
        "unexpected status 403 (403 Forbidden) with error: LinkedAuthorizationFailed: The client 'c' has permission to perform action 'w' on scope 's'; however, it does not have permission to perform action(s) 'Microsoft.Network/virtualNetworks/subnets/join/action' on the linked scope(s) 'v'",
      ),
    ],
    "AuthorizationFailed",
  ],
  ["a sign-in that is refused", [ended("AADSTS7000215: Invalid client secret provided.")], "IdentityUnusable"],
  [
    "an extension of a policy's",
    [
      arm(
        "VMExtensionProvisioningError",
        "VM has reported a failure when processing extension 'AzureMonitorWindowsAgent'.",
      ),
    ],
    "ExtensionFailed",
  ],
  [
    "a source that does not start",
    [arm("VMStartTimedOut", "VM 'pkrvm1' did not start in the allotted time. The VM may still start successfully.")],
    "OSProvisioningTimedOut",
  ],
  [
    "a source that is not prepared",
    [
      arm(
        "OSProvisioningClientError",
        "OS provisioning for VM 'pkrvm1' failed. Error details: x. Make sure the image has been properly prepared (generalized).",
      ),
    ],
    "OSProvisioningTimedOut",
  ],
  [
    "an internal error while the machine is provisioned, which is not the service's",
    [arm("OSProvisioningInternalError", "OS Provisioning failed for VM 'pkrvm1' due to an internal error.")],
    "OSProvisioningTimedOut",
  ],
  [
    "a group that is gone",
    [ended("Cannot locate the existing build resource resource group staging.")],
    "ResourceMissing",
  ],
  [
    "too many requests",
    [
      arm(
        "SubscriptionRequestsThrottled",
        "Number of requests for subscription 's' and operation 'o' exceeded the backend storage limit. Please try again after '6' seconds.",
      ),
    ],
    "Throttled",
  ],
  [
    "an operation that came between",
    [
      arm(
        "OperationNotAllowed",
        "Operation 'delete' is not allowed on VM 'pkrvm1' since another operation is in progress.",
      ),
    ],
    "OtherOperation",
  ],
  [
    "an internal error of Compute's",
    [arm("VMExtensionManagementInternalError", "Internal error occurred while processing VM extension 'x'.")],
    "InternalOperationError",
  ],
  [
    "an internal error behind a real one",
    [
      arm("OSProvisioningTimedOut", "OS Provisioning for VM 'pkrvm1' did not finish in the allotted time."),
      arm("InternalExecutionError", "An internal execution error occurred. Please retry later."),
    ],
    "OSProvisioningTimedOut",
  ],
  [
    "a deployment refused without a reason",
    [
      arm(
        "InvalidTemplateDeployment",
        "The template deployment 'pkrdp1' is not valid according to the validation procedure.",
      ),
    ],
    "DeploymentInvalid",
  ],
];

const between: readonly Family[] = [
  [
    "a machine that refuses the key",
    [
      out("==> azure-arm: Waiting for SSH to become available..."),
      err(
        "[DEBUG] SSH handshake err: ssh: handshake failed: ssh: unable to authenticate, attempted methods [none publickey], no supported methods remain",
      ),
    ],
    "ConnectionTimedOut",
  ],
  [
    "a machine behind a closed port",
    [
      err("[DEBUG] TCP connection to SSH ip/port failed: dial tcp 10.0.0.4:22: i/o timeout"),
      out("==> azure-arm: Timeout waiting for SSH."),
    ],
    "ConnectionTimedOut",
  ],
  [
    "a wait that was cut off",
    [
      out("==> azure-arm: Waiting for WinRM to become available..."),
      out("Build 'azure-arm' errored: Build was cancelled."),
    ],
    "NeverConnected",
  ],
  [
    "a session that ended by itself",
    shell(
      err(
        "packer-plugin-azure plugin: [ERROR] Error occurred waiting for ssh session: read tcp 10.0.0.5:40112->10.0.0.4:22: read: connection reset by peer",
      ),
    ),
    "ConnectionLost",
  ],
  [
    "WinRM gone in the middle",
    powershell(
      ended('unknown error Post "https://10.0.0.4:5986/wsman": read tcp 10.0.0.5:1->10.0.0.4:5986: i/o timeout'),
    ),
    "ConnectionLost",
  ],
  [
    "a disconnect that was survived",
    [
      connected,
      step("shell"),
      err("[INFO] RPC endpoint: Communicator ended with: 2300218"),
      step("shell"),
      said("jq: command not found"),
      nonZero(127),
    ],
    "ScriptFaulty",
  ],
  [
    "a restart that hangs",
    [
      reached,
      step("windows-restart"),
      out("==> azure-arm: Error waiting for machine to restart: Communicator wait canceled"),
    ],
    "RestartTimedOut",
  ],
  [
    "a restart after updates that hangs",
    [reached, step("windows-update"), out("==> azure-arm: Timeout waiting for WinRM")],
    "RestartTimedOut",
  ],
  [
    "a folder that is not Packer's",
    [connected, step("file"), out("==> azure-arm: Upload failed: scp: /opt/agent/agent.conf: Permission denied")],
    "FilePlaceRefused",
  ],
  [
    "a Sysprep with a user's package",
    powershell(
      said(
        "2024-05-02 10:46:29, Error SYSPRP Package Contoso.App_1.0_x64__abc was installed for a user, but not provisioned for all users.",
      ),
    ),
    "GeneralizeFailed",
  ],
  [
    "a Sysprep that gives up",
    powershell(said("Sysprep was not able to validate your Windows installation. Review the log file for details.")),
    "GeneralizeFailed",
  ],
  [
    "an agent that was removed",
    shell(said("sudo: /usr/sbin/waagent: command not found"), nonZero(1)),
    "GeneralizeFailed",
  ],
  [
    "a machine that cannot be captured",
    [
      connected,
      step("shell"),
      out("==> azure-arm: Generalizing machine ..."),
      arm("OperationNotAllowed", "Capture operation cannot be completed because the VM is not generalized."),
    ],
    "NotGeneralized",
  ],
];

const scripts: readonly Family[] = [
  [
    "a lock of apt's",
    shell(
      said("E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 1871 (unattended-upgr)"),
      nonZero(100),
    ),
    "PackageManagerBusy",
  ],
  [
    "a lock of yum's",
    shell(said("Another app is currently holding the yum lock; waiting for it to exit..."), nonZero(1)),
    "PackageManagerBusy",
  ],
  ["an installer at work", powershell(nonZero(1618)), "PackageManagerBusy"],
  [
    "a repository that is closed",
    shell(said("Error: Failed to download metadata for repo 'rhel-9-baseos': Cannot download repomd.xml"), nonZero(1)),
    "PackageUnavailable",
  ],
  [
    "a key that apt lacks",
    shell(said("E: The repository 'https://p.example.com stable InRelease' is not signed."), nonZero(100)),
    "PackageUnavailable",
  ],
  [
    "a name without address",
    shell(said("wget: unable to resolve host address 'packages.example.com'"), nonZero(4)),
    "AddressUnreachable",
  ],
  [
    "a proxy that says no",
    powershell(said("Invoke-WebRequest : Unable to connect to the remote server"), nonZero(1)),
    "AddressUnreachable",
  ],
  [
    "a certificate of the company's own",
    shell(said("curl: (60) SSL certificate problem: unable to get local issuer certificate"), nonZero(60)),
    "CertificateRefused",
  ],
  [
    "a SAS that ran out",
    shell(
      said(
        "<AuthenticationErrorDetail>Signature not valid in the specified time frame: Start [..]</AuthenticationErrorDetail>",
      ),
      nonZero(1),
    ),
    "AddressRefused",
  ],
  [
    "a page that is gone",
    powershell(said("Invoke-WebRequest : The remote server returned an error: (404) Not Found."), nonZero(1)),
    "AddressRefused",
  ],
  [
    "a disk that is full",
    shell(said("cp: error writing '/opt/x': No space left on device"), nonZero(1)),
    "BuildVmExhausted",
  ],
  [
    "a process that the kernel ended",
    shell(said("/tmp/script_1.sh: line 9:  4242 Killed                  make -j8"), nonZero(137)),
    "BuildVmDied",
  ],
  ["an installer that wants a restart", powershell(nonZero(3010)), "RestartWanted"],
  [
    "an update that fails",
    [
      reached,
      step("windows-update"),
      said("Installing Windows updates failed with result 0x80240022"),
      ended("Windows update script exited with non-zero exit status: 1"),
    ],
    "WindowsUpdateFailed",
  ],
  [
    "scripts that may not run",
    powershell(said("c:\\t\\a.ps1 cannot be loaded because running scripts is disabled on this system."), nonZero(1)),
    "ScriptLacksPrivilege",
  ],
  ["a sudo with a password", shell(said("sudo: a password is required"), nonZero(1)), "ScriptLacksPrivilege"],
  [
    "line ends of Windows",
    shell(said("/tmp/script_0.sh: line 2: $'\\r': command not found"), nonZero(127)),
    "ScriptFaulty",
  ],
  ["tests that fail", powershell(said("Tests Passed: 61, Failed: 2, Skipped: 0"), nonZero(2)), "CustomizerFailed"],
  [
    "an Ansible task",
    [
      connected,
      out('    azure-arm: fatal: [default]: FAILED! => {"changed": false, "msg": "x"}'),
      out("==> azure-arm: Provisioning step had errors"),
    ],
    "CustomizerFailed",
  ],
  [
    "Azure's words in a script",
    shell(said("ERROR: (SkuNotAvailable) a script's own az said so"), nonZero(1)),
    "CustomizerFailed",
  ],
];

/** Lines that only look like causes. */
const innocent: readonly Family[] = [
  [
    "a package with error in its name",
    shell(said("Setting up libgpg-error0:amd64 (1.47) ..."), said("0 errors, 0 warnings")),
    "CustomizingFailed",
  ],
  [
    "a warning",
    shell(said("W: Failed to fetch http://p.example.com/x  Could not resolve 'p.example.com'")),
    "CustomizingFailed",
  ],
  [
    "a script that is printed before it runs",
    powershell(
      err(
        'Found command: if( TEST-PATH c:\\DeprovisioningScript.ps1 ){cat x} else {echo "Deprovisioning script [c:\\DeprovisioningScript.ps1] could not be found."}',
      ),
    ),
    "CustomizingFailed",
  ],
  ["a shell's trace", shell(said("+ test -f /etc/x || die 'No space left on device'")), "CustomizingFailed"],
  [
    "Azure's words in a script, of a log whose beginning is lost",
    [said("you must accept the terms first"), said("the group is locked"), said("secure boot: not on"), nonZero(1)],
    "CustomizerFailed",
  ],
  [
    "what an earlier step survived",
    [connected, step("shell"), said("tar: No space left on device"), step("shell"), nonZero(3)],
    "CustomizerFailed",
  ],
  [
    "clean-up",
    [
      ...shell(nonZero(5)),
      out("==> azure-arm: Deleting individual resources ..."),
      out('==> azure-arm: Code="AuthorizationFailed"'),
      out("==> azure-arm: No space left on device"),
    ],
    "CustomizerFailed",
  ],
  ["a flag of Java's", shell(said("java -XX:+HeapDumpOnOutOfMemoryError -jar a.jar"), nonZero(1)), "CustomizerFailed"],
];

/** Ends that look like a customizer's and are none, and what Packer says of galleries. */
const ends: readonly Family[] = [
  [
    "a version that Packer waited for too long, as its newer builds say it",
    [
      out("==> azure-arm: Publishing to Shared Image Gallery ..."),
      out("==> azure-arm:  -> SIG image version     : '2.4.0'"),
      ended("polling after CreateOrUpdate: context deadline exceeded"),
    ],
    "DistributionTimedOut",
  ],
  [
    "a definition that is not there, in quotes",
    [
      out("==> azure-arm: Running builder ..."),
      ended(
        "the Shared Gallery Image 'gold' to which to publish the managed image version to does not exist in the resource group 'images' or does not contain managed image 'noble'",
      ),
    ],
    "TargetNotFound",
  ],
  [
    "a version's name that Compute refuses",
    [
      reached,
      step("powershell"),
      out("==> azure-arm: Capturing image ..."),
      arm("InvalidParameter", "The image version name is invalid. It should follow Major(int).Minor(int).Patch(int)."),
    ],
    "DistributeBad",
  ],
  [
    "a source that is being copied",
    [
      reached,
      step("powershell"),
      out("==> azure-arm: Publishing to Shared Image Gallery ..."),
      arm("Conflict", "The source image 'i' is being used by another replication currently."),
    ],
    "OtherOperation",
  ],
  [
    "a file that fails its sum",
    shell(said("agent.tgz: FAILED"), said("sha256sum: WARNING: 1 computed checksum did NOT match"), nonZero(1)),
    "ChecksumMismatch",
  ],
  [
    "a file whose sum was right at the second try",
    shell(said("checksum mismatch, fetching a.tgz again"), said("jq: command not found"), nonZero(127)),
    "ScriptFaulty",
  ],
  [
    "something new before there is a machine",
    [out("==> azure-arm: Running builder ..."), ended("a novelty")],
    "PackerBuildFailed",
  ],
  [
    "an error of Azure's that is new, before there is a machine",
    [out("==> azure-arm: creating Virtual Machine: performing CreateOrUpdate: unexpected status 409: Novelty: x")],
    "PackerBuildFailed",
  ],
  [
    "a restart under way",
    [
      reached,
      step("windows-restart"),
      out("==> azure-arm: Restarting Machine"),
      err("[INFO] command 'shutdown /r /f /t 60 /c \"packer restart test\"' exited with code: 1115"),
      out("==> azure-arm: A system shutdown is in progress.(1115)"),
      err("[INFO] 40 bytes written for 'stderr'"),
    ],
    "PackerBuildFailed",
  ],
  [
    "a build that ended well",
    [...shell(nonZero(3)), out("Build 'azure-arm' finished after 9 minutes.")],
    "PackerBuildFailed",
  ],
];

test.each([...azure, ...between, ...scripts, ...innocent, ...ends])("%s", (_, log, code) => {
  expect(diagnose({ message: packerNew, log: log.join("\n") }).code).toBe(code);
});

test.each(ends)("%s, while the service says that it is customizing", (_, log, code) => {
  expect(diagnose({ message: packerNew, log: log.join("\n"), stage: "customizing" }).code).toBe(code);
});

const texts: readonly (readonly [what: string, message: string, code: string])[] = [
  [
    "a distribution that Azure failed inside",
    "Failed in distributing 1 images out of total 1: {[Error 0] [Distribute 0] InternalServerError: x}",
    "InternalOperationError",
  ],
  [
    "a refusal with its reason inside",
    "InvalidTemplateDeployment: not valid. QuotaExceeded: The operation couldn't be completed as it results in exceeding quota limit",
    "QuotaExceeded",
  ],
  [
    "a container that finds no room",
    "ServiceUnavailable: The requested resource is not available in the location 'westeurope' at this moment.",
    "IsolatedBuildFailed",
  ],
  [
    "a group that has a telling name",
    "ResourceGroupNotFound: Resource group 'images' could not be found.",
    "ResourceMissing",
  ],
  [
    "a staging group that another template has",
    "The staging resource group 'stage' is in use by another image template.",
    "StagingGroupBad",
  ],
  ["a staging group with something in it", "Resource group stage must be empty.", "StagingGroupBad"],
  [
    "the policy of a subnet, as the service's own check says it",
    "PrivateLinkService Network Policies are not disabled for subnet s.",
    "PrivateLinkServiceCannotBeCreatedInSubnetThatHasNetworkPoliciesEnabled",
  ],
  ["a script that is not there", "Script https://a.example.com/b.ps1 could not be accessed.", "DownloadFailed"],
  [
    "a body that the service cannot read",
    'BadRequest: Unmarshalling entity encountered error: unmarshalling type *v2024_02_01.ImageTemplate: unknown field "costomize"',
    "ValidationFailed",
  ],
  ["an identity that is left out", "Identity is required for templates of this API version.", "ValidationFailed"],
  ["terms in other words", "You need to accept the terms of this plan first.", "PurchasePlanMissing"],
  [
    "a purchase that is not allowed",
    "MarketplacePurchaseEligibilityFailed: Eligibility check returned errors.",
    "PurchasePlanMissing",
  ],
  [
    "a definition without the source's plan",
    "Conflict: The resource with id 'x' has a different plan ['{\"name\":\"p\"}'] than the parent gallery image plan ['null']",
    "PurchasePlanMissing",
  ],
  ["a network that the service may not set up", "Error setting up networking pipeline", "ServicePrincipalLacksRight"],
  ["a region that is named twice", "Duplicate regions are not allowed in target publishing regions", "DistributeBad"],
  [
    "a definition of the other system",
    "The resource with id 'x' has a different OS type ['Linux'] than the parent gallery image OS type ['Windows']",
    "DistributeBad",
  ],
  [
    "a definition for specialized images",
    "Cannot create Gallery Image Version from: x since the OS State in the parent gallery image (Specialized) is not Generalized",
    "NotGeneralized",
  ],
  [
    "a source that is not copied there",
    "The gallery image g is not available in westus region. Please contact image owner to replicate to this region.",
    "SourceNotFound",
  ],
  [
    "regions that take too long",
    "Replication to the target regions has not completed: replication is not complete in 'westus'.",
    "DistributionTimedOut",
  ],
  [
    "a size without a security type",
    "The VM size 'Standard_B1s' is not supported for creation of VMs with 'TrustedLaunch' security type.",
    "SecurityTypeMismatch",
  ],
  ["a lock, said plainly", "Resource group 'stage' is locked. Remove the lock and try again.", "Locked"],
  ["a policy, said plainly", "Resource 'x' is denied by Azure Policy.", "BlockedByPolicy"],
  [
    "an operation that is not allowed for a reason nobody taught",
    "OperationNotAllowed: Changing an availability set's SKU is not allowed.",
    "UnknownFailure",
  ],
  [
    "a size of the other generation, in short",
    "VM size 'Standard_NV6' does not support generation 2.",
    "GenerationMismatch",
  ],
  [
    "a provider, named first",
    "Microsoft.Compute is not registered. Please register the resource provider.",
    "MissingSubscriptionRegistration",
  ],
  ["a subnet with too few addresses", "Subnet 's' does not have enough free IPs.", "SubnetFull"],
  ["a gallery that is full", "The maximum number of image versions in this gallery has been reached.", "LimitReached"],
  ["a proxy VM that nobody reaches", "Failed to connect to proxy VM.", "ConnectionTimedOut"],
  ["a template by that name", "Conflict: Image template 'gold' already exists.", "TemplateExists"],
  ["a template on its way out", "Conflict: Image template 'gold' is being deleted.", "RunNotAllowed"],
  [
    "a disk that is too small, said shortly",
    "osDiskSizeGB must be greater than or equal to the source image's size.",
    "DiskTooSmall",
  ],
  ["a value out of its range", "buildTimeoutInMinutes must be between 0 and 960.", "ValidationFailed"],
  ["a source image that is not there", "BadPIRSource: Source image not found: Canonical 99_99.", "SourceNotFound"],
  ["a blob that is not there", "Unable to retrieve the customization script: BlobNotFound", "DownloadFailed"],
  [
    "a role that the identity lacks",
    "The user assigned identity does not have Storage Blob Data Reader on the container.",
    "AuthorizationFailed",
  ],
];
test.each(texts)("%s, in the service's own words", (_, message, code) => {
  expect(diagnose({ message }).code).toBe(code);
});

test("a log in the service's newer form, without streams, is read alike", () => {
  const line = (text: string) => `[0b6f3a52-1111-4222-8333-94a5b6c7d8e9] PACKER 2023/09/14 19:00:18 ui: ${text}`;
  const log = [
    line("==> azure-arm: Provisioning with shell script: /tmp/a.sh"),
    line("    azure-arm: + die 'No space left on device'"),
    line("    azure-arm: jq: command not found"),
    line("==> azure-arm: Deleting individual resources ..."),
    line('==> azure-arm: Code="AuthorizationFailed"'),
  ];
  expect(diagnose({ message: packerNew, log: log.join("\n") }).code).toBe("ScriptFaulty");
});

test("while it distributes, a wait that ends and a parent that is missing are about the target", () => {
  const told = (message: string, stage: string) => diagnose({ message, stage }).code;
  const late = "Future#WaitForCompletion: context has been cancelled: context deadline exceeded";
  expect([told(late, "distributing"), told(late, "building")]).toEqual(["DistributionTimedOut", "UnknownFailure"]);
  const orphan = "ParentResourceNotFound: Can not perform requested operation on nested resource.";
  expect([told(orphan, "distributing"), told(orphan, "building")]).toEqual(["TargetNotFound", "ResourceMissing"]);
});

test("a build whose time was up is not blamed on how it was cut off", () => {
  const message = "Timeout waiting for microservice to complete: 'context deadline exceeded'";
  const cut = err("[ERROR] Remote command exited without exit status or exit signal.");
  expect(diagnose({ message, log: shell(cut).join("\n") }).code).toBe("BuildTimedOut");
  const slow = out("big.zip 826 B / 826000 B  1.00%");
  expect(diagnose({ message, log: [connected, step("file"), slow, cut].join("\n") }).code).toBe("SlowFileTransfer");
});

test("where neither text nor log tells, that the service was customizing does, unless Azure spoke last", () => {
  const told = (log: string, stage: string) => diagnose({ message: packerNew, log, stage }).code;
  expect(told(said("Expected folder is not there!"), "customizing")).toBe("CustomizingFailed");
  expect(told(said("Expected folder is not there!"), "building")).toBe("PackerBuildFailed");
  expect(told(arm("Novelty", "x"), "customizing")).toBe("DeploymentInvalid");
  expect(told("", "customizing")).toBe("PackerBuildFailed");
});

test("of all these, only what passes by itself is run again", () => {
  const passing = [...azure, ...between, ...scripts, ...innocent, ...ends]
    .filter(([, log]) => retryPause(diagnose({ message: packerNew, log: log.join("\n") }), 1) !== undefined)
    .map(([what]) => what);
  expect(passing).toEqual(["a zone without room", "an internal error of Compute's"]);
});
