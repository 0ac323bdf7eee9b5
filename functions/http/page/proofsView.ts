import { useState } from "preact/hooks";
import type { Verification } from "../../../shared/verification.ts";
import { type ShownProblem, send, shown } from "./api.ts";
import { goTo } from "./go.ts";
import { pause, useLoaded, useWhileOpen } from "./hooks.ts";
import { html } from "./html.ts";
import { Confirmed, Empty, Id, Time, Trouble } from "./parts.ts";
import { counted, lasting, nameOf, wordsOf } from "./words.ts";

type Machine = Verification["machines"][number];
type Script = NonNullable<Machine["scripts"]>[number];

const everyMs = 3_000;

const toneOf = (state: Verification["state"]) =>
  state === "proven"
    ? "good"
    : state === "cancelled"
      ? "quiet"
      : ["failed", "refused", "timedOut"].includes(state)
        ? "bad"
        : "busy";

const State = ({ one }: { readonly one: Verification }) =>
  html`<span class="state ${toneOf(one.state)}">${wordsOf(one.state)}</span>`;

/** `gold/ubuntu-2404 0.0.3`, whatever way the image was named. */
function imageWords({ image, versionId }: Verification): string {
  const parts = (versionId ?? image.id).split("/");
  const after = (type: string) => parts[parts.findIndex((part) => part.toLowerCase() === type) + 1] ?? "";
  return `${after("images")} ${parts.some((part) => part.toLowerCase() === "versions") ? after("versions") : "latest"}`;
}

/** All verifications of images, newest first. */
export function ProofsView() {
  const { value, problem } = useLoaded(
    async (signal) =>
      (await (await send("GET verifications", {}, { signal })).json()) as { readonly value: readonly Verification[] },
    [],
  );
  return html`
    <div class="head"><h1 tabindex="-1">Proofs</h1></div>
    <p class="lead">Images that were booted as a consumer would, checked, and taken down again.</p>
    ${problem && html`<${Trouble} problem=${problem} />`}
    ${!value && !problem && html`<${Empty}>Reading…<//>`}
    ${value && value.value.length === 0 && html`<${Empty}>No image was verified yet. A build with “verify”, or POST /api/verifications, begins one.<//>`}
    ${
      value &&
      value.value.length > 0 &&
      html`<ul class="builds" aria-label="Proofs">${value.value.map(
        (one) => html`<li key=${one.id}><a href=${`#/proofs/${encodeURIComponent(one.id)}`}>
          <span class="name"><b>${imageWords(one)}</b><small>profile ${one.profile}</small></span>
          <${State} one=${one} />
          <span class="bar result">${one.problem?.title ?? counted(one.machines.length, "machine")}</span>
          <span class="when"><${Time} at=${one.createdAt} />${one.endedAt && html`<small>${lasting(Date.parse(one.endedAt) - Date.parse(one.createdAt))}</small>`}</span>
        </a></li>`,
      )}</ul>`
    }
  `;
}

/** One verification: which version and why, what was seen of every machine, the proof. */
export function ProofView({ id }: { readonly id: string }) {
  const [one, setOne] = useState<Verification>();
  const [problem, setProblem] = useState<ShownProblem>();
  useWhileOpen(
    async (signal) => {
      for (;;) {
        try {
          const seen = (await (
            await send("GET verifications/{id}", { params: { id } }, { signal })
          ).json()) as Verification;
          setOne(seen);
          setProblem(undefined);
          if (seen.endedAt && !seen.open) return;
        } catch (error) {
          if (signal.aborted) return;
          setProblem(shown(error));
        }
        await pause(everyMs, signal);
        if (signal.aborted) return;
      }
    },
    [id],
  );
  if (!one)
    return html`<h1 tabindex="-1">Proof</h1>${problem ? html`<${Trouble} problem=${problem} />` : html`<${Empty}>Reading…<//>`}`;
  const cancel = async () => void (await send("POST verifications/{id}/cancel", { params: { id } }));
  return html`
    <p class="crumbs"><a href="#/proofs">Proofs</a></p>
    <div class="head">
      <h1 tabindex="-1">${imageWords(one)}</h1>
      <span aria-live="polite"><${State} one=${one} /></span>
      ${one.buildId && html`<button type="button" onClick=${() => goTo("builds", one.buildId ?? "")}>Its build</button>`}
      ${!one.endedAt && html`<${Confirmed} label="Cancel" verb="Cancel this verification" dangerous title="Cancel this verification?" act=${cancel}><p>What it made is removed.</p><//>`}
    </div>
    ${problem && html`<${Trouble} problem=${problem} />`}
    ${one.problem && html`<${Trouble} problem=${one.problem} calm />`}
    <dl class="facts">
      <div class="wide"><dt>Version</dt><dd><${Id} id=${one.versionId ?? one.image.id} /> <span class="quiet">${one.resolution}</span></dd></div>
      <div><dt>Started</dt><dd><${Time} at=${one.createdAt} /></dd></div>
      <div><dt>Profile</dt><dd>${one.profile}${one.gate && ", opens the gate"}</dd></div>
      <div><dt>Left behind</dt><dd>${one.open ? "being removed" : "nothing"}</dd></div>
      ${one.proof && html`<div class="wide"><dt>Proof</dt><dd><code>${one.proof.hash}</code></dd></div>`}
    </dl>
    ${one.machines.map((machine) => html`<${Seen} machine=${machine} since=${Date.parse(one.createdAt)} />`)}
  `;
}

const Seen = ({ machine, since }: { readonly machine: Machine; readonly since: number }) => html`
  <section aria-labelledby=${`machine-${machine.index}`}>
    <h2 id=${`machine-${machine.index}`}>${nameOf(machine.vmId)}</h2>
    <p class="quiet">${[machine.region, machine.size, machine.securityType, machine.agentVersion && `agent ${machine.agentVersion}`].filter(Boolean).join(", ")}</p>
    <p>${machine.bootedAt ? `Booted, agent ready after ${lasting(Date.parse(machine.bootedAt) - since)}.` : "Not booted yet."}</p>
    ${machine.problem && html`<${Trouble} problem=${machine.problem} calm />`}
    ${(machine.scripts ?? []).map((script) => html`<${Ran} script=${script} />`)}
  </section>
`;

const Ran = ({ script }: { readonly script: Script }) => html`
  <details>
    <summary><span class="state ${script.passed ? "good" : "bad"}">${script.passed ? "passed" : "failed"}</span> ${script.name}, exit ${script.exitCode} ${script.why}</summary>
    <pre class="log" tabindex="0" role="region" aria-label=${`Output of ${script.name}`}>${script.output}</pre>
  </details>
`;
