import type { Problem } from "../shared/problem.ts";

/** What the process says when it ends (docs/cli.md). */
export const exits = { done: 0, failed: 1, usage: 2, timedOut: 3, drift: 4, interrupted: 130 } as const;

export type Exit = (typeof exits)[keyof typeof exits];

/** Thrown to end the command: its problem is shown, its exit is the process's. */
export class Stopped extends Error {
  readonly exit: Exit;
  readonly problem: ShownProblem;
  constructor(exit: Exit, problem: ShownProblem) {
    super(problem.title);
    this.name = "Stopped";
    this.exit = exit;
    this.problem = problem;
  }
}

/** As much of a problem as a person is shown. */
export type ShownProblem = Pick<Problem, "code" | "title" | "detail" | "fix" | "errors">;
