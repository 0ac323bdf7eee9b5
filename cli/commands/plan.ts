import { shortId } from "../../shared/decide/armId.ts";
import { type ExportFormat, exportPlan, joined } from "../../shared/decide/exports/exportPlan.ts";
import { changeText } from "../../shared/decide/planning/changeText.ts";
import type { Plan } from "../../shared/decide/planning/plan.ts";
import { connected } from "../connect.ts";
import { type Exit, exits } from "../exits.ts";
import { inFull } from "../progress.ts";
import type { Terms } from "../terms.ts";
import { harmless, say } from "../text.ts";
import { readWish, type WishFlags } from "../wish.ts";

/** Forms a plan can be printed in. */
export const planForms = ["table", "json", "markdown", "bicep", "terraform", "az", "powershell"] as const;

/** Flags of `goldsmith plan`. */
export interface PlanFlags extends WishFlags {
  readonly form?: (typeof planForms)[number];
  /** Exit 4 where a right is missing. */
  readonly failOnMissing?: boolean;
}

/** Prints what a template needs and what would be done; nothing is written. */
export const plan = (terms: Terms, target: string, flags: PlanFlags): Promise<Exit> =>
  connected(terms, async ({ api, fill }) => {
    const body = readWish(target, flags, fill);
    const made = await api.json("POST plans", { body });
    const form = flags.form ?? terms.output;
    if (form === "table") say(process.stdout, harmless(forPeople(made)));
    else process.stdout.write(`${planText(made, form).trimEnd()}\n`);
    if (made.blockers.length > 0) return exits.failed;
    const missing = made.requirements.some(({ satisfied }) => !satisfied);
    return flags.failOnMissing && missing ? exits.drift : exits.done;
  });

const planText = (made: Plan, form: ExportFormat | "json"): string =>
  form === "json" ? JSON.stringify(made, null, 2) : joined(exportPlan(made, form));

function forPeople(plan: Plan): string {
  const { templateId, topology, requirements, changes, blockers, warnings, hash } = plan;
  const rights = requirements.flatMap(({ satisfied, role, scope, because, measured }) => [
    `  ${satisfied ? "= stands " : "+ missing"}  ${role.name} at ${shortId(scope)}`,
    `               ${because}`,
    ...(measured ? [`               ${measured}`] : []),
  ]);
  const others = changes.flatMap((change) => (change.kind === "assignRole" ? [] : [`  + ${changeText(change)}`]));
  return [
    `Plan for ${shortId(templateId)} (network: ${topology})`,
    ...chapter("Rights the template's identity needs", rights),
    ...chapter("Other changes", others),
    ...chapter("In the way", blockers.map(indented)),
    ...chapter("Worth knowing", warnings.map(indented)),
    ...chapter("What else the identity can do", reachLines(plan)),
    "",
    changes.length === 0 ? "Nothing is to be done." : `${changes.length} changes; nothing was written.`,
    hash,
  ].join("\n");
}

const reachLines = ({ reach, identityUses }: Plan) => [
  ...reach.map(({ scope, roleName, roleDefinitionId }) => `  ${roleName ?? roleDefinitionId} at ${shortId(scope)}`),
  ...identityUses.map(
    ({ templateId, as }) => `  used by ${shortId(templateId)}${as === "buildVm" ? " on its build VM" : ""}`,
  ),
];

const chapter = (title: string, lines: readonly string[]) => (lines.length === 0 ? [] : ["", title, ...lines]);
const indented = (problem: Parameters<typeof inFull>[0]) => inFull(problem).replace(/^/gm, "  ");
