import type { Log, LogLevel } from "../log.ts";
import { type Callback, type FunctionMetadata, type RegisteredFunction, registeredFunction } from "./registry.ts";

/** What `@azure/functions` gives the host to run its functions (its `ProgrammingModel`). */
interface ProgrammingModel {
  getInvocationModel(context: CoreContext): InvocationModel | Promise<InvocationModel>;
  getCapabilities(defaults: Record<string, string>): Promise<Record<string, string>> | Record<string, string>;
}

/** One invocation, as the library sees it: make arguments, call, make a response. */
interface InvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
  invokeFunction(context: unknown, inputs: unknown[], callback: Callback): Promise<unknown>;
  getResponse(context: unknown, result: unknown): Promise<{ returnValue?: import("./typedData.ts").TypedData | null }>;
}

/** What the host tells the library about an invocation. */
export interface CoreContext {
  readonly invocationId: string;
  readonly metadata: FunctionMetadata;
  state: string | undefined;
  readonly request: object;
  log(level: LogLevel, category: string, message: string): void;
}

export type HookName = "preInvocation" | "postInvocation" | "appStart" | "appTerminate" | "log";
/** A hook of the app; it may change what its context lets it change. */
type Hook = (context: object) => unknown;

/** The state of one loaded app: what it has registered so far. */
export interface Core {
  readonly module: object;
  readonly functions: Map<string, RegisteredFunction>;
  readonly hooks: Readonly<Record<HookName, Hook[]>>;
  readonly appHookData: object;
  readonly appOnlyHookData: object;
  model: ProgrammingModel | undefined;
  locked: boolean;
}

/** An error of the host rather than of the app; the library looks for the mark. */
export function systemError(
  message: string,
  Type: ErrorConstructor | RangeErrorConstructor | TypeErrorConstructor = Error,
): Error {
  return Object.assign(new Type(message), { isAzureFunctionsSystemError: true });
}

/** Makes the module `@azure/functions-core` for one app. */
export function createCore(log: Log): Core {
  const core: Core = {
    module: {},
    functions: new Map(),
    hooks: { preInvocation: [], postInvocation: [], appStart: [], appTerminate: [], log: [] },
    appHookData: {},
    appOnlyHookData: {},
    model: undefined,
    locked: false,
  };
  Object.assign(core.module, {
    version: "3.13.0",
    hostVersion: "4.1041.0",
    Disposable,
    registerFunction: (metadata: FunctionMetadata, callback: Callback) => register(core, metadata, callback),
    registerHook: (name: HookName, hook: Hook) => addHook(core, name, hook),
    setProgrammingModel: (model: ProgrammingModel) => {
      core.model = model;
    },
    getProgrammingModel: () => core.model,
    log: (level: LogLevel, category: string, message: string) =>
      emitLine(core, log, undefined, { level, category, message }),
  });
  return core;
}

class Disposable {
  #undo: (() => void) | undefined;
  constructor(undo: () => void) {
    this.#undo = undo;
  }
  dispose(): void {
    this.#undo?.();
    this.#undo = undefined;
  }
  static from(...parts: { dispose?: () => void }[]): Disposable {
    return new Disposable(() => {
      for (const part of parts) part?.dispose?.();
    });
  }
}

function register(core: Core, metadata: FunctionMetadata, callback: Callback): Disposable {
  if (core.locked) throw systemError("A function can only be registered during app startup.");
  const id = metadata.functionId ?? metadata.name;
  if (core.functions.has(id)) throw systemError(`A function with id "${id}" has already been registered.`);
  core.functions.set(id, registeredFunction(metadata, callback));
  return new Disposable(() => {
    if (core.locked) throw systemError("A function can only be disposed during app startup.");
    core.functions.delete(id);
  });
}

function addHook(core: Core, name: HookName, hook: Hook): Disposable {
  const hooks = core.hooks[name];
  if (!hooks) throw systemError(`Unrecognized hook "${name}"`, RangeError);
  hooks.push(hook);
  return new Disposable(() => {
    const at = hooks.indexOf(hook);
    if (at >= 0) hooks.splice(at, 1);
  });
}

/** Runs the app's `log` hooks over a line and writes it. Only lines of the app itself may be changed by them. */
export function emitLine(core: Core, log: Log, invocationContext: unknown, line: Parameters<Log>[0]): void {
  const context = {
    hookData: {},
    appHookData: core.appHookData,
    invocationContext,
    level: line.level,
    message: line.message,
    category: line.category,
  };
  for (const hook of core.hooks.log) {
    try {
      hook(context);
    } catch {
      // A failing log hook must not cost the line.
    }
  }
  log(line.category === "user" ? { ...line, level: context.level, message: context.message } : line);
}
