import { changeText } from "../../../shared/decide/planning/changeText.ts";
import type { Answer } from "../contract.ts";
import { html } from "./html.ts";
import { Id, Trouble } from "./parts.ts";
import { counted } from "./words.ts";

type Plan = Answer<"POST plans">;
type Need = Plan["requirements"][number];
type Change = Plan["changes"][number];

/** A plan for people: what is in the way, which rights and why, what will be changed. */
export const PlanParts = ({ plan }: { readonly plan: Plan }) => html`
  <div class="stack">
  ${plan.blockers.map((problem) => html`<${Trouble} problem=${problem} calm />`)}
  <h3>Rights the template's identity needs</h3>
  <ul class="needs">${plan.requirements.map((need) => html`<${Right} need=${need} />`)}</ul>
  ${
    plan.changes.length > 0 &&
    html`<h3>Changes</h3><ul class="changes">${plan.changes.map((change) => html`<li>${changeWords(change)}</li>`)}</ul>`
  }
  ${plan.warnings.length > 0 && html`<h3>Worth knowing</h3>${plan.warnings.map((problem) => html`<${Trouble} problem=${problem} calm />`)}`}
  <p class="quiet hash"><span>Plan</span> <code>${plan.hash}</code></p>
  </div>
`;

/** A plan in one line. */
export function inShort({ requirements, changes, blockers }: Plan): string {
  const missing = requirements.filter(({ satisfied }) => !satisfied).length;
  const rights = `${counted(requirements.length, "right")} needed, ${missing === 0 ? "all stand" : `${missing} missing`}`;
  const doing = changes.length === 0 ? "nothing to change" : `${counted(changes.length, "change")} to make`;
  return `${rights}; ${doing}; ${blockers.length === 0 ? "nothing in the way" : `${blockers.length} in the way`}.`;
}

const Right = ({ need }: { readonly need: Need }) => html`
  <li class=${need.satisfied ? "held" : "missing"}>
    <span class="mark" aria-hidden="true">${need.satisfied ? "✓" : "+"}</span>
    <div>
      <p><b>${need.role.name}</b> <span class="state ${need.satisfied ? "good" : "waits"}">${need.satisfied ? "stands" : "missing"}</span></p>
      <p>at <${Id} id=${need.scope} /></p>
      <p class="quiet">${need.because}. <a href=${need.source} rel="noreferrer noopener" target="_blank">Source<span class="unseen"> for ${need.role.name} (opens elsewhere)</span></a>, ${need.evidence}; needed at ${need.neededAt}.</p>
      <details><summary>${counted(need.actions.length + need.dataActions.length, "action")}</summary><ul class="id plain">${[...need.actions, ...need.dataActions].map((action) => html`<li>${action}</li>`)}</ul></details>
    </div>
  </li>
`;

/** A change in words; of a rule also what it lets through. */
export function changeWords(change: Change): string {
  if (change.kind !== "addSecurityRule") return changeText(change);
  const { direction, sourceAddressPrefix, destinationAddressPrefix, destinationPortRange, priority } = change.rule;
  return `${changeText(change)}: ${direction.toLowerCase()} ${sourceAddressPrefix} → ${destinationAddressPrefix}:${destinationPortRange}, priority ${priority}`;
}
