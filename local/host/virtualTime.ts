import type { Clock } from "../clock.ts";
import { machineRealm } from "./realm.ts";

/**
 * Makes `Date` of this process tell the clock's time, so that the app (token lifetimes, time stamps) lives in the same
 * time as the emulator without knowing it. Timers (`setTimeout`) stay real. Under Jest the sandbox has a `Date` of its
 * own, so both realms are changed. Returns how to put the machine's time back.
 */
export function useVirtualTime(clock: Clock): () => void {
  const undo = [...new Set([globalThis, machineRealm().globals])].map((realm) => replaceDate(realm, clock));
  return () => {
    for (const restore of undo) restore();
  };
}

function replaceDate(realm: typeof globalThis, clock: Clock): () => void {
  const real = realm.Date;
  realm.Date = new Proxy(real, {
    construct: (target, args, newTarget) =>
      Reflect.construct(
        target,
        args.length === 0 ? [clock.now()] : args,
        newTarget === realm.Date ? target : newTarget,
      ),
    apply: () => new real(clock.now()).toString(),
    get: (target, key, receiver) =>
      key === "now" ? () => Math.floor(clock.now()) : Reflect.get(target, key, receiver),
  });
  return () => {
    realm.Date = real;
  };
}
