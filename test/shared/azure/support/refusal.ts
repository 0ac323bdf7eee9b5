import { type Problem, Refused } from "../../../../shared/problem.ts";

/** The problem that `work` was refused with; fails where it succeeded or threw a fault. */
export async function refusal(work: Promise<unknown>): Promise<Problem> {
  const outcome = await work.then(
    () => new Error("it was not refused"),
    (error: unknown) => error,
  );
  if (outcome instanceof Refused) return outcome.problem;
  throw outcome;
}

/** The message of the fault that `work` threw; fails where it succeeded or was refused. */
export async function faultOf(work: Promise<unknown>): Promise<string> {
  const outcome = await work.then(
    () => new Error("it did not fail"),
    (error: unknown) => error,
  );
  if (outcome instanceof Error && !(outcome instanceof Refused) && outcome.message !== "it did not fail")
    return outcome.message;
  throw outcome;
}
