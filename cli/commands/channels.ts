import type { Answer } from "../../functions/http/contract.ts";
import { lastSegment, shortId } from "../../shared/decide/armId.ts";
import type { Api } from "../api.ts";
import { awaitEnd, type PollFlags } from "../await.ts";
import { confirm } from "../confirm.ts";
import { connected } from "../connect.ts";
import { type Exit, exits, Stopped } from "../exits.ts";
import { print } from "../print.ts";
import { inFull } from "../progress.ts";
import type { Terms } from "../terms.ts";
import { columns } from "../text.ts";

/** A move of a channel as `GET /api/channel-moves/{id}` answers it. */
type Move = Answer<"GET channel-moves/{id}">;

/** Flags of `goldsmith channels promote` and `roll-back`. */
export interface MoveFlags extends PollFlags {
  readonly reason: string;
}

/** Prints what each channel of an image means, and its history. */
export const showChannels = (terms: Terms, image: string): Promise<Exit> =>
  connected(terms, async ({ api, fill }) => {
    print(terms, await api.json("GET channels", { query: { definitionId: fill(image) } }), channelsText);
    return exits.done;
  });

/** Moves a channel to a version, and stays until it has moved or waits for somebody's approval. */
export const moveChannel = (
  terms: Terms,
  kind: "promote" | "rollBack",
  channel: string,
  version: string,
  flags: MoveFlags,
): Promise<Exit> =>
  connected(terms, async ({ api, fill }) => {
    const [, definitionId = "", name = ""] = /^(.*)\/versions\/([^/]+)$/i.exec(fill(version)) ?? [];
    if (!name) throw notAVersion(version);
    const body = { definitionId, channel, version: name, kind, reason: flags.reason };
    return settled(terms, api, (await api.json("POST channels", { body })).id, flags);
  });

/** Agrees to a move, or rejects it; not by whoever asked for it. */
export const decideMove = (terms: Terms, id: string, decision: "approve" | "reject", flags: PollFlags): Promise<Exit> =>
  connected(terms, async ({ api }) => {
    await api.json("POST channel-moves/{id}/approvals", { params: { id }, body: { decision } });
    const exit = await settled(terms, api, id, flags, true);
    return decision === "reject" ? exits.done : exit;
  });

/** Takes a version out of use after a yes. */
export const revoke = (
  terms: Terms,
  version: string,
  { reason, yes = false }: { readonly reason: string; readonly yes?: boolean },
): Promise<Exit> =>
  connected(terms, async ({ api, fill }) => {
    const versionId = fill(version);
    await confirm(terms, `Revoke ${shortId(versionId)}?`, { yes, flag: "--yes" });
    const started = await api.json("POST revocations", { body: { versionId, reason } });
    print(terms, started, ({ id, state }) => `${id}  ${state}`);
    return exits.done;
  });

/** A decision that was just given is still shown as awaited for a moment. */
async function settled(terms: Terms, api: Api, id: string, flags: PollFlags, isDecided = false): Promise<Exit> {
  const look = () => api.json("GET channel-moves/{id}", { params: { id } });
  const rests = ({ state }: Move) => state !== "moving" && !(isDecided && state === "awaitingApproval");
  const seen = await awaitEnd(`Move ${id}`, flags, look, rests);
  print(terms, seen, moveText);
  return seen.state === "done" || seen.state === "awaitingApproval" ? exits.done : exits.failed;
}

const notAVersion = (given: string) =>
  new Stopped(exits.usage, {
    code: "NotAVersion",
    title: `${given} is not the id of an image version`,
    fix: ["…/galleries/{gallery}/images/{image}/versions/{version}"],
  });

function channelsText({ definitionId, channels, history }: Answer<"GET channels">): string {
  const now = Object.entries(channels).map(([name, version]) => [name, version]);
  const moves = history.map(({ at, channel, kind, to, state, reason, id }) => [
    at.slice(0, 16).replace("T", " "),
    channel,
    `${kind === "rollBack" ? "rolled back" : "promoted"} to ${to}`,
    state,
    id,
    reason,
  ]);
  return [
    shortId(definitionId),
    now.length === 0 ? "No channel means any version yet." : columns(["CHANNEL", "VERSION"], now),
    ...(moves.length === 0 ? [] : ["", columns(["WHEN", "CHANNEL", "WHAT", "STATE", "ID", "REASON"], moves)]),
  ].join("\n");
}

const moveText = ({ id, channel, to, from, state, excluded = [], machines = [], problem }: Move): string =>
  [
    `${channel}: ${from ?? "nothing"} → ${to}  ${state}  ${id}`,
    ...(state === "awaitingApproval" ? [`  → somebody else decides: goldsmith channels approve ${id}`] : []),
    ...excluded.map((version) => `  latest means it no more: ${lastSegment(version)}`),
    ...machines.map((machine) => `  runs what was rolled back: ${shortId(machine)}`),
    ...(problem ? [inFull(problem)] : []),
  ].join("\n");
