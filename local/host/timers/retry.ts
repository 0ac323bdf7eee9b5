import { messageOf, stackOf } from "../log.ts";
import type { RetryContext } from "../worker/invoke.ts";
import type { RegisteredFunction, RetryPolicy } from "../worker/registry.ts";
import type { TypedData } from "../worker/typedData.ts";
import type { TimerNeeds } from "./trigger.ts";

/** Runs a function by its retry policy (`retry` in its options); without one a failure is final. Rejects with the last. */
export async function invokeWithRetry(
  called: RegisteredFunction,
  trigger: TypedData,
  { clock, invoke }: Pick<TimerNeeds, "clock" | "invoke">,
): Promise<void> {
  const policy = called.metadata.retryOptions;
  let retry: RetryContext | undefined;
  for (let count = 1; ; count++) {
    try {
      await invoke({ function: called, trigger, ...(retry && { retry }) });
      return;
    } catch (error) {
      if (!policy || (policy.maxRetryCount !== -1 && count > policy.maxRetryCount)) throw error;
      const exception = { message: messageOf(error), source: "", stackTrace: stackOf(error) };
      retry = { retryCount: count, maxRetryCount: policy.maxRetryCount, exception };
      await new Promise<void>((resolve) => void clock.schedule(clock.now() + delayOf(policy, count), resolve));
    }
  }
}

function delayOf(policy: RetryPolicy, count: number): number {
  if (policy.retryStrategy === "fixedDelay") return (policy.delayInterval?.seconds ?? 0) * 1_000;
  const least = policy.minimumInterval?.seconds ?? 0;
  return Math.min(least * 2 ** (count - 1), policy.maximumInterval?.seconds ?? Number.POSITIVE_INFINITY) * 1_000;
}
