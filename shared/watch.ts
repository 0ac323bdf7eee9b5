import type { FinalState } from "./build.ts";
import type { MissingRight } from "./decide/builds/diagnosis.ts";
import type { ReadSchedule } from "./decide/builds/schedule.ts";
import type { Problem } from "./problem.ts";

/** A right that a build's plan requires, and that the service refused all the same. */
export interface RefusedGrant {
  /** ISO; when it was granted, where the ledger knows. */
  readonly at?: string;
}

/** How a run ended. */
export interface RunEnd {
  readonly kind: Exclude<FinalState, "refused">;
  readonly startedAt?: string;
  /** `lastRunStatus.endTime`, ISO. */
  readonly endedAt?: string;
  readonly problem?: Problem;
  /** The right that the service said is missing. */
  readonly missingRight?: MissingRight;
  /** The build's own grant that this right was given by. */
  readonly refusedGrant?: RefusedGrant;
}

/** One look at a run. */
export type RunReading =
  | {
      readonly kind: "running";
      /** The service's word for where it is. */
      readonly stage?: string;
      readonly startedAt?: string;
      readonly cancelAsked?: boolean;
      /** The template is no longer the one that was planned. */
      readonly changed?: boolean;
    }
  | {
      readonly kind: "ended";
      readonly end: RunEnd;
      /** The template's staging group, where the log of the run is. */
      readonly stagingGroupId?: string;
    }
  /** The template does not exist any more. */
  | { readonly kind: "gone" };

/** A run that somebody waits for, as the shared watcher of its subscription finds it in the store. */
export interface Watch {
  readonly buildId: string;
  readonly templateId: string;
  /** The orchestration that waits, to be woken. */
  readonly instanceId: string;
  /** ISO; when the watch began, which is the run's start until the service names one. */
  readonly since: string;
  readonly contentHash: string;
  readonly previousStart?: string;
  /** ISO; nobody waits longer. */
  readonly deadline: string;
  readonly schedule: ReadSchedule;
  /** What the lineage took so far, where it has a past. */
  readonly expected?: { readonly seconds: number; readonly basedOn: number };
  readonly reading?: RunReading;
  /** ISO; when an event last said something about the run. */
  readonly hintedAt?: string;
  /** Somebody asked for the end of the build since the watch began. */
  readonly cancelAsked?: boolean;
}
