import { useState } from "preact/hooks";
import { shortId } from "../../../shared/decide/armId.ts";
import type { Answer } from "../contract.ts";
import { ask } from "./api.ts";
import { useLoaded } from "./hooks.ts";
import { html } from "./html.ts";
import { type Cell, matrixOf } from "./matrix.ts";
import { Confirmed, Empty, Id, Time, Trouble } from "./parts.ts";
import { counted, nameOf, wordsOf } from "./words.ts";

type Audit = Answer<"GET audits/{id}">;
type Finding = NonNullable<Audit["findings"]>[number];
type Asking = Answer<"POST audits/{id}/remediation">;
type Rights = Answer<"GET audits/{id}/rights">["value"];

const everyMs = 2_000;

/** One audit: every template against every right it needs, drift marked; what was found, to be put right. */
export function AuditView({ id }: { readonly id: string }) {
  const [asked, setAsked] = useState<Asking>();
  const { value, problem } = useLoaded(
    async (signal) => {
      const audit = await ask("GET audits/{id}", { params: { id } }, { signal });
      const rights =
        audit.state === "done" ? await ask("GET audits/{id}/rights", { params: { id } }, { signal }) : none;
      return { audit, rights: rights.value };
    },
    [id, asked],
    ({ audit }) => (audit.state === "running" || isPending(audit, asked) ? everyMs : undefined),
  );
  const { audit, rights = [] } = value ?? {};
  const findings = audit?.findings ?? [];
  return html`
    <p class="crumbs"><a href="#/audits">Audits</a></p>
    <div class="head">
      <h1 tabindex="-1">Audit</h1>
      ${audit && html`<span aria-live="polite" class="state ${audit.state === "running" ? "busy" : audit.state === "failed" ? "bad" : findings.length > 0 ? "waits" : "good"}">${audit.state === "done" ? (findings.length === 0 ? "as it should be" : counted(findings.length, "finding")) : audit.state}</span>`}
    </div>
    ${problem && html`<${Trouble} problem=${problem} />`}
    ${!audit && !problem && html`<${Empty}>Reading…<//>`}
    ${audit && html`<p class="lead"><${Time} at=${audit.startedAt} />${audit.templates !== undefined && `, ${counted(audit.templates, "template")}`}, within ${audit.scopes.map(shortId).join(", ")}.${audit.excessNotJudged && ` Grants were not judged as too much: ${audit.excessNotJudged}.`}</p>`}
    ${audit?.state === "running" && html`<${Empty}>Reading what every template needs, and what stands…<//>`}
    ${audit?.state === "done" && html`<${Grid} rights=${rights} findings=${findings} />`}
    ${findings.length > 0 && html`<${Findings} audit=${audit} findings=${findings} asked=${setAsked} />`}
    ${audit && html`<${Outcome} audit=${audit} asked=${asked} />`}
  `;
}

const none = { value: [] };

/** Whether what was asked to be put right is under way still. */
const isPending = (audit: Audit, asked: Asking | undefined) =>
  asked !== undefined && asked.started.length > 0 && !(audit.remediations ?? []).some(({ id }) => id === asked.id);

function Grid({ rights, findings }: { readonly rights: Rights; readonly findings: readonly Finding[] }) {
  const { columns, rows } = matrixOf(rights, findings);
  if (rows.length === 0) return html`<${Empty}>There was no template to audit.<//>`;
  return html`
    <div class="scroll card" tabindex="0" role="region" aria-label="Templates and their rights">
      <table class="matrix">
        <caption class="unseen">Templates and the rights they need; drift is marked</caption>
        <thead><tr><th scope="col">Template</th>${columns.map((column) => html`<th scope="col" title=${column}>${plainRole(column)}</th>`)}</tr></thead>
        <tbody>${rows.map(
          ({ templateId, cells }) =>
            html`<tr><th scope="row" title=${templateId}>${nameOf(templateId)}<small>${shortId(templateId).split("/")[0]}</small></th>${cells.map((cell) => html`<${Square} cell=${cell} />`)}</tr>`,
        )}</tbody>
      </table>
    </div>
    <p class="legend"><span class="held">✓ stands</span><span class="drift">● drift</span><span class="none">· not needed</span></p>
  `;
}

/** Without the name of the deployment, which is the same in all of them. */
const plainRole = (role: string) => role.replace(/^Goldsmith /, "").replace(/ \([^)]*\)$/, "");

function Square({ cell }: { readonly cell: Cell | undefined }) {
  if (!cell) return html`<td class="none"><span aria-hidden="true">·</span><span class="unseen">not needed</span></td>`;
  const drift = cell.findings.length > 0 || cell.missing > 0;
  if (!drift) return html`<td class="held"><span aria-hidden="true">✓</span><span class="unseen">stands</span></td>`;
  const kinds = [...new Set(cell.findings.map(({ kind }) => kindWords[kind]))].join(", ") || "missing";
  const [first] = cell.findings;
  return html`<td class="drift">${first ? html`<button type="button" onClick=${() => show(first.id)}>${kinds}</button>` : kinds}</td>`;
}

/** An anchor would be a route here. */
function show(findingId: string): void {
  const box = document.getElementById(findingId);
  box?.scrollIntoView({ block: "center" });
  box?.focus();
}

const kindWords: Readonly<Record<Finding["kind"], string>> = {
  missing: "missing",
  excess: "too much",
  wider: "too wide",
  orphaned: "orphaned",
  roleEdited: "role edited",
  servicePrincipal: "old principal",
  ledgerDiffers: "taken away",
  networkDrift: "drifted",
  leftOver: "left over",
};

interface ToFix {
  readonly audit: Audit;
  readonly findings: readonly Finding[];
  readonly asked: (answer: Asking) => void;
}

function Findings({ audit, findings, asked }: ToFix) {
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const toggle = (id: string) => setChosen(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id]);
  const fix = async (key: string | undefined) => {
    const body = { findings: [...chosen] };
    asked(await ask("POST audits/{id}/remediation", { params: { id: audit.id }, body }, { key }));
    setChosen([]);
  };
  const all = chosen.length === findings.length;
  return html`
    <section aria-labelledby="findings">
      <div class="head">
        <h2 id="findings">Findings</h2>
        <button type="button" onClick=${() => setChosen(all ? [] : findings.map(({ id }) => id))}>${all ? "Choose none" : "Choose all"}</button>
        <${Confirmed} label=${`Put right${chosen.length > 0 ? ` (${chosen.length})` : ""}`} disabled=${chosen.length === 0} approver
          verb="Put right" title=${`Put ${counted(chosen.length, "finding")} right?`} act=${fix}>
          <ul class="changes">${findings.filter(({ id }) => chosen.includes(id)).map(({ title }) => html`<li>${title}</li>`)}</ul>
          <p class="quiet">Only inside the fence, and only what is still so. What Goldsmith may not do comes out as commands.</p>
        <//>
      </div>
      <ul class="needs">${findings.map(
        (finding) => html`<li class="missing">
          <input type="checkbox" id=${finding.id} checked=${chosen.includes(finding.id)} onChange=${() => toggle(finding.id)} />
          <div>
            <p><label for=${finding.id}><b>${finding.title}</b></label> <span class="state waits">${kindWords[finding.kind]}</span></p>
            ${finding.scope && html`<p>at <${Id} id=${finding.scope} /></p>`}
            <p class="quiet">Known since <${Time} at=${finding.firstSeen} />. ${finding.fix.join(" ").replace(/\/subscriptions\/[^\s,;]+/g, shortId)}</p>
          </div>
        </li>`,
      )}</ul>
    </section>
  `;
}

/** What became of it, and what somebody else has to do. */
function Outcome({ audit, asked }: { readonly audit: Audit; readonly asked: Asking | undefined }) {
  const done = audit.remediations ?? [];
  const waiting = isPending(audit, asked);
  const titles = new Map((audit.findings ?? []).map(({ id, title }) => [id, title]));
  if (!waiting && done.length === 0 && !asked) return null;
  return html`
    <section aria-labelledby="fixed" aria-live="polite">
      <h2 id="fixed">Put right</h2>
      ${waiting && asked && html`<${Empty}>${counted(asked.started.length, "finding")} being put right…<//>`}
      ${done.map(
        ({ id, at, lines }) =>
          html`<div key=${id}><p class="quiet"><${Time} at=${at} /></p><ul class="plain">${lines.map(
            ({
              findingId,
              outcome,
              problem,
              command,
            }) => html`<li><span class="state ${outcome === "refused" ? "bad" : "good"}">${wordsOf(outcome)}</span> ${titles.get(findingId) ?? findingId}
            ${problem && html`<${Trouble} problem=${problem} calm />`}${command && html`<${Command} command=${command} />`}</li>`,
          )}</ul></div>`,
      )}
      ${
        asked &&
        asked.commands.length > 0 &&
        html`<h3>For somebody who may</h3>${asked.commands.map(({ command, because }) => html`<${Command} command=${command} />${because && html`<${Trouble} problem=${because} calm />`}`)}`
      }
    </section>
  `;
}

const Command = ({ command }: { readonly command: string }) =>
  html`<pre class="log" tabindex="0" role="region" aria-label="Command">${command}</pre>`;
