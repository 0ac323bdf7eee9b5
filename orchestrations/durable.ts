/**
 * The one file that knows the shapes of durable-functions. Orchestrators `yield*` what it returns and never `yield` by
 * hand: a bare `yield` is typed `any`, and several of the SDK's compound tasks hang or renumber in production
 * (facts: re-yielded pending tasks, `Task.all([])`, timers left running). So there are five moves only: call an
 * activity, call a part with a history of its own, sleep, nap, and start over.
 */
import { type OrchestrationContext, RetryOptions, type Task } from "durable-functions";
import { Refused, type Reply } from "../shared/problem.ts";

/** What an orchestrator, or any part of one, is. */
export type Steps<T> = Generator<Task, T, unknown>;

/** A value as it looks after a trip through JSON. */
export type Wire<T> = T extends Date
  ? string
  : T extends (...args: never[]) => unknown
    ? never
    : T extends object
      ? { readonly [K in keyof T]: Wire<T[K]> }
      : T;

/** The activities in `A`, as an orchestrator calls them. A refusal comes back as a thrown `Refused`. */
export type Calls<A> = {
  readonly [K in keyof A]: A[K] extends (input: infer I) => Promise<infer O> ? (input: I) => Steps<Wire<O>> : never;
};

/** How often and how far apart an activity is tried: `tries` in all, the first pause in seconds, growing by `growth` up to `longest`. */
export interface Patience {
  readonly tries: number;
  readonly pause: number;
  readonly growth?: number;
  readonly longest?: number;
}

export type Patiences<A> = { readonly [K in keyof A]: Patience };

/** What an orchestrator is given besides its input. */
export interface Play<A> {
  readonly act: Calls<A>;
  /** The orchestration's own clock: the same on every replay. */
  readonly now: () => Date;
  readonly sleep: (seconds: number) => Steps<void>;
  /** Sleeps until somebody raises `event`, at most for so long. Once an execution, as the last thing before `startOver`: a second wait could miss an event. */
  readonly nap: (event: string, seconds: number) => Steps<void>;
  /** A part with a history of its own, under an id of our choosing. */
  readonly part: <O>(name: string, instanceId: string, input: unknown) => Steps<O>;
  /** Ends this execution and begins the next with `input`: the history stays short. Nothing may follow it. */
  readonly startOver: (input: unknown) => void;
  readonly instanceId: string;
}

/** Binds the durable context to typed calls. Activities are called by property name, so a name is written once. */
export function play<A extends object>(context: OrchestrationContext, patiences: Patiences<A>): Play<A> {
  const { df } = context;
  return {
    act: new Proxy({} as Calls<A>, {
      get: (_, name) => (input: unknown) =>
        unwrapped(df.callActivityWithRetry(String(name), retryOptions(patiences[name as keyof A]), input)),
    }),
    now: () => df.currentUtcDateTime,
    *sleep(seconds) {
      yield df.createTimer(new Date(df.currentUtcDateTime.getTime() + seconds * 1000));
    },
    *nap(event, seconds) {
      const woken = df.waitForExternalEvent(event);
      const timer = df.createTimer(new Date(df.currentUtcDateTime.getTime() + seconds * 1000));
      yield df.Task.any([woken, timer]);
      if (!timer.isCompleted) timer.cancel(); // a timer left running keeps the instance alive
    },
    *part<O>(name: string, instanceId: string, input: unknown): Steps<O> {
      return (yield df.callSubOrchestrator(name, input, instanceId)) as O;
    },
    startOver: (input) => df.continueAsNew(input),
    instanceId: df.instanceId,
  };
}

/** No `retryTimeoutInMilliseconds`: when it expires, the real SDK waits for ever (host.md §2.6). */
function retryOptions({ tries, pause, growth = 2, longest = 300 }: Patience): RetryOptions {
  const options = new RetryOptions(pause * 1000, tries);
  options.backoffCoefficient = growth;
  options.maxRetryIntervalInMilliseconds = longest * 1000;
  return options;
}

function* unwrapped<T>(task: Task): Steps<T> {
  const reply = (yield task) as Reply<T>;
  if (!reply.ok) throw new Refused(reply.problem);
  return reply.value;
}
