import { useState } from "preact/hooks";
import { isAtWork, isFinal } from "../../../shared/build.ts";
import type { Answer, Asked } from "../contract.ts";
import { ask, type ShownProblem, send, shown } from "./api.ts";
import { Bar, startedBy } from "./buildsView.ts";
import { Decide } from "./decide.ts";
import { goTo } from "./go.ts";
import { useWhileOpen } from "./hooks.ts";
import { html } from "./html.ts";
import { Log } from "./log.ts";
import { Confirmed, Empty, Id, State, Time, Told, Trouble } from "./parts.ts";
import { inShort, PlanParts } from "./planParts.ts";
import { Story } from "./story.ts";
import { events } from "./stream.ts";
import { Timeline } from "./timeline.ts";
import { eventWords, lasted, nameOf, wordsOf } from "./words.ts";

type BuildView = Answer<"GET builds/{id}">;

/** Looks after the end until everybody was told. */
const lastLooks = 6;

/** One build, live: its picture, its story, its plan, its log. */
export function BuildView({ id }: { readonly id: string }) {
  const { build, problem } = useBuild(id);
  if (!build)
    return html`<h1 tabindex="-1">Build</h1>${problem ? html`<${Trouble} problem=${problem} />` : html`<${Empty}>Reading…<//>`}`;
  return html`
    <p class="crumbs"><a href="#/builds">Builds</a></p>
    <div class="head">
      <h1 tabindex="-1">${nameOf(build.templateId)}</h1>
      <span aria-live="polite"><${State} build=${build} /></span>
      <div class="actions"><${Actions} build=${build} /></div>
    </div>
    ${problem && html`<${Trouble} problem=${problem} />`}
    ${build.state === "awaitingApproval" && html`<${Waiting} build=${build} />`}
    ${isAtWork(build.state) && html`<${Bar} build=${build} />`}
    ${build.problem && html`<${Trouble} problem=${build.problem} calm />`}
    <${Summary} build=${build} />
    <section aria-labelledby="timeline"><h2 id="timeline">Timeline</h2><${Timeline} build=${build} /></section>
    <section aria-labelledby="log"><h2 id="log">Log</h2><${Log} id=${build.id} over=${isFinal(build.state)} /></section>
    ${build.plan && html`<section aria-labelledby="plan"><h2 id="plan">Plan</h2><details><summary>${inShort(build.plan)}</summary><${PlanParts} plan=${build.plan} /></details></section>`}
    <section aria-labelledby="story"><h2 id="story">Story</h2><${Story} build=${build} /></section>
    ${
      build.deliveries.length > 0 &&
      html`<section aria-labelledby="told"><h2 id="told">Who was told</h2><ul class="plain">${build.deliveries.map(
        ({ target, event, state, attempts, detail }) =>
          html`<li><b>${target}</b> <${Told} state=${state} /> <span class="quiet">${eventWords(event)}${attempts > 1 && `, ${attempts} attempts`} ${detail}</span></li>`,
      )}</ul></section>`
    }
  `;
}

/** Reads a build and follows it: every event is news to look again for. */
function useBuild(id: string): { readonly build?: BuildView; readonly problem?: ShownProblem } {
  const [build, setBuild] = useState<BuildView>();
  const [problem, setProblem] = useState<ShownProblem>();
  useWhileOpen(
    async (signal) => {
      setBuild(undefined);
      const look = async () => {
        const seen = await ask("GET builds/{id}", { params: { id } }, { signal });
        setBuild(seen);
        return seen;
      };
      try {
        const first = await look();
        for await (const _ of events(id, first.timeline.length, signal)) await look();
        await untilTold(id, setBuild, signal);
      } catch (error) {
        if (!signal.aborted) setProblem(shown(error));
      }
    },
    [id],
  );
  return { ...(build ? { build } : {}), ...(problem ? { problem } : {}) };
}

async function untilTold(id: string, show: (build: BuildView) => void, signal: AbortSignal): Promise<void> {
  let etag = "";
  for (let look = 0; look < lastLooks; look++) {
    const headers = etag ? { prefer: "wait=20", "if-none-match": etag } : {};
    const response = await send("GET builds/{id}", { params: { id } }, { signal, headers });
    if (response.status !== 200) continue;
    etag = response.headers.get("etag") ?? "";
    const build = (await response.json()) as BuildView;
    show(build);
    if (build.deliveries.every(({ state }) => state !== "pending")) return;
  }
}

function Actions({ build }: { readonly build: BuildView }) {
  const params = { id: build.id };
  if (!isFinal(build.state))
    return html`<${Confirmed} label="Cancel" verb="Cancel this build" dangerous title="Cancel this build?" disabled=${build.state === "cancelling"}
      act=${async () => void (await ask("POST builds/{id}/cancel", { params }))}>
      <p>The run of <b>${nameOf(build.templateId)}</b> is asked to end. Rights and network changes it made stand as the settings say.</p>
    <//>`;
  if (build.state === "succeeded")
    return html`<a class="button" href=${`#/plan/${encodeURIComponent(build.templateId)}`}>Plan again</a>`;
  return html`<${Confirmed} label="Try again" verb="Build again" title="Build this again?"
    act=${async () => goTo("builds", (await ask("POST builds/{id}/retry", { params })).id)}>
    <p>What stands already (rights, network, template) is found and not done again.</p>
  <//>`;
}

/** What was built waits for somebody who is not who asked for it. */
function Waiting({ build }: { readonly build: BuildView }) {
  const { id, templateId, approval } = build;
  const say = async (said: Asked<"POST builds/{id}/approvals">["body"], key: string | undefined) =>
    void (await ask("POST builds/{id}/approvals", { params: { id }, body: said }, { key }));
  return html`
    <section class="asks" aria-labelledby="waiting">
      <h2 id="waiting">Waiting for an approver</h2>
      <div class="lines">
        <p>What was built stays out of <code>latest</code> until an approver agrees${approval?.decideBy && html`, by <${Time} at=${approval.decideBy} /> at the latest`}.</p>
        <${Decide} what=${nameOf(templateId)} yes="From then on latest may mean what this build published." no="What this build published stays out of latest, and the build has failed." say=${say} />
      </div>
    </section>
  `;
}

const Decided = ({
  decision,
}: {
  readonly decision: NonNullable<NonNullable<BuildView["approval"]>["decision"]>;
}) => html`
  <div class="wide"><dt>Approval</dt><dd>${decision.kind}${decision.who && ` by ${decision.who}`}, <${Time} at=${decision.at} />${decision.reason && html` <span class="quiet">“${decision.reason}”</span>`}</dd></div>
`;

const Summary = ({ build }: { readonly build: BuildView }) => html`
  <dl class="facts">
    <div><dt>Started</dt><dd><${Time} at=${build.createdAt} /> <span class="quiet">${build.origin.who ?? startedBy(build)}</span></dd></div>
    <div><dt>${isFinal(build.state) ? "Took" : "So far"}</dt><dd>${lasted(build)}</dd></div>
    <div><dt>Build</dt><dd class="id">${build.id}</dd></div>
    ${build.cost && html`<div><dt>Cost</dt><dd title=${`Prices of ${build.cost.pricesOf}`}>about ${build.cost.build.toFixed(2)} ${build.cost.currency}${build.cost.month > 0 && html`<span class="quiet">, then ${build.cost.month.toFixed(2)} a month</span>`}</dd></div>`}
    ${build.approval?.decision && html`<${Decided} decision=${build.approval.decision} />`}
    <div class="wide"><dt>Template</dt><dd><${Id} id=${build.templateId} /></dd></div>
    ${(build.artifacts ?? []).map(
      ({
        id,
        regions = [],
        runOutputName,
        verification,
      }) => html`<div class="wide"><dt>Image (${runOutputName})</dt><dd><${Id} id=${id} />
        ${verification && html` <a href=${`#/proofs/${encodeURIComponent(verification.id)}`}>${wordsOf(verification.state)}</a>`}
        ${regions.length > 0 && html`<span class="quiet"> ${regions.map(({ name, state, progress }) => `${name} ${state.toLowerCase()}${progress < 100 ? ` ${progress} %` : ""}`).join(", ")}</span>`}</dd></div>`,
    )}
  </dl>
`;
