import type { FailureClass } from "./failureClass.ts";

/** What goes wrong between the first connection to the build VM and a generalized disk (the troubleshooting page; image-builder.md §6.3). */
export const customizing: readonly FailureClass[] = [
  {
    code: "ChecksumMismatch",
    title: "A script or file is not the one its checksum says",
    stage: "creating",
    pattern: /sha-?256.*(?:mismatch|not match|does not match)|checksum.*(?:mismatch|not match)/i,
    example: { message: "sha256 checksum of the file does not match" },
    fix: ["Find out who changed the file; if the change is wanted, correct sha256Checksum."],
  },
  {
    code: "DownloadFailed",
    title: "A script or file could not be downloaded",
    stage: "creating",
    pattern: /download.*\b10 retries|failed to download|could not download|error downloading/i,
    log: /azure-arm: (?:failed to|could not|error) download|Downloading external file .* failed/i,
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
    log: /DeprovisioningScript\.(?:sh|ps1).*(?:not found|could not be found|error)|waagent: (?:command )?not found|NoServiceFoundForGivenName|\bSYSPRP\b.*(?:failure|error)|(?:azure-arm: IMAGE_STATE_(?!GENERALIZE_RESEAL_TO_OOBE)\w+\s+){2}(?![\s\S]*azure-arm: IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE)/i,
    example: {
      log: "azure-arm: IMAGE_STATE_COMPLETE\nazure-arm: IMAGE_STATE_UNDEPLOYABLE\nazure-arm: IMAGE_STATE_UNDEPLOYABLE",
    },
    fix: [
      "Windows: use a larger vmProfile.vmSize or end the customizers with a minute's sleep, so that the guest agent is there when Sysprep begins.",
      "Linux: keep waagent installed; or write your own /tmp/DeprovisioningScript.sh (Windows: c:\\DeprovisioningScript.ps1).",
    ],
  },
  {
    code: "RestartTimedOut",
    title: "The build VM did not come back from a restart in time",
    stage: "customizing",
    pattern: /timeout waiting for machine to restart/i,
    log: /timeout waiting for machine to restart/i,
    example: { log: "--> azure-arm: Timeout waiting for machine to restart." },
    fix: [
      "Raise restartTimeout of the WindowsRestart step (30m for Windows Server 2016 after updates).",
      "Let no script restart the machine by itself.",
    ],
  },
  {
    code: "BuildVmExhausted",
    title: "The build VM ran out of resources",
    stage: "customizing",
    log: /errored: unexpected EOF|No space left on device|There is not enough space on the disk|Cannot allocate memory|OutOfMemory/i,
    example: { log: "Build 'azure-arm' errored: unexpected EOF" },
    fix: ["Choose a larger vmProfile.vmSize (the default has 1 or 2 cores), or a larger osDiskSizeGB."],
  },
  {
    code: "HardenedImage",
    title: "The source forbids what the service does on the build VM",
    stage: "customizing",
    log: /chmod\b.*(?:permission denied|not permitted)|error (?:chmodding|setting permissions)|\/tmp\/\S*: (?:\S+: )?permission denied/i,
    example: { log: "azure-arm: chmod: changing permissions of '/tmp/script_1.sh': Operation not permitted" },
    fix: [
      "Build from an image that lets scripts run in /tmp (CIS hardened images may not), and harden it in a customizer.",
    ],
  },
  {
    code: "ConnectionLost",
    title: "The connection to the build VM broke off",
    stage: "customizing",
    // What Packer cannot bring onto a machine it was on before.
    log: /without exit status or exit signal|Communicator ended with: 2300218|after context cancellation|disconnected unexpectedly|Error uploading|failed to upload|Upload failed|Couldn't create shell|copy error: connection reset/i,
    example: { log: "[ERROR] Remote command exited without exit status or exit signal." },
    fix: [
      "Look in the scripts for changes of firewall, users, SSH or WinRM: ports 22 or 5986 must stay open and Packer's user must stay.",
      "Look for a step that waits for input or takes longer than buildTimeoutInMinutes.",
    ],
  },
  {
    code: "ConnectionTimedOut",
    title: "The build VM could not be reached",
    stage: "running",
    pattern:
      /(?:WinRM|SSH)\b.*(?:context deadline exceeded|timeout|timed out|connection)|timeout waiting for (?:WinRM|SSH)|:5986\/wsman|dial tcp .*:22\b/i,
    log: /(?:timeout|error) waiting for (?:WinRM|SSH)|handshake failed|StepConnect(?:SSH|WinRM)" failed|:5986\/wsman.*(?:deadline exceeded|timeout|refused)|dial tcp .*:22\b.*(?:timeout|refused)/i,
    example: {
      message: 'WinRM connection err: unknown error Post "https://10.1.0.5:5986/wsman": context deadline exceeded',
    },
    fix: [
      "Allow TCP 22 (Linux) or 5986 (Windows) between the build's subnets in network security groups, route tables and firewalls.",
      "Check that the source lets SSH or WinRM in: hardened images may not.",
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
    code: "CustomizerFailed",
    title: "A customizer or validator failed",
    stage: "customizing",
    pattern: /script exited with non-zero|exited with (?:a )?non-zero/i,
    // A status that a step allows is not the end of it, so that comes last of all.
    log: /exited with (?:a )?non-zero exit status|provisioning step had errors|Exception from HRESULT|Communicator ended with: [1-9]/i,
    example: { log: "azure-arm: Script exited with non-zero exit status: 100. Allowed exit codes are: [0]" },
    fix: ["Correct the step that the log names (its lines are in detail), then create the template anew."],
  },
];
