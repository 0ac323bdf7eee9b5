import type { Answer, Asked } from "../contract.ts";
import { ask, carriedOut } from "./api.ts";
import { Decide } from "./decide.ts";
import { html } from "./html.ts";
import { Time, Trouble } from "./parts.ts";
import { counted, nameOf, wordsOf } from "./words.ts";

/** A move of a channel, as the API tells it. */
export type Move = Answer<"GET channel-moves/{id}">;

/** Where the channels of an image are shown. */
export const channelsAt = (definitionId: string): string => `#/channels/${encodeURIComponent(definitionId)}`;

/** How often a view of moves looks again, in ms: often while one is on its way. */
export const againFor = (moves: readonly Move[]): number =>
  moves.some(({ state }) => state === "moving") ? 2_000 : 15_000;

/** `who` is an object id of the tenant; with keys nobody is known by name. */
export const whoAsked = ({ origin }: Pick<Move, "origin">): string => origin.who ?? "a holder of the key";

const stepOf = ({ channel, from, to }: Move, before = from) =>
  html`<b>${channel}</b> ${before ? `${before} → ` : "to "}<b>${to}</b>`;

/** Moves that wait for somebody to agree, each with its two answers; `before` says what a channel means now, where it is known. */
export function Waiting({
  moves,
  named,
  before = {},
  decided,
}: {
  readonly moves: readonly Move[];
  /** Whether to say which image it is. */
  readonly named?: boolean;
  readonly before?: Readonly<Record<string, string>>;
  readonly decided: () => void;
}) {
  const waiting = moves.filter(({ state }) => state === "awaitingApproval");
  if (waiting.length === 0) return null;
  return html`
    <section class="asks" aria-labelledby="waiting">
      <h2 id="waiting">Waiting for an approver</h2>
      <ul class="lines">${waiting.map(
        (move) => html`<li key=${move.id}>
          <div>
            <p>${stepOf(move, before[move.channel])}${move.kind === "rollBack" && " (roll back)"}${named && html` of <a href=${channelsAt(move.definitionId)}>${nameOf(move.definitionId)}</a>`}</p>
            <p class="quiet">“${move.reason}” <span class="by">${whoAsked(move)}, <${Time} at=${move.at} /></span></p>
          </div>
          <${Decide} what=${`${move.channel} of ${nameOf(move.definitionId)} to ${move.to}`} yes=${`Whoever follows ${move.channel} gets ${move.to} from then on.`} no="The channel stays as it is. It can be asked for again."
            say=${(said: Said, key: string | undefined) => decide(move.id, said, key).then(decided)} />
        </li>`,
      )}</ul>
    </section>
  `;
}

type Said = Asked<"POST channel-moves/{id}/approvals">["body"];

async function decide(id: string, said: Said, key: string | undefined) {
  await ask("POST channel-moves/{id}/approvals", { params: { id }, body: said }, { key });
  await carriedOut(async () => (await ask("GET channel-moves/{id}", { params: { id } })).state !== "awaitingApproval");
}

const tones: Readonly<Record<Move["state"], string>> = {
  awaitingApproval: "waits",
  moving: "busy",
  done: "good",
  rejected: "quiet",
  expired: "quiet",
  refused: "bad",
  failed: "bad",
};

/** What was moved, latest first: who, why, who agreed, and whom it concerns. */
export const History = ({ moves }: { readonly moves: readonly Move[] }) => html`
  <ol class="story dated">${[...moves].reverse().map((move) => html`<${Line} key=${move.id} move=${move} />`)}</ol>
`;

function Line({ move }: { readonly move: Move }) {
  const { at, kind, reason, state, decidedBy, excluded = [], machines = [], problem } = move;
  const decision = decidedBy && `${state === "rejected" ? "rejected" : "approved"} by ${decidedBy}`;
  const left = excluded.length > 0 && `${excluded.map(nameOf).join(", ")} left latest`;
  return html`
    <li>
      <${Time} at=${at} />
      <div>
        <p>${kind === "rollBack" && "Rolled back: "}${stepOf(move)}</p>
        <p class="quiet">“${reason}” <span class="by">${[whoAsked(move), decision, left].filter(Boolean).join(", ")}</span></p>
        ${machines.length > 0 && html`<details><summary>${counted(machines.length, "machine runs", "machines run")} what was rolled back</summary><ul class="id plain">${machines.map((id) => html`<li>${id}</li>`)}</ul></details>`}
      </div>
      <span class="state ${tones[state]}">${wordsOf(state)}</span>
      ${problem && html`<${Trouble} problem=${problem} calm />`}
    </li>
  `;
}
