import type { Accepted } from "../api.ts";
import { type AttendFlags, attend } from "../attend.ts";
import { type Connection, connected } from "../connect.ts";
import { type Exit, exits } from "../exits.ts";
import { buildText, print } from "../print.ts";
import type { Terms } from "../terms.ts";
import { readWish, type WishFlags } from "../wish.ts";

/** Flags of `goldsmith build`. */
export interface BuildFlags extends AttendFlags, WishFlags {
  readonly wait: boolean;
  readonly planHash?: string;
  readonly mode?: "act" | "advise";
  readonly notify?: readonly string[];
  readonly grants?: "standing" | "justInTime";
  readonly network?: "keep" | "restore";
  readonly idempotencyKey?: string;
}

/** Starts a build, or joins the one that is under way, and stays until its end. */
export const build = (terms: Terms, target: string, flags: BuildFlags): Promise<Exit> =>
  connected(terms, async (connection) => {
    const started = await start(connection, target, flags);
    if (!flags.wait) {
      print(terms, started, ({ id, state }) => `${id}  ${state}`);
      return exits.done;
    }
    if (terms.progress !== "none") process.stderr.write(`Build ${started.id}\n`);
    const { build: seen, exit } = await attend(connection, terms, started.id, flags);
    if (seen) print(terms, seen, buildText);
    return exit;
  });

/** Without a key, asking again for what is under way joins it; so a start whose answer is lost may be asked for again. */
async function start({ api, fill }: Connection, target: string, flags: BuildFlags): Promise<Accepted> {
  const { planHash, mode, notify, grants, network, idempotencyKey } = flags;
  const body = { ...readWish(target, flags, fill), ...definedOnly({ planHash, mode, notify, grants, network }) };
  const headers = idempotencyKey ? { "idempotency-key": idempotencyKey } : {};
  return api.json("POST builds", { body }, { headers });
}

const definedOnly = (given: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
