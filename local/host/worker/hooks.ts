import { type Core, type HookName, systemError } from "./core.ts";

/** Runs the app's hooks of one kind, one after the other, on a shared context. Rejects with what a hook throws. */
export async function runHooks(core: Core, name: HookName, readOnly: object, hookData: object): Promise<void> {
  const hooks = core.hooks[name];
  if (hooks.length === 0) return;
  const context = hookContext(core, {}, readOnly, hookData);
  for (const hook of hooks) await hook(context);
}

/** A hook's context: what is in `open` may be changed, the rest refuses, as in the real worker. */
export function hookContext<T extends object>(core: Core, open: T, readOnly: object, hookData: object): T {
  const fixed = { ...readOnly, hookData, appHookData: core.appHookData };
  for (const [name, value] of Object.entries(fixed))
    Object.defineProperty(open, name, {
      enumerable: true,
      get: () => value,
      set() {
        throw systemError(`Cannot set property '${name}': it is read-only`, TypeError);
      },
    });
  return open;
}
