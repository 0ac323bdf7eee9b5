import type { Origin } from "../shared/build.ts";
import type { BuildShare } from "../shared/decide/gallery/share.ts";
import type { Policy } from "../shared/decide/planning/policy.ts";

/** How patient a build is; a copy of the settings, so that a replay sees what the first run saw. All in seconds. */
export interface Pace {
  /** A new grant is trusted when it is this old. */
  readonly settle: number;
  /** The longest a grant may take to work before a refusal that names it is believed. */
  readonly propagation: number;
  /** Between two reads of a running build. */
  readonly poll: number;
}

/** The input of `buildImage`. Small: a template's body that was given waits in the store. */
export interface BuildOrder {
  readonly buildId: string;
  readonly templateId: string;
  readonly origin: Origin;
  /** The plan the caller saw; another one now refuses the build. */
  readonly planHash?: string;
  readonly policy: Policy;
  readonly pace: Pace;
  /** Whether a template that failed to provision may be deleted and created anew. */
  readonly recreate: "failed" | "never";
  /** A run that others started (portal, trigger, autoRun): it is followed and written down, and nothing is done for it. */
  readonly adopt?: { readonly contentHash: string };
  /** How long the rights live that a build needs only while it runs; they stand where absent. */
  readonly grants?: "standing" | "justInTime";
  /** Whether network changes are put back after the build; they stay where absent. */
  readonly network?: "keep" | "restore";
  /** Name of the verification profile that has to be passed before `latest` may mean what was published; none where absent. */
  readonly verify?: string;
  /** An approver has to agree within the hours before `latest` may mean what was published; nobody need where absent. */
  readonly approval?: { readonly hours: number };
  /** Whom what it publishes is shared with; nobody where absent. */
  readonly share?: readonly BuildShare[];
  /** Names of targets to tell; all that subscribe to the event where absent. */
  readonly notify?: readonly string[];
}

/** Whether what the build publishes has to be excluded from `latest` at first. */
export const isGated = ({ verify, approval }: Pick<BuildOrder, "verify" | "approval">): boolean =>
  verify !== undefined || approval !== undefined;

/** What `watchRun` follows: one run of a template, from `startedAfter` on. */
export interface WatchOrder {
  readonly buildId: string;
  readonly templateId: string;
  /** Seconds between two reads of a run whose lineage has no past. */
  readonly poll: number;
  /** ISO; past it the build has timed out. */
  readonly deadline: string;
  /** What the plan was made for; a template that reads otherwise is cancelled and its result distrusted. */
  readonly contentHash: string;
  /** Start of the run before ours, where there was one. */
  readonly previousStart?: string;
  /** ISO; when the service was asked to cancel. */
  readonly cancelAskedAt?: string;
  /** The sub-stage it was last seen in, and since when (ISO); `told`: people know that this is long. */
  readonly stage?: { readonly name: string; readonly since: string; readonly told?: true };
}

/** One message to one target; the message waits in the store as `eventDocument`. */
export interface DeliveryOrder {
  readonly buildId: string;
  readonly target: string;
  readonly eventDocument: string;
  readonly eventId: string;
  readonly eventType: string;
  /** Somebody asked for it again: also of a target that is turned off. */
  readonly replay?: true;
}

export interface AuditOrder {
  readonly auditId: string;
  readonly scopes: readonly string[];
  readonly policy: Policy;
}

/** Entries of the ledger to take back, in this order. */
export interface UndoOrder {
  readonly undoId: string;
  readonly entryIds: readonly string[];
}
