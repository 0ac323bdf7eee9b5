import { array, text } from "../compute/paths.ts";
import type { Json, Resource, World } from "../world.ts";
import { nameOfStep } from "./content.ts";
import type { Run, RunFailure, Step } from "./runs.ts";
import { stagingOf } from "./staging.ts";
import { locationOf } from "./template.ts";

/** The build VM comes up; `connected` false where the build does not get that far. */
export function openingLines(world: World, template: Resource, run: Run, connected: boolean): readonly string[] {
  const group = stagingOf(template)?.groupId.split("/").at(-1) ?? "";
  const short = run.runId.replaceAll("-", "").slice(0, 10);
  const windows = run.source?.osType === "Windows";
  const management = `${world.endpoint}${stagingOf(template)?.groupId ?? ""}/providers`;
  const connection = windows
    ? ["ERR Waiting for WinRM, up to timeout: 10m0s", "    azure-arm: WinRM connected."]
    : [
        "==> azure-arm: Waiting for SSH to become available...",
        "ERR [INFO] Waiting for SSH, up to timeout: 20m0s",
        "==> azure-arm: Connected to SSH!",
      ];
  return [
    "==> azure-arm: Running builder ...",
    "==> azure-arm: Getting tokens using Managed Identity for Azure",
    "    azure-arm: Creating Azure Resource Manager (ARM) client ...",
    `==> azure-arm: Using existing resource group ...`,
    `==> azure-arm:  -> ResourceGroupName : '${group}'`,
    `==> azure-arm:  -> Location          : '${locationOf(template)}'`,
    `ERR packer-plugin-azure plugin: Azure request method="POST" request="${management}/Microsoft.Storage/storageAccounts"`,
    "==> azure-arm: Validating deployment template ...",
    `==> azure-arm:  -> DeploymentName    : 'pkrdp${short}'`,
    "==> azure-arm: Deploying deployment template ...",
    `ERR packer-plugin-azure plugin: Azure request method="GET" request="${management}/Microsoft.Resources/deployments/pkrdp${short}/operationStatuses?[REDACTED]" body=""`,
    ...(connected ? connection : []),
  ];
}

/** What a step says of its own work; with `cutShort` only up to the customizer that fails. */
export function stepLines(template: Resource, run: Run, step: Step, cutShort: boolean): readonly string[] {
  switch (step.state) {
    case "Customizing": {
      const lines = provisioned(array(template.body, "properties", "customize"));
      return cutShort ? lines.filter((line) => !line.includes("ending")) : [...lines, ...deprovisioning(run)];
    }
    case "Optimizing":
      return ["==> azure-arm: Optimizing the image for a faster boot ...", "==> azure-arm: VM boot optimization done."];
    case "Validating":
      return [
        "==> azure-arm: Starting validation ...",
        ...provisioned(array(template.body, "properties", "validate", "inVMValidations")),
      ];
    case "Distributing":
      return step.target === 0 ? captured(template, run) : [];
    default:
      return [];
  }
}

const telemetry: Readonly<Record<string, string>> = {
  Shell: "shell",
  PowerShell: "powershell",
  File: "file",
  WindowsRestart: "windows-restart",
  WindowsUpdate: "windows-update",
};

function provisioned(steps: readonly Json[]): readonly string[] {
  return steps.flatMap((step, index) => {
    const kind = telemetry[text(step, "type") ?? ""] ?? "shell";
    return [
      `ERR [INFO] (telemetry) Starting provisioner ${kind}`,
      ...work(step, index),
      `ERR [INFO] (telemetry) ending ${kind}`,
    ];
  });
}

/** What one customizer puts out; an `echo` says what it is told to. */
function work(step: Json, index: number): readonly string[] {
  const name = nameOfStep(step, index);
  switch (text(step, "type")) {
    case "File":
      return [`==> azure-arm: Uploading ${text(step, "sourceUri")} => ${text(step, "destination")}`];
    case "WindowsRestart":
      return [
        "==> azure-arm: Restarting Machine",
        "==> azure-arm: Waiting for machine to restart...",
        "==> azure-arm: Machine successfully restarted, moving on",
      ];
    case "WindowsUpdate":
      return [
        "==> azure-arm: Running Windows update...",
        "    azure-arm: Searching for Windows updates...",
        "    azure-arm: No Windows updates found",
      ];
    default: {
      const inline = array(step, "inline").map(String);
      const script = text(step, "scriptUri") ?? `/tmp/packer-shell (${name})`;
      const said = inline.flatMap(
        (command) => /^\s*(?:echo|Write-Host|Write-Output)\s+["']?(.*?)["']?\s*$/i.exec(command)?.[1] ?? [],
      );
      return [
        `==> azure-arm: Provisioning with ${text(step, "type") === "PowerShell" ? "Powershell" : "shell script"}: ${script}`,
        ...inline.map((command) => `ERR packer-provisioner-shell plugin: [${name}] + ${command}`),
        ...said.map((line) => `    azure-arm: ${line}`),
      ];
    }
  }
}

/** The customizer that the service hides at the end of every build. */
function deprovisioning(run: Run): readonly string[] {
  const windows = run.source?.osType === "Windows";
  return [
    `ERR [INFO] (telemetry) Starting provisioner ${windows ? "powershell" : "shell"}`,
    windows ? "    azure-arm: >>> Sysprepping VM ..." : "    azure-arm: WARNING! The waagent service will be stopped.",
    windows ? "    azure-arm: IMAGE_STATE_COMPLETE" : "    azure-arm: WARNING! Cached DHCP leases will be deleted.",
    `ERR [INFO] (telemetry) ending ${windows ? "powershell" : "shell"}`,
    "==> azure-arm: Powering off machine ...",
  ];
}

function captured(template: Resource, run: Run): readonly string[] {
  const group = stagingOf(template)?.groupId ?? "";
  const short = run.runId.replaceAll("-", "").slice(0, 10);
  return [
    "==> azure-arm: Capturing image ...",
    `==> azure-arm:  -> Snapshot ID : '${group}/providers/Microsoft.Compute/snapshots/pkrsn${short}'`,
    "==> azure-arm: Skipping image creation...",
  ];
}

/** A failure as the log tells it, before everything is cleaned up. */
export function failureLines(failure: RunFailure): readonly string[] {
  const told = failure.log ?? [failure.message];
  return told.map((line) => `==> azure-arm: ${line}`);
}

/** How every log ends (troubleshooting page); `said` is what it says already. */
export function closingLines(
  run: Run,
  { runState, failure }: NonNullable<Run["outcome"]>,
  said: readonly string[],
): readonly string[] {
  const late = (failure?.log ?? []).map((line) => `==> azure-arm: ${line}`).filter((line) => !said.includes(line));
  const cancelled =
    runState === "Canceled"
      ? [
          "ERR Cancelling builder after context cancellation context canceled",
          "Cancelling build after receiving terminated",
        ]
      : [];
  const distribution = Object.values(run.results).flatMap((result) =>
    result.kind === "failed" ? [`==> azure-arm: ${result.message}`] : [],
  );
  const bad = runState === "Failed" && distribution.length === 0;
  return [
    ...late,
    ...cancelled,
    ...distribution,
    "==> azure-arm: Deleting individual resources ...",
    "==> azure-arm: The resource group was not created by Packer, not deleting ...",
    ...(bad
      ? [
          "Build 'azure-arm' errored.",
          "==> Some builds didn't complete successfully and had errors:",
          ...(failure?.log ?? []).slice(-1).map((line) => `--> azure-arm: ${line}`),
        ]
      : []),
    "==> Builds finished but no artifacts were created.",
    "ERR [INFO] (telemetry) Finalizing.",
    "Done exporting Packer logs to Azure Storage.",
  ];
}
