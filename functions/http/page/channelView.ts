import { shortId } from "../../../shared/decide/armId.ts";
import type { Answer } from "../contract.ts";
import { ask } from "./api.ts";
import { useLoaded } from "./hooks.ts";
import { html } from "./html.ts";
import { againFor, History, type Move, Waiting, whoAsked } from "./moves.ts";
import { Confirmed, Empty, Time, Trouble } from "./parts.ts";
import { SharedWith } from "./sharedWith.ts";
import { nameOf } from "./words.ts";

type Image = Answer<"GET channels">;
type Version = Image["versions"][number];

/** One image: what each channel means, which versions there are, and how it came to that. */
export function ChannelView({ id }: { readonly id: string }) {
  const {
    value: image,
    problem,
    reload,
  } = useLoaded(
    (signal) => ask("GET channels", { query: { definitionId: id } }, { signal }),
    [id],
    ({ history }) => againFor(history),
  );
  return html`
    <p class="crumbs"><a href="#/channels">Channels</a></p>
    <div class="head"><h1 tabindex="-1">${nameOf(id)}</h1></div>
    <p class="lead id">${shortId(id)}</p>
    ${problem && html`<${Trouble} problem=${problem} />`}
    ${!image && !problem && html`<${Empty}>Reading…<//>`}
    ${image && html`<${Waiting} moves=${image.history} before=${image.channels} decided=${reload} />`}
    ${image && html`<${Channels} image=${image} moved=${reload} />`}
    ${image && html`<${Versions} image=${image} />`}
    ${image && html`<${SharedWith} imageId=${image.definitionId} />`}
    ${image && image.history.length > 0 && html`<section aria-labelledby="history"><h2 id="history">History</h2><${History} moves=${image.history} /></section>`}
  `;
}

function Channels({ image, moved }: { readonly image: Image; readonly moved: () => void }) {
  const names = [...new Set([...Object.keys(image.configured), ...Object.keys(image.channels)])];
  if (names.length === 0)
    return html`<${Empty}>No channel is set up. Have the operator name some in <code>GOLDSMITH_CHANNELS</code>.<//>`;
  return html`<ul class="tiles" aria-label="Channels">${names.map(
    (name) => html`<li key=${name} class="card"><${Channel} name=${name} image=${image} moved=${moved} /></li>`,
  )}</ul>`;
}

interface OneChannel {
  readonly name: string;
  readonly image: Image;
  readonly moved: () => void;
}

function Channel({ name, image, moved }: OneChannel) {
  const { channels, configured, versions, history } = image;
  const now = channels[name];
  const rule = configured[name];
  const last = history.findLast(({ channel, state }) => channel === name && state === "done");
  const onTheWay = history.some(({ channel, state }) => channel === name && state === "moving");
  const ready = versions.filter((version) => version.name !== now && isReady(version));
  const place = versions.findIndex((version) => version.name === now);
  const older = place < 0 ? [] : versions.slice(place + 1).filter(isReady);
  return html`
    <h2>${name}</h2>
    <p class="means ${now ? "" : "none"}" aria-live="polite">${now ?? "nothing yet"} ${onTheWay && html`<span class="state busy">moving</span>`}</p>
    <p class="quiet">${last?.to === now && last ? html`since <${Time} at=${last.endedAt ?? last.at} />, ${whoAsked(last)}: “${last.reason}”` : rule ? "Promote a version, and whoever follows the channel gets it." : ""}</p>
    ${
      rule
        ? html`${rule.approval && html`<small>An approver has to agree, within ${rule.hours} hours.</small>`}
          <div class="buttons">
            <${Ask} kind="promote" choices=${ready} name=${name} image=${image} moved=${moved} />
            ${now && html`<${Ask} kind="rollBack" choices=${older} name=${name} image=${image} moved=${moved} />`}
          </div>`
        : html`<small>Not a channel of this Goldsmith: only the tag is there.</small>`
    }
  `;
}

const isReady = ({ state, revoked }: Version) => state === "Succeeded" && revoked === undefined;

function Ask({
  kind,
  choices,
  name,
  image,
  moved,
}: OneChannel & { readonly kind: Move["kind"]; readonly choices: readonly Version[] }) {
  const back = kind === "rollBack";
  const best = choices.find(({ excluded }) => !excluded) ?? choices[0];
  const act = async (_: string | undefined, form: FormData) => {
    const body = {
      definitionId: image.definitionId,
      channel: name,
      version: String(form.get("version")),
      reason: String(form.get("reason")),
      kind,
    };
    await ask("POST channels", { body });
    moved();
  };
  return html`
    <${Confirmed} label=${back ? "Roll back" : "Promote"} hint=${name} dangerous=${back} look="second" disabled=${choices.length === 0} act=${act}
      verb=${back ? `Roll ${name} back` : `Move ${name}`} title=${back ? `Roll ${name} back?` : `Promote into ${name}?`}>
      <label class="field">Version
        <select name="version">${choices.map((one) => html`<option value=${one.name} selected=${one === best}>${one.name}${one.excluded && " (not for latest)"}</option>`)}</select>
      </label>
      <label class="field">Why<input name="reason" required minlength="3" maxlength="250" autocomplete="off" /></label>
      ${back && html`<p>Every newer version leaves <code>latest</code>. Machines that run one are named, and stay as they are.</p>`}
      <p class="quiet">${image.configured[name]?.approval ? "Nothing moves before an approver agrees." : `It moves at once${image.channels[name] ? `, from ${image.channels[name]}` : ""}.`}</p>
    <//>
  `;
}

function Versions({ image }: { readonly image: Image }) {
  if (image.versions.length === 0)
    return html`<${Empty}>There is no version yet. Build a template that distributes into this image.<//>`;
  const means = (name: string) =>
    Object.entries(image.channels).flatMap(([channel, to]) => (to === name ? [channel] : []));
  const latest = image.versions.find(({ excluded, state }) => !excluded && state === "Succeeded")?.name;
  return html`
    <section aria-labelledby="versions">
      <h2 id="versions">Versions</h2>
      <div class="scroll" tabindex="0" role="region" aria-label="All versions">
      <table class="matrix">
        <thead><tr><th scope="col">Version</th><th scope="col">Published</th><th scope="col">Meant by</th></tr></thead>
        <tbody>${image.versions.map(
          (one) => html`<tr key=${one.name}>
            <th scope="row">${one.name}<small>${remark(one)}</small></th>
            <td>${one.publishedAt ? html`<${Time} at=${one.publishedAt} />` : ""}</td>
            <td>${[...means(one.name), ...(one.name === latest ? ["latest"] : [])].map((name) => html`<span class="chip">${name}</span> `)}</td>
          </tr>`,
        )}</tbody>
      </table></div>
    </section>
  `;
}

function remark({ state, revoked, excluded, endOfLife }: Version) {
  if (revoked !== undefined) return html`<span class="state bad">revoked</span> ${revoked}`;
  if (state !== "Succeeded") return html`<span class="state busy">${state.toLowerCase()}</span>`;
  const ends = endOfLife && html`ends <${Time} at=${endOfLife} />`;
  return html`${excluded && "not for latest "}${ends}`;
}
