import { shortId } from "../../../shared/decide/armId.ts";
import type { Answer } from "../contract.ts";
import { ask, carriedOut } from "./api.ts";
import { useLoaded } from "./hooks.ts";
import { html } from "./html.ts";
import { Confirmed, Empty, Time, Trouble } from "./parts.ts";

type Shares = Answer<"GET shares">;
type Share = Shares["value"][number];
type Foreign = NonNullable<Shares["foreign"]>[number];

const tones: Readonly<Record<Share["state"], string>> = {
  sharing: "busy",
  shared: "good",
  stood: "good",
  refused: "bad",
  removed: "quiet",
};

/** Whom an image is shared with: by this Goldsmith, which can take it back, and by others. */
export function SharedWith({ imageId }: { readonly imageId: string }) {
  const { value, problem, reload } = useLoaded(
    (signal) => ask("GET shares", { query: { imageId } }, { signal }),
    [imageId],
    (shares) => (shares.value.some(({ state }) => state === "sharing") ? 2_000 : 15_000),
  );
  const { value: own = [], foreign = [] } = value ?? {};
  return html`
    <section aria-labelledby="shared">
      <h2 id="shared">Shared with</h2>
      ${problem && html`<${Trouble} problem=${problem} calm />`}
      ${value && own.length + foreign.length === 0 && html`<${Empty}>Nobody yet. <code>goldsmith share add IMAGE --principal ID --type Group</code> shares it with a team.<//>`}
      <ul class="lines">
        ${own.map((share) => html`<${Own} key=${share.id} share=${share} changed=${reload} />`)}
        ${foreign.map((one) => html`<${Others} one=${one} />`)}
      </ul>
    </section>
  `;
}

function whomOf(grantee: Share["with"] | Foreign["with"]): string {
  if ("subscriptionId" in grantee) return `everybody of subscription ${grantee.subscriptionId}`;
  if ("tenantId" in grantee) return `everybody of tenant ${grantee.tenantId}`;
  const kind =
    "principalType" in grantee ? grantee.principalType.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase() : "principal";
  return `${kind} ${grantee.principalId}${grantee.role ? `, as ${grantee.role}` : ""}`;
}

function Own({ share, changed }: { readonly share: Share; readonly changed: () => void }) {
  const { id, imageId, with: grantee, origin, at, state, problem } = share;
  const whom = whomOf(grantee);
  const remove = async (key: string | undefined) => {
    await ask("DELETE shares/{id}", { params: { id } }, { key });
    await carriedOut(async () => (await ask("GET shares/{id}", { params: { id } })).state !== "shared");
    changed();
  };
  return html`
    <li>
      <div><p>${whom}</p><p class="quiet"><span class="id">${shortId(imageId)}</span>, ${origin.who ?? "a holder of the key"}, <${Time} at=${at} /></p>
        ${problem && html`<${Trouble} problem=${problem} calm />`}</div>
      <div class="actions">
        <span class="state ${tones[state]}">${state}</span>
        ${
          state === "shared" &&
          html`<${Confirmed} label="Take back" hint=${whom} look="second" dangerous approver verb="Take it back" title="Take this share back?" act=${remove}>
          <p>${whom} can make no new machine from it. Machines that stand go on.</p>
        <//>`
        }
      </div>
    </li>
  `;
}

const Others = ({ one }: { readonly one: Foreign }) => html`
  <li>
    <div><p>${whomOf(one.with)}</p><p class="quiet"><span class="id">${shortId(one.imageId)}</span>, not by this Goldsmith</p>
      <details><summary>Command that takes it back</summary><pre class="log" tabindex="0" role="region" aria-label=${`Command for ${whomOf(one.with)}`}>${one.command}</pre></details></div>
  </li>
`;
