import type { Answer } from "../../functions/http/contract.ts";
import { shortId } from "../../shared/decide/armId.ts";
import { awaitEnd, type PollFlags } from "../await.ts";
import { confirm } from "../confirm.ts";
import { connected } from "../connect.ts";
import { type Exit, exits, Stopped } from "../exits.ts";
import { print, undoText } from "../print.ts";
import { inFull } from "../progress.ts";
import type { Terms } from "../terms.ts";
import { columns } from "../text.ts";

/** A share as `GET /api/shares/{id}` answers it. */
type Share = Answer<"GET shares/{id}">;
type Listed = Answer<"GET shares">;
type Whom = Share["with"];

/** Flags of `goldsmith share add`: exactly one of the first three. */
export interface ShareFlags extends PollFlags {
  readonly principal?: string;
  readonly subscription?: string;
  readonly tenant?: string;
  readonly type?: "User" | "Group" | "ServicePrincipal";
  readonly role?: string;
  readonly homeTenant?: string;
}

/** Prints what was shared; of one image also what others made, with the command that takes it back. */
export const listShares = (
  terms: Terms,
  image: string | undefined,
  flags: { readonly build?: string },
): Promise<Exit> =>
  connected(terms, async ({ api, fill }) => {
    const query = { ...(image ? { imageId: fill(image) } : {}), ...(flags.build ? { buildId: flags.build } : {}) };
    print(terms, await api.json("GET shares", { query }), listText);
    return exits.done;
  });

/** Prints one share with the commands for whom it is. */
export const showShare = (terms: Terms, id: string): Promise<Exit> =>
  connected(terms, async ({ api }) => {
    print(terms, await api.json("GET shares/{id}", { params: { id } }), shareText);
    return exits.done;
  });

/** Shares an image, stays until that is done, and prints what its consumer types; exit 1 where it was refused. */
export const addShare = (terms: Terms, image: string, flags: ShareFlags): Promise<Exit> => {
  const whom = chosen(flags);
  return connected(terms, async ({ api, fill }) => {
    const { id } = await api.json("POST shares", { body: { imageId: fill(image), with: whom } });
    const look = () => api.json("GET shares/{id}", { params: { id } });
    const seen = await awaitEnd(`Share ${id}`, flags, look, ({ state }) => state !== "sharing");
    print(terms, seen, shareText);
    return seen.state === "shared" || seen.state === "stood" ? exits.done : exits.failed;
  });
};

/** Takes a share back after a yes; exit 1 where somebody changed it since. */
export const removeShare = (terms: Terms, id: string, flags: PollFlags & { readonly yes?: boolean }): Promise<Exit> =>
  connected(terms, async ({ api }) => {
    const params = { id };
    const { imageId, with: whom } = await api.json("GET shares/{id}", { params });
    const question = `Share ${shortId(imageId)} with ${whomText(whom)} no more?`;
    await confirm(terms, question, { yes: flags.yes ?? false, flag: "--yes" });
    const { id: undoId } = await api.json("DELETE shares/{id}", { params });
    const look = () => api.json("GET undo/{id}", { params: { id: undoId } });
    const seen = await awaitEnd(`Undo ${undoId}`, flags, look, ({ state }) => state === "done");
    print(terms, seen, undoText);
    return seen.lines.some(({ outcome }) => outcome === "refused") ? exits.failed : exits.done;
  });

function chosen({ principal, subscription, tenant, type, role, homeTenant }: ShareFlags): Whom {
  const direct = type === undefined && role === undefined && homeTenant === undefined;
  if (principal && type && !subscription && !tenant)
    return {
      principalId: principal,
      principalType: type,
      ...(role ? { role } : {}),
      ...(homeTenant ? { homeTenantId: homeTenant } : {}),
    };
  if (subscription && direct && !principal && !tenant) return { subscriptionId: subscription };
  if (tenant && direct && !principal && !subscription) return { tenantId: tenant };
  throw new Stopped(exits.usage, {
    code: "WhomToShareWith",
    title: "Whom is it to be shared with?",
    fix: ["Give --principal <object id> with --type, or --subscription <id>, or --tenant <id>"],
  });
}

function whomText(whom: Listed["value"][number]["with"] | NonNullable<Listed["foreign"]>[number]["with"]): string {
  if ("subscriptionId" in whom) return `subscription ${whom.subscriptionId}`;
  if ("tenantId" in whom) return `tenant ${whom.tenantId}`;
  return `${"principalType" in whom ? whom.principalType : "principal"} ${whom.principalId}`;
}

/** What stands although nobody may share it so any more is worth a look. */
const stateText = ({ state, problem }: Listed["value"][number]) =>
  state === "shared" && problem ? `shared, but ${problem.code}` : state;

function listText({ value, foreign = [] }: Listed): string {
  const rows = value.map((share) => [share.id, stateText(share), whomText(share.with), shortId(share.imageId)]);
  return [
    rows.length === 0 ? "Nothing was shared." : columns(["SHARE", "STATE", "WITH", "WHAT"], rows),
    ...(foreign.length === 0 ? [] : ["", "Shared by others"]),
    ...foreign.flatMap((one) => [`  ${whomText(one.with)}  ${shortId(one.imageId)}`, `    → ${one.command}`]),
  ].join("\n");
}

function shareText({ id, imageId, with: whom, state, advice, problem, use }: Share): string {
  const usable = state === "shared" || state === "stood";
  return [
    `${shortId(imageId)} with ${whomText(whom)}: ${state}  ${id}`,
    advice,
    ...(problem ? [inFull(problem)] : []),
    ...(usable ? use.flatMap(({ imageId: shared, cli }) => ["", `# ${shared}`, cli.trimEnd()]) : []),
    ...(usable ? ["", "PowerShell, REST and portal: --output json"] : []),
  ].join("\n");
}
