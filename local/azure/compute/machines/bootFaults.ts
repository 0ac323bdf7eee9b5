import { nameOf, scopeContains } from "../../ids.ts";
import type { JsonObject, World } from "../../world.ts";
import { asJson } from "../paths.ts";

/** How machines of an image fail, because a test asks for it. */
export interface BootFault {
  /** `provisioningTimesOut`: the guest never reports; `provisioningFails`: it reports a failure; `agentMissing`: provisioned, but the agent stays silent; `scriptFails`: it boots, and a script of that name fails; `allocationFails`: no capacity. */
  readonly kind: "provisioningTimesOut" | "provisioningFails" | "agentMissing" | "scriptFails" | "allocationFails";
  /** For `scriptFails`: the run command; any where absent. */
  readonly script?: string;
  readonly exitCode?: number;
  readonly output?: string;
  /** One machine in so many fails (a race at first boot); every one where absent. */
  readonly every?: number;
  /** Lines of the serial console. */
  readonly console?: readonly string[];
}

const kind = "bootFault";
const counter = "bootFaultMachines";

/** Plants a fault for an image version, or for all versions of a definition; or takes it away (`undefined`). */
export function setBootFault(world: World, imageId: string, fault: BootFault | undefined): void {
  if (fault) world.store.put(kind, imageId, asJson(fault));
  else world.store.delete(kind, imageId);
}

/** The fault that a new machine of an image meets; counts it where only one in so many fails. */
export function meetBootFault(world: World, imageId: string): BootFault | undefined {
  const found = world.store
    .list<BootFault>(kind)
    .filter(([planted]) => scopeContains(planted, imageId))
    .toSorted(([left], [right]) => right.length - left.length)[0];
  if (!found) return undefined;
  const [planted, fault] = found;
  if (fault.every === undefined) return fault;
  const machines = (world.store.get<number>(counter, planted) ?? 0) + 1;
  world.store.put(counter, planted, machines);
  return machines % fault.every === 0 ? fault : undefined;
}

/** What a machine's serial console shows. */
export function consoleOf(vmId: string, fault: JsonObject): string {
  const lines = Array.isArray(fault.console) ? fault.console.map(String) : [];
  const ending: Readonly<Record<string, string>> = {
    provisioningTimesOut:
      "[   31.400518] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)",
    provisioningFails: "cloud-init[812]: ERROR: failed to create the admin user",
    agentMissing: "[FAILED] Failed to start walinuxagent.service - Azure Linux Agent.",
  };
  const last = ending[String(fault.kind)] ?? `${nameOf(vmId)} login:`;
  return [
    "[    0.000000] Linux version 6.8.0-azure",
    "[    1.204411] Hyper-V: Host Build 10.0.22477",
    ...lines,
    last,
  ].join("\n");
}
