/** What went wrong and what to do next, as RFC 9457 (`application/problem+json`). Every refusal, blocker, diagnosis and HTTP error has this shape. */
export interface Problem {
  /** Stable, in PascalCase: ours (`OutsideFence`) or Azure's (`AuthorizationFailed`). */
  readonly code: string;
  /** One line for people. */
  readonly title: string;
  /** What exactly, with ids. Never a secret. */
  readonly detail?: string;
  readonly status?: number;
  /** The ARM scope it is about. */
  readonly scope?: string;
  readonly principalId?: string;
  readonly action?: string;
  /** The stage of the build in which it happened. */
  readonly stage?: string;
  /** What to do, in order. */
  readonly fix?: readonly string[];
  /** Fields of a request or setting that are wrong: JSON pointer and what is wrong there. */
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
  /** Correlation id of the ARM request that said so. */
  readonly correlationId?: string;
}

/** What an activity answers: its value, or "never" as data. Only what may succeed later is thrown. */
export type Reply<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };

/** Thrown where trying again cannot help; `problem` says why and what to do. */
export class Refused extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(`${problem.code}: ${problem.title}`);
    this.name = "Refused";
    this.problem = problem;
  }
}
