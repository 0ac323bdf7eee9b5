/** Words of a failure, as far as they were read. */
export interface FailureWords {
  readonly code?: string;
  readonly message?: string;
  readonly log?: string;
}

/** How much a sign tells, the most first: why it failed; how it ended; what a script printed, which may be innocent; only that it failed. */
export const weights = ["why", "how", "perhaps", "that"] as const;

/** A kind of failure: how the service's text or the build's log shows it, and what to do. Of those that tell as much the first counts, so the narrow ones stand first. */
export interface FailureClass {
  readonly code: string;
  readonly title: string;
  readonly stage: string;
  /** Error codes, and words that come with them, wherever they stand: in `code: message` or in the log, as far as it tells (`fromLog`). */
  readonly signs?: RegExp;
  /** Words that mean this in `code: message` only. */
  readonly pattern?: RegExp;
  /** Words that mean this in the log only. */
  readonly log?: RegExp;
  /** "why" where it is left out. */
  readonly tells?: (typeof weights)[number];
  /** A text of this kind; a test holds the rule to it. */
  readonly example: FailureWords;
  /** The text says that something failed, not what: the log may tell more. */
  readonly vague?: true;
  readonly fix: readonly string[];
}
