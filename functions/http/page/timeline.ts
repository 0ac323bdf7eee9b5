import type { Answer } from "../contract.ts";
import { useClock, useWidth } from "./hooks.ts";
import { html } from "./html.ts";
import { type Mark, type Picture, pictureOf, type Span, spanWords, ticksOf } from "./picture.ts";
import { counted, lasting, nowFor } from "./words.ts";

type BuildView = Answer<"GET builds/{id}">;

const lane = { stages: 34, changes: 88, requests: 128 };
const height = 172;
const stageHeight = 26;
const tallest = 30;

/** The build as a picture: its stages and waits, the changes made, the requests to Azure; and the same in words below. */
export function Timeline({ build }: { readonly build: BuildView }) {
  const running = build.endedAt === undefined;
  useClock(1_000, running);
  const { ref, width } = useWidth();
  const picture = pictureOf(build, nowFor(build));
  const x = (at: number) => ((at - picture.from) / (picture.to - picture.from)) * (width - 2) + 1;
  return html`
    <figure class="timeline" ref=${ref}>
      <svg width=${width} height=${height} viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="picture">
        <title id="picture">${inWords(picture)}</title>
        <defs>
          <pattern id="waiting" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <rect width="7" height="7" class="wait-ground" /><rect width="2.5" height="7" class="wait-line" />
          </pattern>
        </defs>
        ${ticksOf(picture.to - picture.from, Math.max(2, width / 110)).map((ms) => html`<${Tick} x=${x(picture.from + ms)} ms=${ms} width=${width} />`)}
        <${Lane} y=${lane.stages} words="Stages and waits" />
        ${picture.spans.map((span) => html`<${Stretch} span=${span} x=${x(span.from)} width=${x(span.to) - x(span.from)} />`)}
        ${running && html`<circle class="now" cx=${width - 5} cy=${lane.stages + stageHeight / 2} r="4" />`}
        <${Lane} y=${lane.changes} words="Changes made" />
        ${picture.changes.map((mark) => html`<${Change} mark=${mark} x=${x(mark.at)} />`)}
        <${Lane} y=${lane.requests} words="Requests to Azure" />
        ${picture.requests.map((mark) => html`<${Requests} mark=${mark} x=${x(mark.at)} />`)}
      </svg>
      <figcaption><ol class="stretches">${picture.spans.map((span) => html`<${InWords} span=${span} />`)}</ol></figcaption>
    </figure>
  `;
}

const Tick = ({ x, ms, width }: { readonly x: number; readonly ms: number; readonly width: number }) => html`
  <line class="tick" x1=${x} x2=${x} y1="16" y2=${height} />
  <text class="axis" x=${Math.min(x + 4, width - 36)} y="11">${ms === 0 ? "0" : lasting(ms)}</text>
`;

const Lane = ({ y, words }: { readonly y: number; readonly words: string }) =>
  html`<text class="lane" x="4" y=${y - 5}>${words}</text>`;

function Stretch({ span, x, width }: { readonly span: Span; readonly x: number; readonly width: number }) {
  const words = spanWords(span);
  // About how wide the words are, in the picture's letters.
  const fits = words.length * 6.6 + 14 < width;
  return html`
    <g class="stretch ${span.kind} ${span.name.toLowerCase()}">
      <title>${`${words}, ${lasting(span.to - span.from)}`}</title>
      <rect x=${x} y=${lane.stages} width=${Math.max(1.5, width - 1)} height=${stageHeight} rx=${width > 8 ? 4 : 0} />
      ${fits && html`<text x=${x + 8} y=${lane.stages + 17}>${words}</text>`}
    </g>
  `;
}

const Change = ({ mark, x }: { readonly mark: Mark; readonly x: number }) => html`
  <g class=${mark.bad ? "change bad" : "change"}>
    <title>${mark.words}</title>
    <rect x="-4" y="-4" width="8" height="8" rx="1.5" transform="translate(${Math.max(6, x)} ${lane.changes + 9}) rotate(45)" />
  </g>
`;

function Requests({ mark, x }: { readonly mark: Mark; readonly x: number }) {
  const tall = Math.min(tallest, 5 + mark.count * 3);
  return html`
    <g class=${mark.bad ? "requests bad" : "requests"}>
      <title>${mark.words}</title>
      <rect x=${Math.max(1, x - 1.25)} y=${lane.requests + tallest + 4 - tall} width="2.5" height=${tall} rx="1" />
    </g>
  `;
}

const InWords = ({ span }: { readonly span: Span }) => html`
  <li class=${span.kind}><span class="swatch ${span.kind} ${span.name.toLowerCase()}"></span>${spanWords(span)} <b>${lasting(span.to - span.from)}</b></li>
`;

function inWords({ spans, changes, requests, from, to }: Picture): string {
  const asked = requests.reduce((n, { count }) => n + count, 0);
  const waited = spans.filter(({ kind }) => kind === "wait").reduce((ms, span) => ms + span.to - span.from, 0);
  return `Timeline over ${lasting(to - from)}: ${counted(spans.length, "stage")}, ${lasting(waited)} of waiting, ${counted(changes.length, "change")} made, ${counted(asked, "request")} to Azure`;
}
