/** A binding as `@azure/functions` registers it; what more it holds depends on its type. */
interface Binding {
  readonly type: string;
  readonly direction?: string;
  readonly [setting: string]: unknown;
}

/** How often and how far apart a failed timer or Event Grid run is repeated (`app.timer(…, { retry })`). */
export interface RetryPolicy {
  readonly retryStrategy: "fixedDelay" | "exponentialBackoff";
  /** -1 = for ever. */
  readonly maxRetryCount: number;
  readonly delayInterval?: { readonly seconds: number };
  readonly minimumInterval?: { readonly seconds: number };
  readonly maximumInterval?: { readonly seconds: number };
}

/** What `registerFunction` is given. */
export interface FunctionMetadata {
  readonly name: string;
  readonly functionId?: string;
  readonly bindings: Readonly<Record<string, Binding>>;
  readonly retryOptions?: RetryPolicy;
}

/** Any function of the app: arguments and result are the app's business. */
export type Callback = (...args: unknown[]) => unknown;

/** A function of the app, with its trigger picked out. */
export interface RegisteredFunction {
  readonly name: string;
  readonly metadata: FunctionMetadata;
  readonly callback: Callback;
  readonly trigger: Binding;
  readonly triggerName: string;
  readonly inputs: readonly (readonly [name: string, binding: Binding])[];
}

/** The functions of one app, found by name without regard to case as the Functions host does. */
export interface Registry {
  readonly functions: readonly RegisteredFunction[];
  find(name: string, triggerType: string): RegisteredFunction | undefined;
}

/** Picks the trigger out of a registration; throws when there is none. */
export function registeredFunction(metadata: FunctionMetadata, callback: Callback): RegisteredFunction {
  const bindings = Object.entries(metadata.bindings);
  const trigger = bindings.find(([, binding]) => /trigger$/i.test(binding.type));
  if (!trigger) throw new Error(`function "${metadata.name}" has no trigger`);
  return {
    name: metadata.name,
    metadata,
    callback,
    triggerName: trigger[0],
    trigger: trigger[1],
    inputs: bindings.filter(([name, binding]) => binding.direction === "in" && name !== trigger[0]),
  };
}

/** A registry over functions that no longer change. */
export function registryOf(functions: readonly RegisteredFunction[]): Registry {
  const byName = new Map(functions.map((one) => [one.name.toLowerCase(), one]));
  return {
    functions,
    find(name, triggerType) {
      const found = byName.get(name.toLowerCase());
      return found?.trigger.type.toLowerCase() === triggerType.toLowerCase() ? found : undefined;
    },
  };
}
