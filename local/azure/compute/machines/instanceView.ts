import { nameOf } from "../../ids.ts";
import type { JsonObject, Resource, World } from "../../world.ts";
import { asJson, at, text } from "../paths.ts";

/** How far a machine has booted. */
export type BootStage = "starting" | "provisioned" | "ready" | "failed";

/** How far a machine is now. */
export function bootStage(world: World, machine: Resource): BootStage {
  const boot = at(machine.hidden, "boot");
  const fault = text(boot, "fault", "kind");
  const now = world.clock.now();
  if (now < Number(at(boot, "provisionedAt") ?? 0)) return "starting";
  if (fault === "provisioningTimesOut" || fault === "provisioningFails") return "failed";
  return fault === "agentMissing" || now < Number(at(boot, "agentAt") ?? 0) ? "provisioned" : "ready";
}

/** The instance view: states of provisioning and power, and what the VM agent says once it is there. */
export function instanceView(world: World, machine: Resource): JsonObject {
  const stage = bootStage(world, machine);
  const state = (text(machine.body, "properties", "provisioningState") ?? "").toLowerCase();
  const status = (code: string, displayStatus: string, more: JsonObject = {}) => ({
    code,
    level: "Info",
    displayStatus,
    ...more,
  });
  const time = new Date(world.clock.now()).toISOString();
  const provisioning =
    stage === "failed"
      ? failedStatus(machine, time)
      : status(`ProvisioningState/${state}`, `Provisioning ${state}`, { time });
  const power =
    stage === "starting" ? status("PowerState/starting", "VM starting") : status("PowerState/running", "VM running");
  const disk = text(machine.body, "properties", "storageProfile", "osDisk", "name");
  return asJson({
    ...(stage === "ready" ? { computerName: computerName(machine), osName: "ubuntu", osVersion: "24.04" } : {}),
    vmAgent: stage === "ready" ? agentReady(time) : agentSilent(time),
    disks: [{ name: disk, statuses: [status("ProvisioningState/succeeded", "Provisioning succeeded", { time })] }],
    bootDiagnostics: {},
    hyperVGeneration: machine.hidden?.generation,
    extensions: [],
    statuses: [provisioning, power],
  });
}

function failedStatus(machine: Resource, time: string) {
  const fault = text(machine.hidden, "boot", "fault", "kind");
  const code = fault === "provisioningTimesOut" ? "OSProvisioningTimedOut" : "OSProvisioningInternalError";
  const message = `OS Provisioning for VM '${computerName(machine)}' did not finish in the allotted time.`;
  return {
    code: `ProvisioningState/failed/${code}`,
    level: "Error",
    displayStatus: "Provisioning failed",
    message,
    time,
  };
}

const agentReady = (time: string) => ({
  vmAgentVersion: "2.11.1.4",
  statuses: [
    {
      code: "ProvisioningState/succeeded",
      level: "Info",
      displayStatus: "Ready",
      message: "Guest Agent is running",
      time,
    },
  ],
  extensionHandlers: [],
});

const agentSilent = (time: string) => ({
  vmAgentVersion: "Unknown",
  statuses: [
    {
      code: "ProvisioningState/Unavailable",
      level: "Warning",
      displayStatus: "Not Ready",
      message: "VM status blob is found but not yet populated.",
      time,
    },
  ],
});

/** The name that a machine's guest gives itself. */
const computerName = (machine: Resource): string =>
  text(machine.body, "properties", "osProfile", "computerName") ?? nameOf(machine.id);
