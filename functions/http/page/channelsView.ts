import { shortId } from "../../../shared/decide/armId.ts";
import { ask } from "./api.ts";
import { goTo } from "./go.ts";
import { useLoaded } from "./hooks.ts";
import { html } from "./html.ts";
import { againFor, channelsAt, type Move, Waiting } from "./moves.ts";
import { Empty, Trouble } from "./parts.ts";
import { nameOf } from "./words.ts";

/** So many images are looked at at once. */
const most = 30;

/** Images whose versions are promoted through channels: those that builds published into, and those whose channels were moved. */
export function ChannelsView() {
  const { value, problem, reload } = useLoaded(
    async (signal) => {
      const [moves, builds] = await Promise.all([
        ask("GET channel-moves", {}, { signal }),
        ask("GET builds", { query: { state: "succeeded", limit: 200 } }, { signal }),
      ]);
      const built = builds.value.flatMap(({ artifacts = [] }) => artifacts.flatMap(definitionsOf));
      const known = new Map(
        [...moves.value.map(({ definitionId }) => definitionId), ...built].map((id) => [id.toLowerCase(), id]),
      );
      return { moves: moves.value, images: [...known.values()].sort().slice(0, most) };
    },
    [],
    ({ moves }) => againFor(moves),
  );
  return html`
    <div class="head"><h1 tabindex="-1">Channels</h1></div>
    <p class="lead">Names that people follow, such as production. Each means one version of an image; who moved it, and why, is kept.</p>
    ${problem && html`<${Trouble} problem=${problem} />`}
    ${!value && !problem && html`<${Empty}>Reading…<//>`}
    ${value && html`<${Waiting} moves=${value.moves} named decided=${reload} />`}
    ${value && value.images.length === 0 && html`<${Empty}>No image yet. <a href="#/plan">Build a template</a> that distributes into a gallery, or name an image below.<//>`}
    ${value && value.images.length > 0 && html`<ul class="rows" aria-label="Images">${value.images.map((id) => html`<${Row} key=${id} id=${id} news=${lastMoveOf(value.moves, id)} />`)}</ul>`}
    <${Another} />
  `;
}

const definitionsOf = ({ kind, id }: { readonly kind: string; readonly id: string }) =>
  kind === "imageVersion" ? [id.replace(/\/versions\/[^/]+$/i, "")] : [];

/** Another one whenever a channel of the image was moved: `moves` are latest first. */
const lastMoveOf = (moves: readonly Move[], id: string) =>
  moves.find(({ definitionId, state }) => state === "done" && definitionId.toLowerCase() === id.toLowerCase())?.id;

/** One image, and what its channels mean now: Azure is asked for it, so it is read row by row. */
function Row({ id, news }: { readonly id: string; readonly news: string | undefined }) {
  const { value, problem } = useLoaded(
    (signal) => ask("GET channels", { query: { definitionId: id } }, { signal }),
    [id, news],
  );
  const means = Object.entries(value?.channels ?? {}).sort();
  return html`
    <li><a class="image" href=${channelsAt(id)}>
      <span class="name"><b>${nameOf(id)}</b><small title=${id}>${shortId(id).split("/").slice(0, 3).join("/")}</small></span>
      <span class="chips">${means.map(([channel, version]) => html`<span class="chip">${channel} <b>${version}</b></span>`)}
        ${value && means.length === 0 && html`<span class="quiet">no channel means any version yet</span>`}
        ${problem && html`<span class="quiet">${problem.title}</span>`}</span>
    </a></li>
  `;
}

function Another() {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    goTo("channels", String(new FormData(event.currentTarget as HTMLFormElement).get("id") ?? "").trim());
  };
  return html`
    <details><summary>Another image</summary>
      <form class="one-line" onSubmit=${submit}>
        <label class="field">Its resource id<input name="id" required spellcheck="false" autocomplete="off" placeholder="/subscriptions/…/galleries/…/images/…" /></label>
        <button type="submit">Show</button>
      </form>
    </details>
  `;
}
