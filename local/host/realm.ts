import type { registerHooks } from "node:module";

/** What the machine's own JavaScript realm offers to a host that may itself run inside another one (a Jest sandbox). */
export interface MachineRealm {
  readonly globals: typeof globalThis;
  readonly environment: NodeJS.ProcessEnv;
  readonly module: typeof import("node:module") & { registerHooks: typeof registerHooks };
}

/**
 * The realm in which an app is loaded. Outside tests it is ours; under Jest, `globalThis`, `process.env` and the module
 * system are copies, and an app loaded through them would neither see our module nor our environment.
 */
export function machineRealm(): MachineRealm {
  const vm = process.getBuiltinModule("node:vm");
  const globals = vm.runInThisContext("globalThis") as typeof globalThis;
  const module = globals.process.getBuiltinModule("node:module") as MachineRealm["module"];
  return { globals, environment: globals.process.env, module };
}

/** Sets environment variables where the app sees them; returns how to put the old ones back. */
export function setEnvironment(values: Readonly<Record<string, string>>): () => void {
  const { environment } = machineRealm();
  const before = Object.keys(values).map((name) => [name, environment[name]] as const);
  Object.assign(environment, values);
  return () => {
    for (const [name, value] of before)
      if (value === undefined) delete environment[name];
      else environment[name] = value;
  };
}
