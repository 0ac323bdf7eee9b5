import { type Exit, exits, type ShownProblem, Stopped } from "./exits.ts";
import { inFull, problemLine } from "./progress.ts";
import type { Terms } from "./terms.ts";
import { say } from "./text.ts";

/** Runs what a command does, and says what went wrong in the way the place understands. */
export async function perform(terms: Terms, work: (terms: Terms) => Promise<Exit>): Promise<Exit> {
  try {
    return await work(terms);
  } catch (error) {
    const { exit, problem } = error instanceof Stopped ? error : unexpected(error);
    if (terms.output === "json") process.stdout.write(`${JSON.stringify({ problem }, null, 2)}\n`);
    say(process.stderr, problemLine(terms.progress, problem) ?? inFull(problem));
    return exit;
  }
}

const unexpected = (error: unknown): { readonly exit: Exit; readonly problem: ShownProblem } => ({
  exit: exits.failed,
  problem: { code: "Unexpected", title: error instanceof Error ? error.message : String(error) },
});
