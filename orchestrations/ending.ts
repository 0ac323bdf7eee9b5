import type { FinalState } from "../shared/build.ts";
import { type Problem, Refused } from "../shared/problem.ts";

/** How a build ended, and if badly, why. */
export interface Ending {
  readonly state: FinalState;
  readonly problem?: Problem;
  /** The image came after the service had given it up. */
  readonly late?: true;
}

/** Thrown inside an orchestration to end it in a given state. */
export class Ended extends Error {
  readonly ending: Ending;
  constructor(ending: Ending) {
    super(ending.state);
    this.ending = ending;
  }
}

/** What a thrown value means for the build: our own endings, a refusal, or a fault that outlived its retries. */
export function endingOf(error: unknown): Ending {
  if (error instanceof Ended) return error.ending;
  if (error instanceof Refused) return { state: "refused", problem: error.problem };
  return {
    state: "failed",
    problem: {
      code: "StepFailed",
      title: "A step kept failing and was given up",
      detail: firstLine(error),
      fix: ["Look at the timeline for the requests that failed", "Ask for the build again once Azure answers"],
    },
  };
}

const firstLine = (error: unknown) => (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
