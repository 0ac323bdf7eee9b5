import type { Clock } from "../clock.ts";

/**
 * Makes `Date` of this process tell the clock's time, so that the app (token lifetimes, time stamps) lives in the same
 * time as the emulator without knowing it. Timers (`setTimeout`) stay real. Returns how to put the machine's time back.
 */
export function useVirtualTime(clock: Clock): () => void {
  const real = globalThis.Date;
  globalThis.Date = new Proxy(real, {
    construct: (target, args, newTarget) =>
      Reflect.construct(
        target,
        args.length === 0 ? [clock.now()] : args,
        newTarget === globalThis.Date ? target : newTarget,
      ),
    apply: () => new real(clock.now()).toString(),
    get: (target, key, receiver) =>
      key === "now" ? () => Math.floor(clock.now()) : Reflect.get(target, key, receiver),
  });
  return () => {
    globalThis.Date = real;
  };
}
