import { parentOf } from "../../ids.ts";
import { failingScript } from "../../imagebuilder/content.ts";
import { AzureError, type Call, type JsonObject, type Resource, type World } from "../../world.ts";
import { existing } from "../answers.ts";
import type { Accepted, Kind } from "../kind.ts";
import { asJson, at, object, text } from "../paths.ts";
import { bootStage } from "./instanceView.ts";
import { machines, machineType } from "./machines.ts";

/** Managed run commands: nothing is executed here; `echo`, `exit` and the like mean what they say (as in builds), and a boot fault may say how a script ends. */
export const runCommands: Kind = {
  group: "VirtualMachineRunCommands",
  type: `${machineType}/runCommands`,
  path: `${machines.path}/runCommands/{runCommandName}`,
  lists: [{ name: "VirtualMachineRunCommands_ListByVirtualMachine", path: `${machines.path}/runCommands` }],
  apiVersions: machines.apiVersions,
  hasParent: true,
  seconds: (world) => world.switches.runCommandSeconds,
  accept,
  present(_world, command, call) {
    const { instanceView, ...properties } = object(command.body, "properties");
    const shown = /instanceView/i.test(call.query.get("$expand") ?? "");
    if (!shown) return { ...command.body, properties };
    const ended =
      text(properties, "provisioningState") !== "Creating" && text(properties, "provisioningState") !== "Updating";
    const view = ended
      ? object(instanceView)
      : { executionState: "Running", startTime: at(instanceView, "startTime") ?? null };
    return { ...command.body, properties: { ...properties, instanceView: view } };
  },
};

function accept(world: World, call: Call, body: JsonObject): Accepted {
  const machine = existing(world, parentOf(call.id));
  const asked = object(body, "properties");
  const script = text(asked, "source", "script");
  if (script === undefined)
    throw new AzureError(
      400,
      "InvalidParameter",
      "The emulator runs inline scripts: properties.source.script is missing (null).",
      { target: "source.script" },
    );
  if (bootStage(world, machine) !== "ready")
    throw new AzureError(409, "OperationNotAllowed", "The operation requires the VM to be running (or set to run).");
  const result = outcome(machine, call.params.runCommandName ?? "", script);
  const now = new Date(world.clock.now()).toISOString();
  const { source: _, protectedParameters: __, runAsPassword: ___, ...kept } = asked;
  return {
    properties: asJson({
      ...kept,
      source: { script },
      asyncExecution: at(asked, "asyncExecution") === true,
      timeoutInSeconds: at(asked, "timeoutInSeconds") ?? 5400,
      instanceView: {
        executionState: result.exitCode === 0 ? "Succeeded" : "Failed",
        executionMessage:
          result.exitCode === 0
            ? "RunCommand script execution completed"
            : `RunCommand script exited with code ${result.exitCode}`,
        exitCode: result.exitCode,
        output: result.output,
        error: result.error,
        startTime: now,
        endTime: now,
        statuses: [],
      },
    }),
  };
}

interface Outcome {
  readonly exitCode: number;
  readonly output: string;
  readonly error: string;
}

function outcome(machine: Resource, name: string, script: string): Outcome {
  const fault = at(machine.hidden, "boot", "fault");
  const named = text(fault, "script");
  if (text(fault, "kind") === "scriptFails" && (named === undefined || named.toLowerCase() === name.toLowerCase()))
    return {
      exitCode: Number(at(fault, "exitCode") ?? 1),
      output: text(fault, "output") ?? "",
      error: "the script failed",
    };
  const windows = text(machine.body, "properties", "storageProfile", "osDisk", "osType") === "Windows";
  const inline = script.split("\n");
  const failing = failingScript([{ type: windows ? "PowerShell" : "Shell", inline }]);
  const ran = inline.slice(0, failing?.line ?? inline.length);
  const output = ran.flatMap((line) => /^\s*(?:echo|Write-Output)\s+(.*?)\s*$/.exec(line)?.[1] ?? []);
  return {
    exitCode: failing?.exitCode ?? 0,
    output: output.map((one) => one.replaceAll(/^["']|["']$/g, "")).join("\n"),
    error: failing?.output ?? "",
  };
}
