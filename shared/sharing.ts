import type { Origin } from "./build.ts";
import type { Grantee } from "./decide/gallery/share.ts";
import type { Problem } from "./problem.ts";

/** How a share stands; `stood`: it was there already, made by somebody else. */
export const shareStates = ["sharing", "shared", "stood", "refused", "removed"] as const;

/** What was asked for: what the ledger does not say of a share. */
export interface ShareRecord {
  readonly id: string;
  /** What it opens: a gallery, a definition or a version. */
  readonly imageId: string;
  readonly with: Grantee;
  readonly origin: Origin;
  /** ISO; when it was asked for last. */
  readonly at: string;
  /** The build whose request it was. */
  readonly buildId?: string;
  /** Whether it was seen to its end, whatever that was. */
  readonly ended: boolean;
  /** Why it was refused. */
  readonly problem?: Problem;
}

/** A share as it stands. */
export type StandingShare = Omit<ShareRecord, "ended"> & { readonly state: (typeof shareStates)[number] };
