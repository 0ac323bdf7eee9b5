import { useState } from "preact/hooks";
import type { Verification } from "../../../shared/verification.ts";
import type { Answer } from "../contract.ts";
import { ask } from "./api.ts";
import { useLoaded } from "./hooks.ts";
import { html } from "./html.ts";
import { Confirmed, Empty, Id, Time, Trouble } from "./parts.ts";
import { Story } from "./story.ts";
import { counted, lasting, nameOf, wordsOf } from "./words.ts";

type Machine = Verification["machines"][number];
type Proof = Answer<"GET verifications/{id}">;
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

const State = ({ one }: { readonly one: Pick<Verification, "state"> }) =>
  html`<span class="state ${toneOf(one.state)}">${wordsOf(one.state)}</span>`;

/** `gold/ubuntu-2404 0.0.3`, whatever way the image was named. */
function imageWords({ image, versionId }: Pick<Verification, "image" | "versionId">): string {
  const parts = (versionId ?? image.id).split("/");
  const after = (type: string) => parts[parts.findIndex((part) => part.toLowerCase() === type) + 1] ?? "";
  return `${after("images")} ${parts.some((part) => part.toLowerCase() === "versions") ? after("versions") : "latest"}`;
}

/** All verifications of images, newest first. */
export function ProofsView() {
  const { value, problem } = useLoaded(
    (signal) => ask("GET verifications", {}, { signal }),
    [],
    (all) => (all.value.some(({ endedAt, open }) => !endedAt || open) ? everyMs : undefined),
  );
  return html`
    <div class="head"><h1 tabindex="-1">Proofs</h1></div>
    <p class="lead">Images that were booted as a consumer would, checked, and taken down again.</p>
    ${problem && html`<${Trouble} problem=${problem} />`}
    ${!value && !problem && html`<${Empty}>Reading…<//>`}
    ${value && value.value.length === 0 && html`<${Empty}>No image was verified yet. <code>goldsmith build TEMPLATE --verify</code> proves what it publishes; <code>goldsmith verify IMAGE</code> what is there already.<//>`}
    ${
      value &&
      value.value.length > 0 &&
      html`<ul class="rows" aria-label="Proofs">${value.value.map(
        (one) => html`<li key=${one.id}><a href=${`#/proofs/${encodeURIComponent(one.id)}`}>
          <span class="name"><b>${imageWords(one)}</b><small>profile ${one.profile}</small></span>
          <${State} one=${one} />
          <span class="bar result">${one.problem?.title ?? seenWords(one)}</span>
          <span class="when"><${Time} at=${one.createdAt} />${one.endedAt && html`<small>${lasting(Date.parse(one.endedAt) - Date.parse(one.createdAt))}</small>`}</span>
        </a></li>`,
      )}</ul>`
    }
  `;
}

/** `2 machines, 4 of 4 scripts passed`. */
function seenWords({ machines }: Pick<Verification, "machines">): string {
  const scripts = machines.flatMap((machine) => machine.scripts ?? []);
  const passed = scripts.filter((script) => script.passed).length;
  return `${counted(machines.length, "machine")}${scripts.length > 0 ? `, ${passed} of ${counted(scripts.length, "script")} passed` : ""}`;
}

/** One verification: which version and why, what was seen of every machine, the proof. */
export function ProofView({ id }: { readonly id: string }) {
  const { value: one, problem } = useLoaded(
    (signal) => ask("GET verifications/{id}", { params: { id } }, { signal }),
    [id],
    ({ endedAt, open }) => (endedAt && !open ? undefined : everyMs),
  );
  if (!one)
    return html`<h1 tabindex="-1">Proof</h1>${problem ? html`<${Trouble} problem=${problem} />` : html`<${Empty}>Reading…<//>`}`;
  const cancel = async () => void (await ask("POST verifications/{id}/cancel", { params: { id } }));
  const took = (one.endedAt ? Date.parse(one.endedAt) : Date.now()) - Date.parse(one.createdAt);
  return html`
    <p class="crumbs"><a href="#/proofs">Proofs</a></p>
    <div class="head">
      <h1 tabindex="-1">${imageWords(one)}</h1>
      <span aria-live="polite"><${State} one=${one} /></span>
      ${one.buildId && html`<a class="button" href=${`#/builds/${encodeURIComponent(one.buildId)}`}>Its build</a>`}
      ${!one.endedAt && html`<${Confirmed} label="Cancel" verb="Cancel this verification" dangerous title="Cancel this verification?" act=${cancel}><p>What it made is removed.</p><//>`}
    </div>
    ${problem && html`<${Trouble} problem=${problem} />`}
    ${one.problem && html`<${Trouble} problem=${one.problem} calm />`}
    <dl class="facts">
      <div><dt>Started</dt><dd><${Time} at=${one.createdAt} /> <span class="quiet">${one.who}</span></dd></div>
      <div><dt>${one.endedAt ? "Took" : "So far"}</dt><dd>${lasting(took)}</dd></div>
      <div><dt>Profile</dt><dd>${one.profile}${one.gate && html`<span class="quiet">, lets latest mean it</span>`}</dd></div>
      <div><dt>Left behind</dt><dd>${one.open ? "being removed" : "nothing"}</dd></div>
      <div class="wide"><dt>Version</dt><dd><${Id} id=${one.versionId ?? one.image.id} />${one.resolution && html` <span class="quiet">${one.resolution}</span>`}</dd></div>
      ${one.proof && html`<div class="wide"><dt>Proof</dt><dd><code>${one.proof.hash}</code></dd></div>`}
    </dl>
    ${one.machines.map((machine) => html`<${Seen} machine=${machine} told=${one.problem?.title} since=${Date.parse(one.createdAt)} console=${one.consoles?.find((log) => log.machine === machine.index)?.text} />`)}
    ${one.use && one.state === "proven" && html`<${Use} use=${one.use} />`}
    ${!one.buildId && html`<section aria-labelledby="story"><h2 id="story">Story</h2><${Story} build=${one} /></section>`}
  `;
}

interface Look {
  readonly machine: Machine;
  /** When the verification began, in ms. */
  readonly since: number;
  /** What was told already, above all machines. */
  readonly told: string | undefined;
  /** The serial console, kept where it failed. */
  readonly console?: string;
}

const Seen = ({ machine, since, told, console }: Look) => html`
  <section aria-labelledby=${`machine-${machine.index}`}>
    <div class="head">
      <h2 id=${`machine-${machine.index}`}>${nameOf(machine.vmId)}</h2>
      <span class="quiet">${[machine.region, machine.size, machine.securityType, machine.agentVersion && `agent ${machine.agentVersion}`].filter(Boolean).join(" · ")}</span>
    </div>
    ${machine.problem && machine.problem.title !== told && html`<${Trouble} problem=${machine.problem} calm />`}
    <ul class="checks">
      <li><${Passed} passed=${machine.bootedAt !== undefined} over=${machine.problem !== undefined} /> <b>boot</b> <span class="quiet">${machine.bootedAt ? `agent ready ${lasting(Date.parse(machine.bootedAt) - since)} after the start` : "not seen ready"}</span></li>
      ${(machine.scripts ?? []).map((script) => html`<${Ran} script=${script} />`)}
    </ul>
    ${console && html`<details><summary>Serial console</summary><pre class="log" tabindex="0" role="region" aria-label="Serial console">${console}</pre></details>`}
  </section>
`;

const Passed = ({ passed, over = true }: { readonly passed: boolean; readonly over?: boolean }) =>
  html`<span class="state ${passed ? "good" : over ? "bad" : "busy"}">${passed ? "passed" : over ? "failed" : "waited for"}</span>`;

const Ran = ({ script }: { readonly script: Script }) => html`
  <li>
    <${Passed} passed=${script.passed} /> <b>${script.name}</b> <span class="quiet">${script.why ?? `exit ${script.exitCode}`}</span>
    ${script.output && html`<pre class="log" tabindex="0" role="region" aria-label=${`Output of ${script.name}`}>${script.output}</pre>`}
  </li>
`;

const ways = { cli: "Azure CLI", powershell: "PowerShell", rest: "REST", portal: "Portal" } as const;

/** How a consumer makes a machine like the one that was proven. */
function Use({ use }: { readonly use: NonNullable<Proof["use"]> }) {
  const [way, setWay] = useState<keyof typeof ways>("cli");
  const names = Object.keys(ways) as (keyof typeof ways)[];
  return html`
    <section aria-labelledby="use">
      <div class="head">
        <h2 id="use">Make a machine like it</h2>
        <label class="inline">By
          <select onChange=${(event: Event) => setWay((event.target as HTMLSelectElement).value as typeof way)}>${names.map((name) => html`<option value=${name}>${ways[name]}</option>`)}</select>
        </label>
      </div>
      <pre class="log" tabindex="0" role="region" aria-label=${`By ${ways[way]}`}>${use[way]}</pre>
    </section>
  `;
}
