import { shortId } from "../../../shared/decide/armId.ts";
import type { Answer } from "../contract.ts";
import { ask } from "./api.ts";
import { useLoaded } from "./hooks.ts";
import { html } from "./html.ts";
import { Confirmed, Empty, Time, Trouble } from "./parts.ts";
import { counted, nameOf } from "./words.ts";

type Schedule = Answer<"GET schedules/{id}">;
type Turn = Schedule["turns"][number];

const everyMs = 10_000;
/** Turns that are shown without asking. */
const first = 3;

/** Rebuilds that come again by themselves: when each is due, and why its last turns built something or did not. */
export function SchedulesView() {
  const { value, problem, reload } = useLoaded(
    (signal) => ask("GET schedules", {}, { signal }),
    [],
    () => everyMs,
  );
  return html`
    <div class="head"><h1 tabindex="-1">Schedules</h1></div>
    <p class="lead">Rebuilds that come again by themselves, and why each turn built something or did not.</p>
    ${problem && html`<${Trouble} problem=${problem} />`}
    ${!value && !problem && html`<${Empty}>Reading…<//>`}
    ${value?.value.length === 0 && html`<${Empty}>No schedule yet. <code>goldsmith schedules set TEMPLATE --cron "0 0 4 * * 1" --time-zone Europe/Berlin</code> rebuilds one every Monday at four.<//>`}
    ${value?.value.map((one) => html`<${One} key=${one.id} schedule=${one} changed=${reload} />`)}
  `;
}

function One({ schedule, changed }: { readonly schedule: Schedule; readonly changed: () => void }) {
  const { id, templateId, cron, timeZone, onlyIfChanged, pauseAfter, nextAt, paused, failures, turns } = schedule;
  return html`
    <section aria-labelledby=${id}>
      <div class="head">
        <h2 id=${id}>${nameOf(templateId)}</h2>
        <span aria-live="polite" class="state ${paused ? "waits" : "good"}">${paused ? "paused" : "active"}</span>
        <${Switch} schedule=${schedule} changed=${changed} />
      </div>
      ${paused?.problem && html`<${Trouble} problem=${paused.problem} calm />`}
      <dl class="facts">
        <div><dt>Next run</dt><dd>${nextAt ? html`<b><${Time} at=${nextAt} /></b>` : html`none, paused since <${Time} at=${paused?.at ?? schedule.updatedAt} />`}</dd></div>
        <div><dt>When</dt><dd><code>${cron}</code> ${timeZone}</dd></div>
        <div><dt>Builds</dt><dd>${onlyIfChanged ? "only if something changed" : "every time"}</dd></div>
        <div><dt>Failures in a row</dt><dd>${failures}${pauseAfter > 0 && html` <span class="quiet">pauses at ${pauseAfter}</span>`}</dd></div>
        <div class="wide"><dt>Template</dt><dd class="id" title=${templateId}>${shortId(templateId)}</dd></div>
      </dl>
      ${turns.length === 0 ? html`<${Empty}>It was not due yet.<//>` : html`<${Turns} turns=${turns.slice(0, first)} name=${nameOf(templateId)} />`}
      ${turns.length > first && html`<details><summary>${counted(turns.length - first, "earlier turn")}</summary><${Turns} turns=${turns.slice(first)} name=${nameOf(templateId)} /></details>`}
    </section>
  `;
}

const Turns = ({ turns, name }: { readonly turns: readonly Turn[]; readonly name: string }) => html`
  <ol class="story dated" aria-label=${`Turns of ${name}`}>${turns.map(
    ({ dueAt, kind, reason, buildId, state }) => html`<li>
      <${Time} at=${dueAt} />
      <p>${reason} ${buildId && html`<a href=${`#/builds/${encodeURIComponent(buildId)}`}>Its build<span class="unseen"> of ${name}, ${dueAt}</span></a>`}</p>
      <span class="state ${kind === "failed" || state === "failed" ? "bad" : kind === "skipped" ? "quiet" : state === "succeeded" ? "good" : "busy"}">${kind === "started" ? (state ?? "started") : kind}</span>
    </li>`,
  )}</ol>
`;

/** Pausing is writing the schedule anew as paused; both take an approver, as writing one does. */
function Switch({ schedule, changed }: { readonly schedule: Schedule; readonly changed: () => void }) {
  const { id, templateId, cron, timeZone, onlyIfChanged, pauseAfter, paused } = schedule;
  const name = nameOf(templateId);
  if (paused)
    return html`<${Confirmed} label="Resume" hint=${name} verb="Resume the schedule" title=${`Resume the rebuilds of ${name}?`} approver
      act=${async (key: string | undefined) => {
        await ask("POST schedules/{id}/resume", { params: { id } }, { key });
        changed();
      }}>
      <p>It is due again by its pattern. What failed before counts no more.</p>
    <//>`;
  const body = { templateId, cron, timeZone, onlyIfChanged, pauseAfter, paused: true };
  return html`<${Confirmed} label="Pause" hint=${name} look="second" verb="Pause the schedule" title=${`Pause the rebuilds of ${name}?`} approver
    act=${async (key: string | undefined) => {
      await ask("PUT schedules", { body }, { key });
      changed();
    }}>
    <p>Nothing is built by it until somebody resumes it. A build that goes on goes on.</p>
  <//>`;
}
