import { principalTypes } from "../../shared/decide/gallery/share.ts";
import type { Accepted } from "../api.ts";
import { type AttendFlags, attendStarted } from "../attend.ts";
import { type Connection, connected } from "../connect.ts";
import { type Exit, exits, Stopped } from "../exits.ts";
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
  /** `true` or a profile of the operator's. */
  readonly verify?: string | true;
  readonly approval?: true;
  /** `type:object id` of those who get to read what is published. */
  readonly share?: readonly string[];
  readonly shareScope?: "definition" | "version";
}

/** Starts a build, or joins the one that is under way, and stays until its end. */
export const build = (terms: Terms, target: string, flags: BuildFlags): Promise<Exit> =>
  connected(terms, async (connection) =>
    attendStarted(connection, terms, await start(connection, target, flags), flags),
  );

/** Makes good what did not succeed in a build, and stays until the end; asked twice, it is one retry. */
export const retry = (terms: Terms, id: string, flags: AttendFlags & { readonly wait: boolean }): Promise<Exit> =>
  connected(terms, async (connection) => {
    const started = await connection.api.json("POST builds/{id}/retry", { params: { id } });
    return attendStarted(connection, terms, started, flags);
  });

/** Agrees that latest means what a build published, or rejects it; not by whoever asked for the build. Stays until that is carried out. */
export const decideBuild = (
  terms: Terms,
  id: string,
  decision: "approve" | "reject",
  { reason, ...flags }: AttendFlags & { readonly reason?: string },
): Promise<Exit> =>
  connected(terms, async (connection) => {
    const body = { decision, ...(reason === undefined ? {} : { reason }) };
    const decided = await connection.api.json("POST builds/{id}/approvals", { params: { id }, body });
    const exit = await attendStarted(connection, terms, decided, { ...flags, wait: true });
    return decision === "reject" && exit === exits.failed ? exits.done : exit;
  });

/** Without a key, asking again for what is under way joins it; so a start whose answer is lost may be asked for again. */
async function start({ api, fill }: Connection, target: string, flags: BuildFlags): Promise<Accepted> {
  const { planHash, mode, notify, grants, network, verify, approval } = flags;
  const share = flags.share?.map((whom) => shareWish(whom, flags.shareScope ?? "definition"));
  const body = {
    ...readWish(target, flags, fill),
    ...definedOnly({ planHash, mode, notify, grants, network, verify, approval, share }),
  };
  return api.json("POST builds", { body });
}

const definedOnly = (given: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));

function shareWish(whom: string, scope: "definition" | "version") {
  const [type = "", principalId = ""] = whom.split(":");
  const principalType = principalTypes.find((one) => one.toLowerCase() === type.toLowerCase());
  if (principalType && principalId) return { principalId, principalType, scope };
  throw new Stopped(exits.usage, {
    code: "WhomToShareWith",
    title: `${whom} does not say whom to share with`,
    fix: [`Write it as ${principalTypes.map((one) => `${one}:<object id>`).join(", ")}`],
  });
}
