import { ask } from "./api.ts";
import { goTo } from "./go.ts";
import { useLoaded } from "./hooks.ts";
import { html } from "./html.ts";
import { Confirmed, Empty, Time, Trouble } from "./parts.ts";
import { counted } from "./words.ts";

/** All audits, newest first. */
export function AuditsView() {
  const { value, problem } = useLoaded((signal) => ask("GET audits", {}, { signal }), []);
  return html`
    <div class="head">
      <h1 tabindex="-1">Audits</h1>
      <${Confirmed} label="Audit now" verb="Start the audit" title="Audit everything watched?"
        act=${async () => goTo("audits", (await ask("POST audits", { body: {} })).id)}>
        <p>It reads what every template needs and what stands, and reports. It changes nothing.</p>
      <//>
    </div>
    ${problem && html`<${Trouble} problem=${problem} />`}
    ${!value && !problem && html`<${Empty}>Reading…<//>`}
    ${value && value.value.length === 0 && html`<${Empty}>No audit yet. One runs every night; or start one now.<//>`}
    ${
      value &&
      value.value.length > 0 &&
      html`<ul class="rows" aria-label="Audits">${value.value.map(
        ({ id, state, startedAt, templates, findings, newFindings }) => html`<li key=${id}><a href=${`#/audits/${id}`}>
          <span class="name"><b><${Time} at=${startedAt} /></b><small>${templates === undefined ? "" : counted(templates, "template")}</small></span>
          <span class="state ${state === "running" ? "busy" : findings ? "waits" : "good"}">${state === "running" ? "running" : findings ? counted(findings, "finding") : "as it should be"}</span>
          <span class="bar none"></span>
          <span class="when"><small>${newFindings ? `${newFindings} new` : ""}</small></span>
        </a></li>`,
      )}</ul>`
    }
  `;
}
