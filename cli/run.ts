import { CommanderError } from "commander";
import { type Exit, exits } from "./exits.ts";
import { makeProgram } from "./program.ts";

/** Runs one command line; answers what the process is to end with. */
export async function runGoldsmith(args: readonly string[]): Promise<Exit> {
  let exit: Exit = exits.done;
  const program = makeProgram((said) => {
    exit = said;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return exit;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? exits.done : exits.usage;
  }
}
