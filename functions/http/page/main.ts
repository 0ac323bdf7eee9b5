import { render, type VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ask, Failure } from "./api.ts";
import { AuditsView } from "./auditsView.ts";
import { AuditView } from "./auditView.ts";
import { BuildsView } from "./buildsView.ts";
import { BuildView } from "./buildView.ts";
import { ChannelsView } from "./channelsView.ts";
import { ChannelView } from "./channelView.ts";
import { DeliveriesView } from "./deliveriesView.ts";
import { Enter } from "./enter.ts";
import { html } from "./html.ts";
import { PlanView } from "./planView.ts";
import { ProofsView, ProofView } from "./proofsView.ts";
import { SchedulesView } from "./schedulesView.ts";
import { auth, forgetKey, keyOfTab, signOutAt } from "./session.ts";

/** One view: where it is found, and in the menu under which word. */
interface Place {
  readonly path: RegExp;
  readonly title: string;
  readonly menu?: string;
  view(argument: string): VNode;
}

/** Every view there is; the menu is made of those that name a place. */
const places: readonly Place[] = [
  { path: /^#\/builds$/, title: "Builds", menu: "#/builds", view: () => html`<${BuildsView} />` },
  { path: /^#\/builds\/(.+)$/, title: "Build", view: (id) => html`<${BuildView} key=${id} id=${id} />` },
  { path: /^#\/plan$/, title: "Plan", menu: "#/plan", view: () => html`<${PlanView} />` },
  { path: /^#\/plan\/(.+)$/, title: "Plan", view: (id) => html`<${PlanView} key=${id} templateId=${id} />` },
  { path: /^#\/schedules$/, title: "Schedules", menu: "#/schedules", view: () => html`<${SchedulesView} />` },
  { path: /^#\/proofs$/, title: "Proofs", menu: "#/proofs", view: () => html`<${ProofsView} />` },
  { path: /^#\/proofs\/(.+)$/, title: "Proof", view: (id) => html`<${ProofView} key=${id} id=${id} />` },
  { path: /^#\/channels$/, title: "Channels", menu: "#/channels", view: () => html`<${ChannelsView} />` },
  { path: /^#\/channels\/(.+)$/, title: "Channels", view: (id) => html`<${ChannelView} key=${id} id=${id} />` },
  { path: /^#\/audits$/, title: "Audits", menu: "#/audits", view: () => html`<${AuditsView} />` },
  { path: /^#\/audits\/(.+)$/, title: "Audit", view: (id) => html`<${AuditView} key=${id} id=${id} />` },
  { path: /^#\/deliveries$/, title: "Deliveries", menu: "#/deliveries", view: () => html`<${DeliveriesView} />` },
];

const first = "#/builds";

function App() {
  const [hash, setHash] = useState(location.hash);
  const [inside, setInside] = useState<boolean | undefined>(auth === "keys" ? keyOfTab() !== null : undefined);
  const came = useRef(false);
  useEffect(() => {
    const moved = () => setHash(location.hash);
    addEventListener("hashchange", moved);
    if (auth === "entra")
      ask("GET builds", { query: { limit: 1 } }).then(
        () => setInside(true),
        (error: unknown) => setInside(!(error instanceof Failure && error.status === 401)),
      );
    return () => removeEventListener("hashchange", moved);
  }, []);
  const place = places.find(({ path }) => path.test(hash)) ?? places[0];
  useEffect(() => {
    document.title = `${place?.title ?? ""} · Goldsmith`;
    // Who cannot see that the view changed is told by the focus; on the first view it stays where the browser put it.
    if (came.current) document.querySelector<HTMLElement>("h1")?.focus();
    came.current = true;
    scrollTo(0, 0);
  }, [hash, inside]);
  if (inside === undefined || !place) return null;
  if (!inside) return html`<${Enter} entered=${() => setInside(true)} />`;
  const leave = () => {
    forgetKey();
    if (auth === "entra") location.assign(signOutAt);
    else setInside(false);
  };
  const argument = decodeURIComponent(place.path.exec(hash)?.[1] ?? "");
  return html`
    <button type="button" class="skip" onClick=${() => document.getElementById("content")?.focus()}>To the content</button>
    <header class="top">
      <a class="mark" href=${first}><img src=${new URL("icon.svg", import.meta.url).href} alt="" width="24" height="24" />Goldsmith</a>
      <nav aria-label="Main">${places
        .filter(({ menu }) => menu)
        .map(
          ({ menu, title }) =>
            html`<a href=${menu} aria-current=${hash.startsWith(menu ?? " ") || (hash === "" && menu === first) ? "page" : undefined}>${title}</a>`,
        )}</nav>
      <button type="button" class="bare" onClick=${leave}>Leave</button>
    </header>
    <main id="content" tabindex="-1">${place.view(argument)}</main>
  `;
}

const root = document.body;
root.replaceChildren();
render(html`<${App} />`, root);
