import { useState } from "preact/hooks";
import { type Delivery, deliveryStates } from "../../../shared/delivery.ts";
import { ask } from "./api.ts";
import { useLoaded, useOlder } from "./hooks.ts";
import { html } from "./html.ts";
import { Confirmed, Empty, Time, Told, Trouble } from "./parts.ts";
import { counted, eventWords } from "./words.ts";

const limit = 50;

interface Wish {
  readonly target?: string;
  readonly state?: Delivery["state"];
}

/** Who was told what, and who could not be. */
export function DeliveriesView() {
  const [wish, setWish] = useState<Wish>({});
  const targets = useLoaded((signal) => ask("GET targets", {}, { signal }), []).value?.value;
  const choose = (name: keyof Wish) => (event: Event) => {
    const { [name]: _, ...rest } = wish;
    const { value } = event.target as HTMLSelectElement;
    setWish(value ? { ...rest, [name]: value } : rest);
  };
  const choice = (label: string, name: keyof Wish, all: readonly string[]) => html`
    <label class="inline">${label}
      <select value=${wish[name] ?? ""} onChange=${choose(name)}><option value="">all</option>${all.map((one) => html`<option>${one}</option>`)}</select>
    </label>`;
  const names = (targets ?? []).map(({ name }) => name);
  return html`
    <div class="head">
      <h1 tabindex="-1">Deliveries</h1>
      <div class="actions">${choice("Target", "target", names)}${choice("State", "state", deliveryStates)}</div>
    </div>
    ${targets?.length === 0 && html`<${Empty}>Nobody is told of anything yet. Have the operator name targets in <code>GOLDSMITH_TARGETS</code>: Teams, Slack, e-mail, webhooks, queues.<//>`}
    ${(targets ?? []).filter(({ state }) => state === "off").map(({ name, why }) => html`<${Trouble} calm problem=${off(name, why)} />`)}
    ${targets?.length !== 0 && html`<${Log} key=${JSON.stringify(wish)} wish=${wish} />`}
  `;
}

const off = (name: string, why = "") => ({
  code: "TargetOff",
  title: `${name} is turned off`,
  detail: why,
  fix: [`Set its address right, then: goldsmith targets test ${name}. A test that arrives turns it on again`],
});

function Log({ wish }: { readonly wish: Wish }) {
  const page = useLoaded(
    (signal) => ask("GET deliveries", { query: { limit, ...wish } }, { signal }),
    [],
    ({ value }) => (value.some(({ state }) => state === "pending") ? 2_000 : 15_000),
  );
  const { all, older } = useOlder(page.value, (cursor) => ask("GET deliveries", { query: { limit, ...wish, cursor } }));
  const { value, problem, reload } = page;
  return html`
    ${problem && html`<${Trouble} problem=${problem} />`}
    ${!value && !problem && html`<${Empty}>Reading…<//>`}
    ${value && all.length === 0 && html`<${Empty}>${Object.keys(wish).length > 0 ? "No delivery is like that." : "Nobody was told anything yet: the first build does."}<//>`}
    ${all.length > 0 && html`<ul class="rows" aria-label="Deliveries">${all.map((one) => html`<${Row} key=${one.id} delivery=${one} sent=${reload} />`)}</ul>`}
    ${older && html`<button type="button" onClick=${older}>Older deliveries</button>`}
  `;
}

function Row({ delivery, sent }: { readonly delivery: Delivery; readonly sent: () => void }) {
  const { id, buildId, target, event, state, attempts, at, detail } = delivery;
  const again = async () => {
    await ask("POST builds/{id}/deliveries/{delivery}/replay", { params: { id: buildId, delivery: id } });
    sent();
  };
  const words = eventWords(event);
  return html`
    <li class="delivery">
      <span class="name"><b>${target}</b><small><${Time} at=${at} />${attempts > 1 && `, ${counted(attempts, "attempt")}`}</small></span>
      <${Told} state=${state} />
      <span class="name"><a href=${aboutAt(event, buildId)}>${words}<span class="unseen"> ${buildId}</span></a><small>${detail ?? buildId}</small></span>
      <${Confirmed} label="Send again" hint=${`${words} to ${target}, ${buildId}`} look=${state === "delivered" ? "bare" : "second"} disabled=${state === "pending"}
        verb="Send it again" title=${`Tell ${target} again?`} act=${again}>
        <p><b>${words}</b> is sent to ${target} under its first id: a receiver that had it already can know it.</p>
      <//>
    </li>
  `;
}

/** Where on this page it is shown what a message tells of. */
function aboutAt(event: string, id: string): string {
  const [kind = ""] = eventWords(event).split(" ");
  const list =
    { build: "builds", audit: "audits", schedule: "schedules", channel: "channels", image: "channels" }[kind] ??
    "deliveries";
  return list === "builds" || list === "audits" ? `#/${list}/${encodeURIComponent(id)}` : `#/${list}`;
}
