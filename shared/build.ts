import type { Approval } from "./approval.ts";
import type { Cost } from "./decide/builds/cost.ts";
import type { BuildShare } from "./decide/gallery/share.ts";
import type { Problem } from "./problem.ts";

/** Every state a build can be in; the second list is final. */
export const activeStates = [
  "queued",
  "planning",
  "waitingForRights",
  "granting",
  "preparing",
  "creating",
  "running",
  "verifying",
  "sharing",
  "awaitingApproval",
  "cancelling",
] as const;
export const finalStates = ["succeeded", "partiallySucceeded", "failed", "refused", "cancelled", "timedOut"] as const;

export type ActiveState = (typeof activeStates)[number];
export type FinalState = (typeof finalStates)[number];
export type BuildState = ActiveState | FinalState;

export const isFinal = (state: BuildState): state is FinalState => (finalStates as readonly string[]).includes(state);

/** Ids of the image versions that a build published. */
export const publishedVersions = ({ artifacts = [] }: Pick<Build, "artifacts">): readonly string[] =>
  artifacts.filter(({ kind }) => kind === "imageVersion").map(({ id }) => id);

/** Whether a build in that state works on its template: one that waits for an approver has let it go. */
export const isAtWork = (state: BuildState): boolean => !isFinal(state) && state !== "awaitingApproval";

/** Who asked: a caller of the HTTP API, an event, a timer. `who` names a principal or key, never a secret. */
export interface Origin {
  readonly kind: "http" | "event" | "timer";
  readonly who?: string;
}

/** What a run left behind. */
export interface Artifact {
  readonly runOutputName: string;
  readonly kind: "imageVersion" | "managedImage" | "vhd";
  /** Resource id, or for a VHD its URI. */
  readonly id: string;
  /** What to do before it is lost. */
  readonly warning?: string;
  /** Replication per region, where known. */
  readonly regions?: readonly { readonly name: string; readonly state: string; readonly progress: number }[];
  /** How it was verified, where the build was asked to. */
  readonly verification?: { readonly id: string; readonly state: string };
}

/** How far a run is: by the clock where the lineage has a past (`basedOn` runs), else by its stage. */
export interface Progress {
  /** 0 to 99; an end is told by the state. */
  readonly percent: number;
  /** ISO; absent without a past. */
  readonly expectedEnd?: string;
  readonly basedOn: number;
}

/** A place in a queue: for the template that another build works on, or for the region's container instances. */
export interface QueuePlace {
  readonly for: "template" | "containerQuota";
  /** From 1. */
  readonly position: number;
  /** ISO; absent where nobody's end is known. */
  readonly expectedStart?: string;
}

/** A build as the API shows it and the index keeps it. Times are ISO UTC. */
export interface Build {
  readonly id: string;
  readonly templateId: string;
  readonly lineage: string;
  readonly state: BuildState;
  readonly origin: Origin;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly endedAt?: string;
  readonly contentHash: string;
  readonly planHash?: string;
  /** The service's sub-state while it runs (`Customizing` …). */
  readonly stage?: string;
  /** `lastRunStatus.startTime` of the run this build started or adopted. */
  readonly runStartedAt?: string;
  readonly progress?: Progress;
  /** The last lines of its log, secrets masked; `GET /builds/{id}/log` has all of it. */
  readonly logTail?: string;
  /** While it waits for others. */
  readonly queue?: QueuePlace | undefined;
  readonly artifacts?: readonly Artifact[];
  /** An estimate, once the build has ended. */
  readonly cost?: Cost;
  /** Name of the verification profile it was asked to pass. */
  readonly verify?: string;
  /** Where somebody has to agree before `latest` means what was published. */
  readonly approval?: Approval;
  /** Whom it was asked to share with what it publishes. */
  readonly share?: readonly BuildShare[];
  /** Ids of the shares that came of it. */
  readonly shares?: readonly string[];
  readonly problem?: Problem;
  /** While a run stays long where it should not: what support asks for. It is watched on. */
  readonly stuck?: Problem | undefined;
  /** The service timed out, but the image version appeared afterwards. */
  readonly late?: true;
  /** The build whose failure, or whose missing targets, this one makes good. */
  readonly retryOf?: string;
}

/** One ARM request as the timeline shows it: never a query string, never a body. */
export interface RequestNote {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly ms: number;
  readonly requestId?: string;
  readonly correlationId?: string;
}

/** One line of a build's story. */
export interface TimelineEntry {
  readonly at: string;
  readonly what: string;
  readonly detail?: string;
  readonly problem?: Problem;
  readonly requests?: readonly RequestNote[];
}
