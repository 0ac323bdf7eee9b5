import type { Answer } from "../../functions/http/contract.ts";
import { lastSegment, shortId } from "../../shared/decide/armId.ts";
import { awaitEnd, type PollFlags } from "../await.ts";
import { confirm } from "../confirm.ts";
import { connected } from "../connect.ts";
import { type Exit, exits, Stopped } from "../exits.ts";
import { print } from "../print.ts";
import type { Terms } from "../terms.ts";

/** A plan of what is kept and removed, and what became of it. */
type Report = Answer<"GET retention/{id}">;

/** Says which versions of images no rule keeps; removes nothing. Exit 1 where something is in the way. */
export const planRetention = (terms: Terms, images: readonly string[]): Promise<Exit> =>
  connected(terms, async ({ api, fill }) => {
    const report = await api.json("POST retention", { body: { definitionIds: images.map(fill) } });
    print(terms, report, retentionText);
    return report.plans.some(({ blockers }) => blockers.length > 0) ? exits.failed : exits.done;
  });

/** Flags of `goldsmith retention apply`. */
export interface ApplyFlags extends PollFlags {
  /** Hash of the plan that was looked at: then nobody is asked. */
  readonly hash?: string;
}

/** Removes what a plan removes, after a yes; exit 1 where a removal failed. */
export const applyRetention = (terms: Terms, id: string, flags: ApplyFlags): Promise<Exit> =>
  connected(terms, async ({ api }) => {
    const params = { id };
    const planned = await api.json("GET retention/{id}", { params });
    const { hash, plans } = planned;
    if (flags.hash !== undefined && flags.hash !== hash) throw otherPlan(hash);
    const count = plans.reduce((sum, { remove }) => sum + remove.length, 0);
    const question = `Remove ${count} image version${count === 1 ? "" : "s"} for good?`;
    await confirm(terms, question, { yes: flags.hash !== undefined, flag: `--hash ${hash}` });
    await api.json("POST retention/{id}/apply", { params, body: { hash } });
    const look = () => api.json("GET retention/{id}", { params });
    const done = await awaitEnd(`Retention ${id}`, flags, look, ({ outcomes }) => outcomes.length >= count);
    print(terms, done, retentionText);
    return done.outcomes.some(({ outcome }) => outcome === "failed") ? exits.failed : exits.done;
  });

const otherPlan = (hash: string) =>
  new Stopped(exits.failed, {
    code: "PlanChanged",
    title: "That is not the hash of this plan; nothing was removed",
    detail: `Its hash is ${hash}.`,
    fix: ["Look at the plan again, and apply it by its hash"],
  });

function retentionText({ id, hash, state, plans, lostGroups, outcomes }: Report): string {
  const became = new Map(
    outcomes.map(({ versionId, outcome, why }) => [versionId, why ? `${outcome}: ${why}` : outcome]),
  );
  return [
    `Retention ${id}: ${state}`,
    ...plans.flatMap(({ definitionId, keep, remove, blockers }) => [
      "",
      shortId(definitionId),
      ...keep.map(({ versionId, because }) => `  = keep    ${lastSegment(versionId)}  ${because.join(", ")}`),
      ...remove.map((versionId) => `  - remove  ${lastSegment(versionId)}  ${became.get(versionId) ?? ""}`.trimEnd()),
      ...blockers.map((blocker) => `  ! ${blocker}`),
    ]),
    ...(lostGroups.length === 0 ? [] : ["", "Staging groups without a template"]),
    ...lostGroups.map(({ command }) => `  → ${command}`),
    "",
    hash,
    ...(state === "planned" ? [`  → goldsmith retention apply ${id} --hash ${hash}`] : []),
  ].join("\n");
}
