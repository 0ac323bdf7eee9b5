import { useState } from "preact/hooks";
import { activeStates, type BuildState, finalStates, isAtWork, isFinal } from "../../../shared/build.ts";
import { shortId } from "../../../shared/decide/armId.ts";
import type { Answer } from "../contract.ts";
import { ask, type ShownProblem, send, shown } from "./api.ts";
import { pause, useClock, useOlder, useWhileOpen } from "./hooks.ts";
import { html } from "./html.ts";
import { Empty, State, Time, Trouble } from "./parts.ts";
import { lasted, nameOf, nowFor, wordsOf } from "./words.ts";

type Page = Answer<"GET builds">;
type Build = Page["value"][number];

const limit = 30;

/** All builds, newest first, as they come and go. */
export function BuildsView() {
  const [state, setState] = useState<BuildState | "">("");
  return html`
    <div class="head">
      <h1 tabindex="-1">Builds</h1>
      <label class="inline">State
        <select value=${state} onChange=${(event: Event) => setState((event.target as HTMLSelectElement).value as BuildState | "")}>
          <option value="">all</option>
          ${[...activeStates, ...finalStates].map((one) => html`<option value=${one}>${wordsOf(one)}</option>`)}
        </select>
      </label>
      <a class="button primary" href="#/plan">Plan a build</a>
    </div>
    <${List} key=${state} state=${state} />
  `;
}

function List({ state }: { readonly state: BuildState | "" }) {
  const { page, problem } = useNewest(state);
  useClock(
    1_000,
    (page?.value ?? []).some((build) => !isFinal(build.state)),
  );
  const { all, older } = useOlder(page, (cursor) => ask("GET builds", { query: { limit, state, cursor } }));
  return html`
    ${problem && html`<${Trouble} problem=${problem} />`}
    ${!page && !problem && html`<${Empty}>Reading…<//>`}
    ${page && all.length === 0 && html`<${Empty}>${state ? `No build is ${wordsOf(state)}.` : "No build yet. One begins when a template is written in Azure, or when you plan one here."}<//>`}
    ${all.length > 0 && html`<ul class="rows" aria-label="Builds">${all.map((build) => html`<${Row} key=${build.id} build=${build} />`)}</ul>`}
    ${older && html`<button type="button" onClick=${older}>Older builds</button>`}
  `;
}

/** The first page, anew whenever something in it changes: the app is asked to answer only then. */
function useNewest(state: BuildState | ""): { readonly page?: Page; readonly problem?: ShownProblem } {
  const [seen, setSeen] = useState<{ readonly page?: Page; readonly problem?: ShownProblem }>({});
  useWhileOpen(
    async (signal) => {
      let etag: string | undefined;
      while (!signal.aborted) {
        try {
          const headers = etag ? { prefer: "wait=25", "if-none-match": etag } : {};
          const response = await send("GET builds", { query: { limit, state } }, { signal, headers });
          etag = response.headers.get("etag") ?? undefined;
          const page = response.status === 304 ? undefined : ((await response.json()) as Page);
          setSeen((last) => (page ? { page } : last.page ? { page: last.page } : {}));
        } catch (error) {
          if (signal.aborted) return;
          setSeen((last) => ({ ...last, problem: shown(error) }));
          await pause(3_000, signal);
        }
      }
    },
    [state],
  );
  return seen;
}

const Row = ({ build }: { readonly build: Build }) => html`
  <li>
    <a href=${`#/builds/${encodeURIComponent(build.id)}`}>
      <span class="name"><b>${nameOf(build.templateId)}</b><small title=${build.templateId}>${shortId(build.templateId).split("/")[0]}</small></span>
      <${State} build=${build} />
      <${Bar} build=${build} />
      <span class="when"><${Time} at=${build.createdAt} /><small>${lasted(build)}, ${startedBy(build)}</small></span>
    </a>
  </li>
`;

/** Who started a build. */
export const startedBy = ({ origin }: Pick<Build, "origin">): string =>
  ({ http: "asked for", event: "by its template", timer: "found by the timer" })[origin.kind];

/** What came of a build, in one line. */
const resultOf = ({ artifacts = [], problem }: Build): string =>
  problem?.title ?? artifacts.map(({ id }) => id.split("/").slice(-3).join("/")).join(", ");

/** How far a running build is, or what came of it. */
export function Bar({ build }: { readonly build: Build }) {
  const percent = build.progress?.percent;
  if (!isAtWork(build.state)) return html`<span class="bar result">${resultOf(build)}</span>`;
  if (percent === undefined) return html`<span class="bar none"></span>`;
  const left = build.progress?.expectedEnd ? Date.parse(build.progress.expectedEnd) - nowFor(build) : 0;
  return html`
    <span class="bar">
      <progress max="100" value=${percent} aria-label="Progress">${percent} %</progress>
      <small>${percent} %${left > 0 && ` · about ${Math.ceil(left / 60_000)} min left`}</small>
    </span>
  `;
}
