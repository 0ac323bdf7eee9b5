import { randomBytes, randomUUID } from "node:crypto";
import { type Log, messageOf, stackOf } from "../log.ts";
import { type CoreContext, emitLine } from "./core.ts";
import { hookContext } from "./hooks.ts";
import type { LoadedApp } from "./load.ts";
import type { Callback, RegisteredFunction } from "./registry.ts";
import type { TypedData } from "./typedData.ts";

/** One call of one function. */
export interface Invocation {
  readonly function: RegisteredFunction;
  readonly trigger: TypedData | null;
  readonly metadata?: Readonly<Record<string, TypedData>>;
  readonly retry?: RetryContext;
  /** Given when somebody must find the invocation again (HTTP streams); else made up. */
  readonly id?: string;
}

/** What a repeated run is told about the runs before. */
export interface RetryContext {
  readonly retryCount: number;
  readonly maxRetryCount: number;
  readonly exception: { readonly message: string; readonly source: string; readonly stackTrace: string };
}

/** What came back: `value` is the handler's own object, `returned` what crosses to the host. */
interface InvocationResult {
  readonly value: unknown;
  readonly returned: TypedData | null | undefined;
}

/** The app's code threw. The message is the app's own; `stack` is its stack. */
export class InvocationFailure extends Error {
  readonly thrown: unknown;
  constructor(thrown: unknown) {
    super(isObject(thrown) && "message" in thrown ? messageOf(thrown) : JSON.stringify(thrown));
    this.thrown = thrown;
    this.stack = stackOf(thrown);
  }
}

/** Calls a function of the app. Rejects with `InvocationFailure` when the app's code fails. */
export type Invoke = (invocation: Invocation) => Promise<InvocationResult>;

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** The worker's invocation pipeline. `clientInput` makes the JSON of a durable client binding. */
export function invoker(app: LoadedApp, log: Log, clientInput: () => object): Invoke {
  return async (invocation) => {
    const id = invocation.id ?? randomUUID();
    const seen: { context: unknown } = { context: undefined };
    const core = coreContext(app, log, invocation, id, inputData(invocation, clientInput), seen);
    const model = await app.core.model!.getInvocationModel(core);
    const made = await model.getArguments();
    const context = made.context;
    seen.context = context;
    const hookData = {};
    const before = { inputs: made.inputs, functionCallback: invocation.function.callback };
    await runInvocationHooks(app, core, "preInvocation", before, context, hookData);
    core.state = "invocation";
    const after: { inputs: unknown[]; result: unknown; error: unknown } = {
      inputs: before.inputs,
      result: null,
      error: null,
    };
    try {
      after.result = await model.invokeFunction(context, before.inputs, before.functionCallback as Callback);
    } catch (error) {
      after.error = error;
    }
    await runInvocationHooks(app, core, "postInvocation", after, context, hookData);
    core.state = undefined;
    if (after.error !== null && after.error !== undefined) throw new InvocationFailure(after.error);
    const response = await model.getResponse(context, after.result);
    return { value: after.result, returned: response?.returnValue };
  };
}

async function runInvocationHooks(
  app: LoadedApp,
  core: CoreContext,
  name: "preInvocation" | "postInvocation",
  open: object,
  invocationContext: unknown,
  hookData: object,
): Promise<void> {
  const hooks = app.core.hooks[name];
  if (hooks.length === 0) return;
  core.state = `${name}Hooks`;
  const context = hookContext(app.core, open, { invocationContext }, hookData);
  for (const hook of hooks) await hook(context);
}

function inputData(invocation: Invocation, clientInput: () => object): object[] {
  const called = invocation.function;
  const inputs = called.inputs.map(([name, binding]) => ({
    name,
    data: /^(durableClient|orchestrationClient)$/i.test(binding.type)
      ? { string: JSON.stringify(clientInput()) }
      : null,
  }));
  return [{ name: called.triggerName, data: invocation.trigger }, ...inputs];
}

function coreContext(
  app: LoadedApp,
  log: Log,
  invocation: Invocation,
  id: string,
  inputs: object[],
  seen: { context: unknown },
): CoreContext {
  const called = invocation.function;
  return {
    invocationId: id,
    metadata: { ...called.metadata },
    state: undefined,
    request: {
      invocationId: id,
      functionId: called.metadata.functionId ?? called.name,
      inputData: inputs,
      triggerMetadata: invocation.metadata ?? {},
      ...(invocation.retry && { retryContext: invocation.retry }),
      traceContext: {
        traceParent: `00-${randomBytes(16).toString("hex")}-${randomBytes(8).toString("hex")}-00`,
        traceState: "",
        attributes: {},
      },
    },
    log: (level, category, message) =>
      emitLine(app.core, log, seen.context, { level, category, message, function: called.name, invocation: id }),
  };
}
