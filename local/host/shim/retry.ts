import type { Invoked } from "./actions.ts";
import type { Action, RetryOptions } from "./protocol.ts";
import { openTask, type Task } from "./task.ts";
import { singleTimer } from "./timer.ts";

const longestInterval = 6 * 86_400_000;

/**
 * Retries as the extension does: a timer between attempts, and one more after the last, due at once, whose number and
 * firing the SDK counts on. A `retryTimeout` that has passed throws without that timer, and the SDK waits for ever.
 */
export function withRetry(state: Invoked, action: Action, call: () => Task): Task {
  const options = action.retryOptions!;
  const whole = openTask();
  const firstAt = state.now;
  const attempt = (count: number): void =>
    call().then_((failed) => {
      if (!failed) return whole.settle(false);
      if (count >= options.maxNumberOfAttempts) return singleTimer(state, state.now).then_(() => whole.settle(true));
      if (timedOut(options, firstAt, state.now)) return giveUp(state, action, whole);
      singleTimer(state, state.now + interval(options, count)).then_(() => attempt(count + 1));
    });
  attempt(1);
  return whole;
}

function interval(options: RetryOptions, count: number): number {
  const grown = options.firstRetryIntervalInMilliseconds * (options.backoffCoefficient ?? 1) ** (count - 1);
  return Math.min(grown, options.maxRetryIntervalInMilliseconds ?? longestInterval);
}

const timedOut = (options: RetryOptions, firstAt: number, now: number) =>
  options.retryTimeoutInMilliseconds !== undefined && now >= firstAt + options.retryTimeoutInMilliseconds;

function giveUp(state: Invoked, action: Action, whole: Task): void {
  const message =
    `retryTimeout of "${action.functionName}" has passed: the extension gives up without the timer that ` +
    "durable-functions waits for, so the orchestration stays Running for ever";
  state.trap({ code: "retryTimeout", subject: action.functionName ?? "", message });
  whole.settle(true);
}
