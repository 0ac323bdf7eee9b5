import type { Answer } from "../../functions/http/contract.ts";
import type { Api, AuditView } from "../api.ts";
import { awaitEnd, type PollFlags } from "../await.ts";
import { confirm } from "../confirm.ts";
import { connected } from "../connect.ts";
import { type Exit, exits, Stopped } from "../exits.ts";
import { auditText, print, remediationText } from "../print.ts";
import type { Terms } from "../terms.ts";
import { harmless, say } from "../text.ts";

/** Flags of `goldsmith audit`. */
export interface AuditFlags extends PollFlags {
  readonly scope?: readonly string[];
  /** Put right what was found. */
  readonly fix?: boolean;
  /** With `fix`: only these findings. */
  readonly finding?: readonly string[];
  /** With `fix`: the hash of the audit that was looked at; another one is not put right. */
  readonly hash?: string;
}

/** Runs an audit to its end; exit 4 where something drifted. With `fix`, puts it right after a yes; exit 4 then where something stays. */
export const audit = (terms: Terms, flags: AuditFlags): Promise<Exit> =>
  connected(terms, async ({ api, fill }) => {
    const seen = await auditOf(api, flags.scope?.map(fill), flags);
    const { state, findings = [] } = seen;
    if (state === "failed" || !flags.fix || findings.length === 0) {
      print(terms, seen, auditText);
      if (state === "failed") return exits.failed;
      return findings.length > 0 ? exits.drift : exits.done;
    }
    say(process.stderr, harmless(auditText(seen)));
    const done = await putRight(terms, api, seen, flags);
    const titles = new Map(findings.map(({ id, title }) => [id, title]));
    print(terms, done, (one) => remediationText(one, titles));
    const stays = done.commands.length > 0 || done.lines.some(({ outcome }) => outcome === "refused");
    return stays ? exits.drift : exits.done;
  });

async function auditOf(api: Api, scopes: readonly string[] | undefined, flags: PollFlags): Promise<AuditView> {
  const { id } = await api.json("POST audits", { body: scopes ? { scopes: [...scopes] } : {} });
  const look = () => api.json("GET audits/{id}", { params: { id } });
  return awaitEnd(`Audit ${id}`, flags, look, ({ state }) => state !== "running");
}

/** What became of a remediation: line by line, and what is left for somebody who may. */
export interface Remedied {
  readonly audit: string;
  readonly lines: NonNullable<AuditView["remediations"]>[number]["lines"];
  readonly commands: Answer<"POST audits/{id}/remediation">["commands"];
}

async function putRight(
  terms: Terms,
  api: Api,
  { id, hash = "", findings = [] }: AuditView,
  flags: AuditFlags,
): Promise<Remedied> {
  if (flags.hash !== undefined && flags.hash !== hash) throw changed(hash);
  const count = flags.finding?.length ?? findings.length;
  const question = `Put ${count} finding${count === 1 ? "" : "s"} of audit ${id} right?`;
  await confirm(terms, question, { yes: flags.hash !== undefined, flag: `--hash ${hash}` });
  const params = { id };
  const body = flags.finding ? { findings: [...flags.finding] } : { all: true as const, hash };
  const asked = await api.json("POST audits/{id}/remediation", { params, body });
  const linesOf = ({ remediations = [] }: AuditView) => remediations.find((one) => one.id === asked.id)?.lines ?? [];
  const after = await awaitEnd(
    `Remediation ${asked.id}`,
    flags,
    () => api.json("GET audits/{id}", { params }),
    (seen) => linesOf(seen).length >= asked.started.length,
  );
  return { audit: id, lines: linesOf(after), commands: asked.commands };
}

const changed = (hash: string) =>
  new Stopped(exits.drift, {
    code: "AuditChanged",
    title: "This is another audit than the one that was looked at; nothing was changed",
    detail: `Its hash is ${hash}.`,
    fix: ["Look at it: goldsmith audit", `Then: goldsmith audit --fix --hash ${hash}`],
  });
