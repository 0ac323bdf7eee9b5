import { createInterface } from "node:readline/promises";
import { exits, Stopped } from "./exits.ts";
import type { Terms } from "./terms.ts";

/** Asks the person at the terminal before something is changed; `sure` says that it is meant. Rejects `Stopped`: 2 where nobody can be asked, 130 where they say no. */
export async function confirm(
  { interactive }: Pick<Terms, "interactive">,
  question: string,
  sure: { readonly yes: boolean; readonly flag: string },
): Promise<void> {
  if (sure.yes) return;
  if (!interactive)
    throw new Stopped(exits.usage, {
      code: "NotConfirmed",
      title: question,
      detail: "Nobody is here to answer, so nothing was changed.",
      fix: [`Say that it is meant: ${sure.flag}`],
    });
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await lines.question(`${question} [y/N] `);
    if (/^y(es)?$/i.test(answer.trim())) return;
  } catch {
    // Ctrl-C and the end of input are a no.
  } finally {
    lines.close();
  }
  throw new Stopped(exits.interrupted, { code: "Declined", title: "Nothing was changed" });
}
