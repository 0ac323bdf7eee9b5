import { type AttendFlags, attend, requestCancel } from "../attend.ts";
import { connected } from "../connect.ts";
import { type Exit, exits } from "../exits.ts";
import { buildText, print } from "../print.ts";
import type { Terms } from "../terms.ts";

/** Follows a build to its end; its end is the command's. */
export const watch = (terms: Terms, id: string, flags: AttendFlags): Promise<Exit> =>
  connected(terms, async (connection) => {
    const { seen, exit } = await attend(connection, terms, id, flags);
    if (seen) print(terms, seen, buildText);
    return exit;
  });

/** Asks a build to end; with `wait`, stays until it has. Exit 1 where it had ended otherwise before. */
export const cancel = (terms: Terms, id: string, flags: AttendFlags & { readonly wait: boolean }): Promise<Exit> =>
  connected(terms, async (connection) => {
    if (!(await requestCancel(connection, id))) {
      process.stderr.write(`Build ${id} has ended already.\n`);
      return exits.failed;
    }
    if (!flags.wait) return exits.done;
    const { seen, exit } = await attend(connection, terms, id, flags);
    if (seen) print(terms, seen, buildText);
    return seen?.state === "cancelled" ? exits.done : exit;
  });
