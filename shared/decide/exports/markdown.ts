import type { Problem } from "../../problem.ts";
import type { Change, Plan, Requirement } from "../planning/plan.ts";
import { oneLine } from "./words.ts";

/** A plan as a comment on a pull request: what is new, what stands, what is in the way, what the identity can reach. */
export function markdown(plan: Plan): string {
  const sections = [
    `### Goldsmith plan for ${code(plan.templateId)}`,
    summary(plan),
    problems("In the way", plan.blockers),
    rights(
      "New rights",
      plan.requirements.filter((need) => !need.satisfied),
    ),
    network(plan.changes),
    rights(
      "Rights that stand",
      plan.requirements.filter((need) => need.satisfied),
    ),
    problems("Worth knowing", plan.warnings),
    reach(plan),
    uses(plan),
    `Plan ${code(plan.hash)}, content ${code(plan.contentHash)}, topology ${code(plan.topology)}.`,
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

function summary(plan: Plan): string {
  const missing = plan.requirements.filter((need) => !need.satisfied);
  const scopes = new Set(missing.map((need) => need.scope.toLowerCase())).size;
  const others = plan.changes.filter((change) => change.kind !== "assignRole").length;
  const rightsText =
    missing.length === 0 ? "No new rights" : `${count(missing.length, "new right")} at ${count(scopes, "scope")}`;
  const who = plan.identity === undefined ? "nobody yet" : code(plan.identity.principalId);
  const blocked = plan.blockers.length === 0 ? "" : ` **${count(plan.blockers.length, "thing")} in the way.**`;
  return `**${rightsText}** for ${who}, ${count(others, "other change")}.${blocked}`;
}

function rights(title: string, needs: readonly Requirement[]): string {
  if (needs.length === 0) return "";
  const rows = needs.map((need) => {
    const actions = [...need.actions, ...need.dataActions].map(code).join("<br>");
    return `| ${cell(need.role.name)} | ${code(need.scope)} | ${cell(need.because)} ([${need.evidence}](${need.source})${need.measured === undefined ? "" : `; ${cell(need.measured)}`}) | ${actions} |`;
  });
  return [`#### ${title}`, "", "| role | scope | because | allows |", "|---|---|---|---|", ...rows].join("\n");
}

function network(changes: readonly Change[]): string {
  const lines = changes.filter((change) => change.kind !== "assignRole").map((change) => `- ${sentence(change)}`);
  return lines.length === 0 ? "" : ["#### Other changes", "", ...lines].join("\n");
}

function sentence(change: Change): string {
  switch (change.kind) {
    case "assignRole":
      return `${code(change.roleKey)} at ${code(change.scope)}`;
    case "setSubnetPolicy":
      return `${code(change.property)} of ${code(change.subnetId)}: ${code(change.was)} becomes ${code(change.value)}`;
    case "delegateSubnet":
      return `delegate ${code(change.subnetId)} to ${code(change.serviceName)}`;
    case "addSecurityRule": {
      const { rule } = change;
      const what = `${rule.direction} TCP ${rule.destinationPortRange} from ${rule.sourceAddressPrefix} to ${rule.destinationAddressPrefix}`;
      return `allow ${code(what)} in ${code(change.nsgId)} at priority ${rule.priority}`;
    }
    case "ensureRoleDefinition":
      return `write the role ${code(change.content.roleName)} (${code(change.roleDefinitionId)})`;
    case "registerProvider":
      return `register ${code(change.namespace)} in ${code(`/subscriptions/${change.subscriptionId}`)}`;
  }
}

function problems(title: string, list: readonly Problem[]): string {
  if (list.length === 0) return "";
  const lines = list.flatMap((problem) => [
    `- **${cell(problem.title)}** (${cell(problem.code)})${problem.detail === undefined ? "" : `: ${cell(problem.detail)}`}`,
    ...(problem.fix ?? []).map((step) => `  - ${cell(step)}`),
  ]);
  return [`#### ${title}`, "", ...lines].join("\n");
}

function reach(plan: Plan): string {
  if (plan.reach.length === 0) return "";
  const rows = plan.reach.map((one) => `| ${cell(one.roleName ?? one.roleDefinitionId)} | ${code(one.scope)} |`);
  return ["#### What else the identity can do", "", "| role | scope |", "|---|---|", ...rows].join("\n");
}

function uses({ identityUses }: Plan): string {
  if (identityUses.length === 0) return "";
  const lines = identityUses.map(
    ({ templateId, as }) => `- ${code(templateId)}${as === "buildVm" ? ", on its build VM" : ""}`,
  );
  return ["#### Other templates that use the identity", "", ...lines].join("\n");
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

// Ids and texts are other people's words: nothing of them may become markup, a link or a mention.
function cell(text: string): string {
  return oneLine(text)
    .replace(/[\\`*_{}[\]()#|~!]/g, "\\$&")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll("@", "&#64;");
}

function code(text: string): string {
  const plain = oneLine(text).replaceAll("|", "\\|");
  const longest = Math.max(0, ...[...plain.matchAll(/`+/g)].map((run) => run[0].length));
  const fence = "`".repeat(longest + 1);
  return longest === 0 ? `\`${plain}\`` : `${fence} ${plain} ${fence}`;
}
