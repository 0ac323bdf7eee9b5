import type { Problem } from "../../problem.ts";

/** A problem of the planning stage. */
export function planningProblem(code: string, title: string, more: Partial<Problem>): Problem {
  return { code, title, stage: "planning", ...more };
}

/** A problem with one member of the template, by JSON pointer. */
export function invalidField(code: string, title: string, pointer: string, fix: string): Problem {
  return planningProblem(code, title, { fix: [fix], errors: [{ pointer, detail: title }] });
}
