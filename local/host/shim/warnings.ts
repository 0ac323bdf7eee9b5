import type { Log } from "../log.ts";

/** Traps of durable-functions 3 on Azure: each goes wrong here as it does there, but not silently. */
type TrapCode =
  | "retaken"
  | "openTimer"
  | "openTask"
  | "eventCase"
  | "quotedContinueAsNew"
  | "unknownActivity"
  | "unknownOrchestrator"
  | "eventsDropped"
  | "retryTimeout"
  | "failedAll"
  | "nonDeterministic"
  | "unsupported";

/** What went wrong, and what it is about (`subject` tells two of the same kind apart). */
export interface Trap {
  readonly code: TrapCode;
  readonly subject: string;
  readonly message: string;
}

/** Says each trap of an execution once: an orchestrator meets it again in every later turn. */
export interface Warnings {
  report(instance: string, execution: string, traps: readonly Trap[]): void;
}

const remembered = 10_000;

export function durableWarnings(log: Log): Warnings {
  const said = new Set<string>();
  return {
    report(instance, execution, traps) {
      for (const { code, subject, message } of traps) {
        const key = `${instance}\n${execution}\n${code}\n${subject}`;
        if (said.has(key)) continue;
        if (said.size >= remembered) said.clear();
        said.add(key);
        log({
          level: "warning",
          category: "host.durable",
          code,
          instance,
          message: `orchestration "${instance}": ${message}`,
        });
      }
    },
  };
}
