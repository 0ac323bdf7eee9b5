import type { Origin } from "./build.ts";
import type { LostGroup } from "./decide/gallery/facts.ts";
import type { RetentionPlan } from "./decide/gallery/retention.ts";
import type { Problem } from "./problem.ts";

/** Where a move of a channel stands; all but the first two are final. */
export const moveStates = ["awaitingApproval", "moving", "done", "rejected", "expired", "refused", "failed"] as const;
export type MoveState = (typeof moveStates)[number];

/** Somebody moved a channel, or wants to: a line of its history. */
export interface ChannelMove {
  readonly id: string;
  readonly definitionId: string;
  readonly channel: string;
  readonly kind: "promote" | "rollBack";
  readonly to: string;
  readonly from?: string;
  readonly reason: string;
  readonly origin: Origin;
  /** ISO. */
  readonly at: string;
  readonly state: MoveState;
  /** Who agreed or did not. */
  readonly decidedBy?: string;
  /** Why, in that person's words. */
  readonly decisionReason?: string;
  readonly endedAt?: string;
  /** Versions that `latest` does not mean any more. */
  readonly excluded?: readonly string[];
  /** Machines and scale sets that run what was rolled back. */
  readonly machines?: readonly string[];
  readonly problem?: Problem;
}

/** What would be kept and removed of some image definitions, and what became of it. */
export interface RetentionReport {
  readonly id: string;
  /** ISO. */
  readonly at: string;
  readonly origin: Origin;
  readonly plans: readonly RetentionPlan[];
  /** Staging groups without a template; never deleted, only named. */
  readonly lostGroups: readonly (LostGroup & { readonly command: string })[];
  /** Over the hashes of all plans: what is applied is what was seen. */
  readonly hash: string;
  readonly state: "planned" | "applying" | "applied";
  /** What became of each version that was to go. */
  readonly outcomes: readonly {
    readonly versionId: string;
    readonly outcome: "removed" | "kept" | "failed";
    readonly why?: string;
  }[];
}
