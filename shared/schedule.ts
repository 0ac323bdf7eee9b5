import type { BuildState, Origin } from "./build.ts";
import type { Basis } from "./decide/builds/rebuild.ts";
import type { Problem } from "./problem.ts";

/** What became of one moment a rebuild was due. Times are ISO UTC. */
export interface Turn {
  readonly dueAt: string;
  readonly at: string;
  readonly kind: "started" | "skipped" | "failed";
  /** Why it was built, or why not. */
  readonly reason: string;
  readonly buildId?: string;
  /** How that build ended. */
  readonly state?: BuildState;
}

/** A rebuild that comes again by itself: one for each lineage. */
export interface Schedule {
  readonly id: string;
  readonly lineage: string;
  readonly templateId: string;
  /** NCRONTAB: second minute hour day month weekday. */
  readonly cron: string;
  /** IANA name of the zone the pattern is read in. */
  readonly timeZone: string;
  /** Nothing is built while source, scripts and template are what the last good build was made from. */
  readonly onlyIfChanged: boolean;
  /** So many failures in a row pause it; 0: never. */
  readonly pauseAfter: number;
  readonly origin: Origin;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** When it is due next; absent while it is paused. */
  readonly nextAt?: string;
  readonly paused?: { readonly at: string; readonly problem?: Problem };
  /** Builds that did not succeed since the last that did. */
  readonly failures: number;
  /** The latest turns, newest first. */
  readonly turns: readonly Turn[];
  /** What the last good build was made from. */
  readonly basis?: Basis;
  /** The build of the last turn, until its end was seen. */
  readonly pending?: { readonly buildId: string; readonly basis: Basis };
}
