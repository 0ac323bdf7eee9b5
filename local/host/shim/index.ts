import type { ActivityOutcome, Adapter } from "../engine/contract.ts";
import type { Log } from "../log.ts";
import type { Invoke } from "../worker/invoke.ts";
import type { Registry } from "../worker/registry.ts";
import { runActivityFunction } from "./activity.ts";
import { orchestratorRunner, unknownOrchestrator } from "./orchestrator.ts";
import { durableWarnings } from "./warnings.ts";

/** The adapter for durable-functions 3: the Durable extension's out-of-process protocol, schema V3 (number 2). */
export function outOfProcessAdapter(registry: Registry, invoke: Invoke, log: Log): Adapter {
  const orchestrator = (name: string) => registry.find(name, "orchestrationTrigger");
  const activity = (name: string) => registry.find(name, "activityTrigger");
  const names = {
    hasActivity: (name: string) => activity(name) !== undefined,
    hasOrchestrator: (name: string) => orchestrator(name) !== undefined,
  };
  const run = orchestratorRunner(invoke, names, durableWarnings(log));
  return {
    orchestratorName: (name) => orchestrator(name)?.name,
    async decide(episode) {
      const called = orchestrator(episode.name);
      return called ? run(called, episode) : unknownOrchestrator(episode);
    },
    async runActivity(task): Promise<ActivityOutcome> {
      const called = activity(task.name);
      if (called) return runActivityFunction(invoke, called, task);
      const reason = `Activity function '${task.name}' failed: the app no longer has it`;
      return { kind: "failed", reason, details: "{}" };
    },
  };
}
