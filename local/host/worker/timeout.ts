import type { Clock } from "../../clock.ts";
import type { Log } from "../log.ts";
import { InvocationFailure, type Invoke } from "./invoke.ts";

/**
 * Fails an invocation that runs longer than host.json's `functionTimeout` (ms). The limit is counted in the machine's
 * time, whatever the clock's speed: that is the time the app's code takes. A stepped clock has no such time, so no limit.
 */
export function withTimeout(invoke: Invoke, limit: number, clock: Clock, log: Log): Invoke {
  if (!Number.isFinite(limit)) return invoke;
  return async (invocation) => {
    if (clock.speed === 0) return invoke(invocation);
    let release = () => {};
    const name = invocation.function.name;
    const timeout = new Promise<never>((_resolve, reject) => {
      release = clock.schedule(clock.now() + limit * clock.speed, () => {
        const message = `Timeout value of ${limit / 1_000} s exceeded by function 'Functions.${name}'.`;
        log({
          level: "error",
          category: "host.executor",
          function: name,
          message: `${message} Azure would now restart the worker.`,
        });
        reject(new InvocationFailure({ message, stack: "" }));
      });
    });
    try {
      return await Promise.race([invoke(invocation), timeout]);
    } finally {
      release();
    }
  };
}
