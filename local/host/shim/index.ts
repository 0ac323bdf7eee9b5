import type { Adapter, Decision, Episode } from "../engine/contract.ts";
import type { Log } from "../log.ts";
import type { Invoke } from "../worker/invoke.ts";
import type { Registry } from "../worker/registry.ts";
import { runActivityFunction } from "./activity.ts";
import { orchestratorRunner, refusedInstance } from "./orchestrator.ts";
import { type VersionRules, versionFits } from "./version.ts";
import { durableWarnings } from "./warnings.ts";

export interface AdapterNeeds {
  readonly registry: Registry;
  readonly invoke: Invoke;
  readonly log: Log;
  readonly isDisabled: (name: string) => boolean;
  readonly version: VersionRules;
}

/** The adapter for durable-functions 3: the Durable extension's out-of-process protocol, schema V3 (number 2). */
export function outOfProcessAdapter({ registry, invoke, log, isDisabled, version }: AdapterNeeds): Adapter {
  const enabled = (name: string, type: string) => {
    const found = registry.find(name, type);
    return found && !isDisabled(found.name) ? found : undefined;
  };
  const orchestrator = (name: string) => enabled(name, "orchestrationTrigger");
  const names = {
    // A disabled activity is known to the extension, so it fails instead of hanging.
    hasActivity: (name: string) => registry.find(name, "activityTrigger") !== undefined,
    hasOrchestrator: (name: string) => orchestrator(name) !== undefined,
    childVersion: version.own,
  };
  const run = orchestratorRunner(invoke, names, durableWarnings(log));
  return {
    orchestratorName: (name) => orchestrator(name)?.name,
    async decide(episode) {
      if (!versionFits(episode.version, version)) return otherVersion(episode, version);
      const called = orchestrator(episode.name);
      if (called) return run(called, episode);
      return refusedInstance(`The orchestrator function '${episode.name}' ${missing("an orchestrator")}`);
    },
    async runActivity(task) {
      const called = enabled(task.name, "activityTrigger");
      if (called) return runActivityFunction(invoke, called, task);
      const why = `The activity function '${task.name}' ${missing("an activity")}`;
      return { kind: "failed", reason: `Activity function '${task.name}' failed: ${why}`, details: why };
    },
  };
}

const missing = (what: string) => `doesn't exist, is disabled, or is not ${what} function.`;

/** Rejecting means that the message stays: the engine tries again later, until a host that fits takes it. */
function otherVersion({ version }: Episode, { own, match, otherwise }: VersionRules): Decision {
  const message = `The orchestration version '${version ?? ""}' does not match the worker's '${own}' (${match}).`;
  if (otherwise === "Reject") throw new Error(message);
  return refusedInstance(message);
}
