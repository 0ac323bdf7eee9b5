/** Words of a failure, as far as they were read. */
export interface FailureWords {
  readonly code?: string;
  readonly message?: string;
  readonly log?: string;
}

/** A kind of failure: how the service's text or the build's log shows it, and what to do. Tried in order, the narrow ones first. */
export interface FailureClass {
  readonly code: string;
  readonly title: string;
  readonly stage: string;
  /** Matched against `code: message`. */
  readonly pattern?: RegExp;
  /** Matched against the log, as far as it tells (`fromLog`). */
  readonly log?: RegExp;
  /** A text of this kind; a test holds the rule to it. */
  readonly example: FailureWords;
  /** The text says that something failed, not what: the log may tell more. */
  readonly vague?: true;
  readonly fix: readonly string[];
}
