import { useState } from "preact/hooks";
import type { Answer, Asked } from "../contract.ts";
import { ask, type ShownProblem, send, shown } from "./api.ts";
import { goTo } from "./go.ts";
import { useLoaded } from "./hooks.ts";
import { html } from "./html.ts";
import { Confirmed, Empty, Trouble } from "./parts.ts";
import { changeWords, inShort, PlanParts } from "./planParts.ts";
import { counted, nameOf } from "./words.ts";

type Plan = Answer<"POST plans">;
type Wish = Asked<"POST plans">["body"];

/** What a template needs and what would be done, before anything is done; then the build that is held to it. */
export function PlanView({ templateId = "" }: { readonly templateId?: string }) {
  const [made, setMade] = useState<{ readonly plan: Plan; readonly wish: Wish }>();
  const [problem, setProblem] = useState<ShownProblem>();
  const [busy, setBusy] = useState(false);
  const known = useLoaded((signal) => ask("GET builds", { query: { limit: 100 } }, { signal }), []);
  const templates = [...new Set((known.value?.value ?? []).map((build) => build.templateId))];
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    setMade(undefined);
    try {
      const wish = wishOf(new FormData(event.currentTarget as HTMLFormElement));
      setMade({ wish, plan: await ask("POST plans", { body: wish }) });
    } catch (error) {
      setProblem(shown(error));
    }
    setBusy(false);
  };
  return html`
    <div class="head"><h1 tabindex="-1">Plan</h1></div>
    <p class="lead">What a template's identity needs, why, and what would be changed for it. Planning reads only.</p>
    <form class="card" onSubmit=${submit}>
      <label class="field">Image template (its resource id)
        <input name="templateId" value=${templateId} list="templates" placeholder="/subscriptions/…/imageTemplates/…" autocomplete="off" spellcheck="false" />
      </label>
      <datalist id="templates">${templates.map((id) => html`<option value=${id}>${nameOf(id)}</option>`)}</datalist>
      <details>
        <summary>Or a template that exists nowhere yet</summary>
        <label class="field">Resource group (its id)<input name="group" placeholder="/subscriptions/…/resourceGroups/…" spellcheck="false" /></label>
        <label class="field">Name<input name="name" spellcheck="false" /></label>
        <label class="field">Body (JSON as it is sent to Azure)<textarea name="body" rows="8" spellcheck="false"></textarea></label>
      </details>
      <div class="buttons"><button type="submit" class="primary" disabled=${busy}>${busy ? "Reading Azure…" : "Make the plan"}</button></div>
    </form>
    <div aria-live="polite">
      ${problem && html`<${Trouble} problem=${problem} />`}
      ${busy && html`<${Empty}>Reading what stands…<//>`}
    </div>
    ${made && html`<section class="card" aria-labelledby="made"><h2 id="made">Plan for ${nameOf(made.plan.templateId)}</h2><p class="lead">${inShort(made.plan)}</p><${PlanParts} plan=${made.plan} /><${Approve} ...${made} /><${Export} wish=${made.wish} /></section>`}
  `;
}

function wishOf(form: FormData): Wish {
  const text = (name: string) => String(form.get(name) ?? "").trim();
  if (text("templateId") || !text("body")) return { templateId: text("templateId") };
  return { template: { resourceGroupId: text("group"), name: text("name"), body: JSON.parse(text("body")) } };
}

/** Approving is building with the plan's hash: had anything changed since, the build is refused. */
function Approve({ plan, wish }: { readonly plan: Plan; readonly wish: Wish }) {
  if (plan.blockers.length > 0) return html`<p class="quiet">What is in the way has to go first.</p>`;
  return html`
    <div class="buttons">
      <${Confirmed} label="Approve and build" verb="Build with this plan" title=${`Build ${nameOf(plan.templateId)}?`}
        act=${async () => goTo("builds", (await ask("POST builds", { body: { ...wish, planHash: plan.hash } })).id)}>
        ${
          plan.changes.length === 0
            ? html`<p>Nothing has to be changed first.</p>`
            : html`<p>${counted(plan.changes.length, "change")} will be made first:</p><ul class="changes">${plan.changes.map((change) => html`<li>${changeWords(change)}</li>`)}</ul>`
        }
        <p class="quiet">If anything has changed since this plan was made, the build is refused.</p>
      <//>
    </div>
  `;
}

const forms = ["markdown", "bicep", "terraform", "az", "powershell"] as const;

/** The plan for somebody else to review or apply. */
function Export({ wish }: { readonly wish: Wish }) {
  const [text, setText] = useState<string>();
  const show = async (event: Event) => {
    const as = (event.target as HTMLSelectElement).value;
    setText(as ? await (await send("POST plans", { body: wish, query: { as } })).text() : undefined);
  };
  return html`
    <label class="inline">For somebody else, as
      <select onChange=${show}><option value="">choose…</option>${forms.map((form) => html`<option>${form}</option>`)}</select>
    </label>
    ${text !== undefined && html`<pre class="log" tabindex="0" role="region" aria-label="The plan, exported">${text}</pre>`}
  `;
}
