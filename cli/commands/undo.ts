import { awaitEnd, type PollFlags } from "../await.ts";
import { confirm } from "../confirm.ts";
import { connected } from "../connect.ts";
import { type Exit, exits, Stopped } from "../exits.ts";
import { print, undoText } from "../print.ts";
import type { Terms } from "../terms.ts";

/** Flags of `goldsmith undo`: exactly one of the first three. */
export interface UndoFlags extends PollFlags {
  readonly all?: boolean;
  readonly template?: string;
  /** ISO time. */
  readonly before?: string;
  readonly only?: "grants" | "network";
  readonly yes?: boolean;
}

/** Takes back what Goldsmith granted and changed, by its ledger; exit 1 where something was refused. */
export const undo = (terms: Terms, flags: UndoFlags): Promise<Exit> => {
  const what = chosen(flags);
  return connected(terms, async ({ api, fill }) => {
    await confirm(terms, `Take back ${wordsOf(flags, fill)}?`, { yes: flags.yes ?? false, flag: "--yes" });
    const only = flags.only ? { only: flags.only } : {};
    const body = "templateId" in what ? { templateId: fill(what.templateId), ...only } : { ...what, ...only };
    const { id } = await api.json("POST undo", { body });
    const look = () => api.json("GET undo/{id}", { params: { id } });
    const seen = await awaitEnd(`Undo ${id}`, flags, look, ({ state }) => state === "done");
    print(terms, seen, undoText);
    return seen.lines.some(({ outcome }) => outcome === "refused") ? exits.failed : exits.done;
  });
};

function chosen({ all, template, before }: UndoFlags) {
  if (all && !template && !before) return { all: true as const };
  if (template && !all && !before) return { templateId: template };
  if (before && !all && !template) return { madeBefore: before };
  throw new Stopped(exits.usage, {
    code: "WhatToUndo",
    title: "What is to be taken back?",
    fix: ["Give one of --template <id>, --before <time>, --all"],
  });
}

function wordsOf({ only, template, before }: UndoFlags, fill: (text: string) => string): string {
  const kind = only === "grants" ? "the grants" : only === "network" ? "the network changes" : "all";
  const made = `${kind} that Goldsmith made`;
  if (template) return `${made} for ${fill(template)}`;
  return before ? `${made} before ${before}` : made;
}
