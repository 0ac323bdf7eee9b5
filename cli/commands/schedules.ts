import type { Schedule } from "../../shared/schedule.ts";
import { confirm } from "../confirm.ts";
import { connected } from "../connect.ts";
import { type Exit, exits } from "../exits.ts";
import { print } from "../print.ts";
import type { Terms } from "../terms.ts";
import { columns, templateName } from "../text.ts";

/** Flags of `goldsmith schedules set`. */
export interface ScheduleFlags {
  readonly cron: string;
  readonly timeZone: string;
  /** Build although nothing changed. */
  readonly always?: boolean;
  readonly pauseAfter: number;
  readonly paused?: boolean;
}

/** Prints all schedules: when each is due next. */
export const listSchedules = (terms: Terms): Promise<Exit> =>
  connected(terms, async ({ api }) => {
    print(terms, await api.json("GET schedules", {}), ({ value }) =>
      value.length === 0
        ? "No schedules."
        : columns(
            ["SCHEDULE", "NEXT", "PATTERN", "TEMPLATE"],
            value.map((one) => [one.id, nextOf(one), `${one.cron} ${one.timeZone}`, templateName(one.templateId)]),
          ),
    );
    return exits.done;
  });

/** Has a template rebuilt again and again; replaces the schedule of its lineage. */
export const setSchedule = (terms: Terms, template: string, flags: ScheduleFlags): Promise<Exit> =>
  connected(terms, async ({ api, fill }) => {
    const { cron, timeZone, pauseAfter } = flags;
    const onlyIfChanged = !flags.always;
    const body = {
      templateId: fill(template),
      cron,
      timeZone,
      onlyIfChanged,
      pauseAfter,
      paused: flags.paused ?? false,
    };
    print(terms, await api.json("PUT schedules", { body }), scheduleText);
    return exits.done;
  });

/** Prints one schedule with its last turns. */
export const showSchedule = (terms: Terms, id: string): Promise<Exit> =>
  connected(terms, async ({ api }) => {
    print(terms, await api.json("GET schedules/{id}", { params: { id } }), scheduleText);
    return exits.done;
  });

/** Lets a paused schedule go on. */
export const resumeSchedule = (terms: Terms, id: string): Promise<Exit> =>
  connected(terms, async ({ api }) => {
    print(terms, await api.json("POST schedules/{id}/resume", { params: { id } }), scheduleText);
    return exits.done;
  });

/** Deletes a schedule after a yes; a build that it started goes on. */
export const deleteSchedule = (terms: Terms, id: string, { yes = false }: { readonly yes?: boolean }): Promise<Exit> =>
  connected(terms, async ({ api }) => {
    await confirm(terms, `Delete the schedule ${id}?`, { yes, flag: "--yes" });
    await api.raw("DELETE schedules/{id}", { params: { id } });
    print(terms, { id, deleted: true }, () => `${id} is gone.`);
    return exits.done;
  });

const nextOf = ({ nextAt, paused }: Schedule) => (paused ? "paused" : (nextAt?.slice(0, 16).replace("T", " ") ?? ""));

function scheduleText(schedule: Schedule): string {
  const { id, templateId, cron, timeZone, onlyIfChanged, pauseAfter, failures, turns, paused } = schedule;
  return [
    `schedule  ${id}`,
    `template  ${templateId}`,
    `pattern   ${cron} (${timeZone})${onlyIfChanged ? ", only if something changed" : ""}`,
    `next      ${nextOf(schedule)}${paused?.problem ? `: ${paused.problem.title}` : ""}`,
    `failures  ${failures}${pauseAfter > 0 ? ` of ${pauseAfter} that pause it` : ""}`,
    ...turns.map(({ dueAt, kind, reason, buildId }) =>
      [`          ${dueAt.slice(0, 16).replace("T", " ")}`, kind, reason, ...(buildId ? [buildId] : [])].join("  "),
    ),
  ].join("\n");
}
