import type { Store } from "../shared/store/store.ts";

/** Whether a target is told anything: who said that it wants nothing more is left alone until a test of it succeeds. */
export interface TargetSwitch {
  readonly state: "on" | "off";
  /** ISO; since when. */
  readonly at: string;
  readonly why: string;
}

type Documents = Pick<Store, "documents">;

const document = (target: string) => `targets/${target}.json`;

/** Undefined for a target that was never turned off. */
export const switchOf = ({ documents }: Documents, target: string): Promise<TargetSwitch | undefined> =>
  documents.get<TargetSwitch>(document(target));

/** Leaves a target alone from now on. */
export const turnOff = ({ documents }: Documents, target: string, why: string): Promise<void> =>
  documents.put(document(target), { state: "off", at: new Date().toISOString(), why } satisfies TargetSwitch);

/** Tells a target again; what it was not told meanwhile can be replayed. */
export const turnOn = ({ documents }: Documents, target: string, why: string): Promise<void> =>
  documents.put(document(target), { state: "on", at: new Date().toISOString(), why } satisfies TargetSwitch);
