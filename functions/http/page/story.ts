import { shortId } from "../../../shared/decide/armId.ts";
import type { Answer } from "../contract.ts";
import { html } from "./html.ts";
import { Trouble } from "./parts.ts";
import { clockOf, counted, exactly, wordsOf } from "./words.ts";

type Told = Pick<Answer<"GET builds/{id}">, "createdAt" | "timeline">;
type Entry = Told["timeline"][number];
type Request = NonNullable<Entry["requests"]>[number];

/** What happened, line by line, with every request that was made to Azure. */
export const Story = ({ build }: { readonly build: Told }) => html`
  <ol class="story">${folded(build.timeline.filter(worthTelling)).map((entry) => html`<${Line} entry=${entry} since=${Date.parse(build.createdAt)} />`)}</ol>
`;

const worthTelling = ({ detail, problem, requests }: Entry) => Boolean(detail ?? problem ?? requests?.length);

/** The same work several times over, of which nothing is told, is one line with all its requests. */
function folded(timeline: readonly Entry[]): readonly Entry[] {
  const lines: Entry[] = [];
  for (const entry of timeline) {
    const last = lines.at(-1);
    if (last && isQuiet(last) && isQuiet(entry) && last.what === entry.what)
      lines[lines.length - 1] = { ...last, requests: [...(last.requests ?? []), ...(entry.requests ?? [])] };
    else lines.push(entry);
  }
  return lines;
}

const isQuiet = ({ detail, problem }: Entry) => detail === undefined && problem === undefined;

function Line({ entry, since }: { readonly entry: Entry; readonly since: number }) {
  const { at, what, detail, problem, requests = [] } = entry;
  const said = (detail ?? "").replace(/\/subscriptions\/[^\s,;]+/g, shortId);
  return html`
    <li>
      <time datetime=${at} title=${exactly(at)}>${clockOf(Date.parse(at) - since)}</time>
      <p class=${said ? "" : "quiet"}>${said || wordsOf(what)}</p>
      ${requests.length > 0 && html`<details><summary>${counted(requests.length, "request")}</summary><${Requests} requests=${requests} /></details>`}
      ${problem && html`<${Trouble} problem=${problem} calm />`}
    </li>
  `;
}

const Requests = ({ requests }: { readonly requests: readonly Request[] }) => html`
  <div class="scroll" tabindex="0" role="region" aria-label="Requests">
    <table class="requests-table">
      <thead><tr><th scope="col">Method</th><th scope="col">Status</th><th scope="col">ms</th><th scope="col">Path</th><th scope="col">Correlation</th></tr></thead>
      <tbody>${requests.map(
        ({ method, status, ms, path, correlationId }) => html`<tr>
          <td>${method}</td><td class=${status >= 500 || status === 403 || status === 429 ? "bad" : ""}>${status}</td><td>${Math.round(ms)}</td>
          <td class="id" title=${path}>${shortId(path)}</td><td class="id">${correlationId ?? ""}</td></tr>`,
      )}</tbody>
    </table>
  </div>
`;
