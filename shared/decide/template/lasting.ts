import type { Change } from "../planning/plan.ts";

/** What a build wants to last only as long as it. */
export interface Lasting {
  readonly grants?: "standing" | "justInTime";
  readonly network?: "keep" | "restore";
}

/** Requirements that only a running build has: to distribute and to join. What the service checks when a template is submitted has to stay. */
const passing = /^(distribute|network|vmIdentity)\//;

/** Whether a requirement may be granted just in time. */
export const isPassing = (requirementId: string): boolean => passing.test(requirementId);

/** `build` where a change is to be taken back when the last build that uses it has ended; undefined where it stays. */
export function lasting(change: Change, wanted: Lasting): "build" | undefined {
  switch (change.kind) {
    case "assignRole":
      return wanted.grants === "justInTime" && change.requirements.every(isPassing) ? "build" : undefined;
    case "setSubnetPolicy":
    case "delegateSubnet":
    case "addSecurityRule":
      return wanted.network === "restore" ? "build" : undefined;
    case "ensureRoleDefinition":
    case "registerProvider":
      return undefined;
  }
}
