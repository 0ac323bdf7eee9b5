import type { FailureClass } from "./failureClass.ts";

/** What goes wrong between the first connection to the build VM and a generalized disk (the troubleshooting page; image-builder.md §6.3; Packer's communicators and provisioners). */
export const customizing: readonly FailureClass[] = [
  {
    code: "ChecksumMismatch",
    title: "A script or file is not the one its checksum says",
    stage: "creating",
    // A script may fetch a file again whose sum was wrong.
    tells: "perhaps",
    pattern: /(?:sha-?256|checksum).*(?:mismatch|(?:not|n't) match)/i,
    // apt's "Hash Sum mismatch" is about a repository, not a file.
    log: /(?:sha-?\d+|checksum)s?\b.{0,120}\b(?:verification failed|mismatch|invalid|not (?:match|meet|equal)|n't match|differs?)|\b(?:invalid|bad|wrong|mismatched) (?:sha-?\d+|checksum)|hashes do not match|do not match the hashes|^azure-arm[^:]*: \S+\.\w{1,5}: FAILED$/im,
    example: { message: "sha256 checksum of the file does not match" },
    fix: ["Find out who changed the file; if the change is wanted, correct sha256Checksum."],
  },
  {
    code: "DownloadFailed",
    title: "A script or file could not be downloaded",
    stage: "creating",
    // Where it is an address that is not there, not a resource of Azure's.
    pattern:
      /download.*\b10 retries|(?:failed|unable) to download|could(?: not|n't) download|error downloading|\b(?:https?:\/\/\S+|file|script|uri)['"]? (?:is (?:unavailable|inaccessible|not (?:available|accessible|reachable))|(?:cannot|can't|could not) be (?:accessed|reached|read|downloaded|fetched|found))|(?:unable|failed) to (?:retrieve|fetch|get|access|read) (?:the )?(?:\w+ )?(?:script|file)\b|\bBlobNotFound\b|\bblob (?:was )?not found|specified blob does not exist|check (?:that |if |whether )?the (?:file|script) exists/i,
    log: /azure-arm[^:]*: (?:(?:failed|unable) to|could(?: not|n't)|cannot|error) download(?!\w* metadata)|Downloading external file .* failed/i,
    example: {
      message:
        "Downloading external file (https://a/b.sh) to local file [attempt 10 of 10] failed: Error downloading 'x'",
    },
    fix: [
      "Check the address and that it can be reached without signing in, or give the identity the right to read the blob.",
    ],
  },
  {
    code: "GeneralizeFailed",
    title: "The machine could not be generalized",
    stage: "customizing",
    // Sysprep's state is printed until it is resealed, so states that repeat without the last one are a Sysprep that never ended.
    log: /DeprovisioningScript\.(?:sh|ps1).*(?:not found|could not be found|error)|waagent.*(?:not found|No such file)|deprovision\S*.*\b(?:failed|error)\b|NoServiceFoundForGivenName|\bSYSPRP\b.*(?:fail|error)|sysprep\S*\b.*(?:fail|fatal|error|not able|cannot)|fatal error.*\bsysprep|installed for a user, but not provisioned for all users|(?:azure-arm[^:]*: IMAGE_STATE_(?!GENERALIZE_RESEAL_TO_OOBE)\w+\s+){2}(?![\s\S]*: IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE)|: IMAGE_STATE_UNDEPLOYABLE(?![\s\S]*: IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE)/i,
    example: {
      log: "azure-arm: IMAGE_STATE_COMPLETE\nazure-arm: IMAGE_STATE_UNDEPLOYABLE\nazure-arm: IMAGE_STATE_UNDEPLOYABLE",
    },
    fix: [
      "Windows: use a larger vmProfile.vmSize or end the customizers with a minute's sleep, so that the guest agent is there when Sysprep begins.",
      "Windows: if Sysprep names a package, a pending update or BitLocker, remove, finish or decrypt that in a customizer before.",
      "Linux: keep waagent installed; or write your own /tmp/DeprovisioningScript.sh (Windows: c:\\DeprovisioningScript.ps1).",
    ],
  },
  {
    code: "RestartTimedOut",
    title: "The build VM did not come back from a restart in time",
    stage: "customizing",
    // Packer's step for updates waits for WinRM where the one for restarts waits for the machine.
    pattern: /(?:timeout|error) waiting for machine to restart/i,
    log: /(?:timeout|error) waiting for (?:machine to restart|WinRM)/i,
    example: { log: "--> azure-arm: Timeout waiting for machine to restart." },
    fix: [
      "Raise restartTimeout of the WindowsRestart step (30m for Windows Server 2016 after updates).",
      "Let no script restart the machine by itself.",
    ],
  },
  {
    code: "BuildVmExhausted",
    title: "The build VM ran out of disk or memory",
    stage: "customizing",
    log: /No space left on device|(?:not|n't have) enough (?:free )?(?:disk )?space|insufficient (?:disk )?space|virtual memory exhausted|paging file is too small|disk(?: is)? full|disk quota exceeded|Cannot allocate memory|(?<!On)Out ?of ?Memory|insufficient memory|not enough memory|\boom-?kill/i,
    example: { log: "==> azure-arm: tar: /opt/x: Cannot write: No space left on device" },
    fix: ["Choose a larger vmProfile.vmSize (the default has 1 or 2 cores), or a larger osDiskSizeGB."],
  },
  {
    code: "HardenedImage",
    title: "The source forbids what the service does on the build VM",
    stage: "customizing",
    log: /chmod\b.*(?:permission denied|not permitted)|error (?:chmodding|setting permissions)|\/tmp\/\S*: (?:\S+: )?permission denied|you must have a tty/i,
    example: { log: "azure-arm: chmod: changing permissions of '/tmp/script_1.sh': Operation not permitted" },
    fix: [
      "Build from an image that lets scripts run in /tmp (CIS hardened images may not), and harden it in a customizer.",
    ],
  },
  {
    code: "FilePlaceRefused",
    title: "A File customizer cannot write where it should",
    stage: "customizing",
    log: /\bscp: .*(?:permission denied|no such file|not a directory|is a directory)|upload.*(?:Access to the path|Access is denied|permission denied|Could not find a part of the path)/i,
    example: { log: "==> azure-arm: Upload failed: scp: /etc/app.conf: Permission denied" },
    fix: [
      "Let the File customizer write to a folder that Packer's user owns (/tmp), and move the file from there in a Shell customizer with sudo.",
    ],
  },
  {
    code: "SlowFileTransfer",
    title: "A File customizer moves more than it is made for",
    stage: "customizing",
    log: /\d+ B \/ \d+ B\s+\d+(?:\.\d+)?%/i,
    example: { log: "myBigFile.zip 826 B / 826000 B  1.00%" },
    fix: ["Files beyond 20 MB: fetch them in a script (curl, Invoke-WebRequest) instead of a File customizer."],
  },
  {
    code: "BuildVmDied",
    title: "The build VM stopped answering in the middle of a step, most likely for want of cores or memory",
    stage: "customizing",
    tells: "how",
    log: /errored(?: after [^:]*)?: unexpected EOF|(?:exit(?:ed)? (?:status|code)|exited with)\b\D{0,4}137\b|(?:^|: )Killed$/im,
    example: { log: "Build 'azure-arm' errored: unexpected EOF" },
    fix: ["Choose a larger vmProfile.vmSize (the default has 1 or 2 cores)."],
  },
  {
    code: "ConnectionLost",
    title: "The connection to the build VM broke off",
    stage: "customizing",
    tells: "how",
    // What Packer's communicators say of a machine they were on before; a script that ended all the same had its connection.
    log: /(?:without exit status or exit signal|Communicator ended with: 2300218|after context cancellation|disconnected unexpectedly|Disconnect while removing|waiting for ssh session|ssh session open error|reconnection error|client not available|timeout during SSH handshake|Error (?:uploading|processing command: )|failed to upload|Upload failed|Couldn't create shell|unable to create winrm client|(?:std(?:out|err)'|stream \d+).*connection reset|->\S+:(?:22|598[56]): |dial tcp \S+:(?:22|598[56])|\/wsman\b|(?:ssh|winrm)\S*: .*(?:broken pipe|connection reset|closed network connection|\bEOF\b|i\/o timeout|handshake failed)|UNREACHABLE!)(?![\s\S]*exited with (?:a )?non-zero exit status: (?!2300218))/i,
    example: { log: "[ERROR] Remote command exited without exit status or exit signal." },
    fix: [
      "Look in the scripts for changes of firewall, users, SSH or WinRM: ports 22 or 5986 must stay open and Packer's user must stay.",
      "Look for a step that restarts the machine by itself, waits for input or takes longer than buildTimeoutInMinutes.",
    ],
  },
];
