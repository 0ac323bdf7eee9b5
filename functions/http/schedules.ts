import { createHash } from "node:crypto";
import { z } from "zod";
import { isTemplateId, lastSegment } from "../../shared/decide/armId.ts";
import { cronFaults } from "../../shared/decide/builds/cron.ts";
import { next, resumed } from "../../shared/decide/builds/turns.ts";
import { lineage } from "../../shared/decide/template/lineage.ts";
import { Refused } from "../../shared/problem.ts";
import type { Schedule } from "../../shared/schedule.ts";
import type { Deps } from "../activities/deps.ts";
import { templateGone } from "../activities/template.ts";
import { scheduleView } from "./answers.ts";
import { originOf, type Reach, reaches } from "./caller.ts";
import { exampleTemplate } from "./examples.ts";
import { mustBeOurs } from "./ours.ts";
import { type Asked, noResource, route } from "./route.ts";

/** Body of `PUT /schedules`. */
const scheduleRequest = z.strictObject({
  templateId: z.string().refine(isTemplateId, "not the id of an image template"),
  cron: z.string().max(200),
  timeZone: z.string().max(100).default("UTC"),
  onlyIfChanged: z.boolean().default(true),
  pauseAfter: z.int().min(0).max(100).default(3),
  paused: z.boolean().default(false),
});
type ScheduleRequest = z.infer<typeof scheduleRequest>;

const notFound = { title: "A schedule that never was", params: { id: "nobody-wrote-this" }, status: 404 };

/** `PUT /schedules`: one for each lineage; the same again changes nothing but its next moment. */
export const putSchedule = route({
  name: "putSchedule",
  method: "PUT",
  path: "schedules",
  role: "approver",
  summary:
    "Rebuild a template again and again, by NCRONTAB in a time zone; one schedule for each lineage, replaced by the next PUT for it",
  body: scheduleRequest,
  answers: [
    { status: 200, means: "The schedule as it stands now", schema: scheduleView },
    { status: 403, means: "The template lies where this Goldsmith may not work" },
    { status: 404, means: "The template is not there" },
  ],
  examples: [
    {
      title: "Mondays at four, if something changed",
      body: { templateId: exampleTemplate, cron: "0 0 4 * * 1", timeZone: "Europe/Berlin" },
      status: 200,
    },
    { title: "No pattern", body: { templateId: exampleTemplate, cron: "every Monday" }, status: 400 },
  ],
  concerns: ({ body }) => [body.templateId],
  async handle({ deps, caller, body }) {
    const now = new Date();
    refuseFaults(body, now);
    mustBeOurs(deps, body.templateId);
    const template = await deps.azure.readTemplate(body.templateId);
    if (!template) throw new Refused(templateGone(body.templateId));
    const line = lineage(template);
    const origin = originOf(caller);
    const written = await deps.store.schedules.change(idOf(line), (standing) =>
      scheduleOf({ ...body, templateId: template.id }, { lineage: line, origin }, standing, now),
    );
    return { jsonBody: written };
  },
});

/** `GET /schedules`. */
export const listSchedules = route({
  name: "listSchedules",
  method: "GET",
  path: "schedules",
  role: "reader",
  summary: "All schedules: when each is due next, and what became of its last turns",
  answers: [{ status: 200, means: "All of them", schema: z.object({ value: z.array(scheduleView) }) }],
  examples: [{ title: "All schedules", status: 200 }],
  concerns: noResource,
  async handle({ deps, reach }) {
    const all = await deps.store.schedules.list();
    return { jsonBody: { value: all.filter(({ templateId }) => reaches(reach, templateId)) } };
  },
});

/** `GET /schedules/{id}`. */
export const getSchedule = route({
  name: "getSchedule",
  method: "GET",
  path: "schedules/{id}",
  role: "reader",
  summary: "One schedule: due next, its last turns with the reason of each, and what its last good build was made from",
  answers: [{ status: 200, means: "The schedule", schema: scheduleView }],
  examples: [notFound],
  concerns: concernsSchedule,
  handle: async ({ deps, params }) => ({ jsonBody: await existing(deps, params.id) }),
});

/** `DELETE /schedules/{id}`: builds that it started go on. */
export const deleteSchedule = route({
  name: "deleteSchedule",
  method: "DELETE",
  path: "schedules/{id}",
  role: "approver",
  summary: "Delete a schedule; a build that it started goes on",
  answers: [{ status: 204, means: "It is gone, or never was" }],
  examples: [{ ...notFound, status: 204 }],
  concerns: concernsSchedule,
  async handle({ deps, params }) {
    await deps.store.schedules.remove(params.id ?? "");
    return { status: 204 };
  },
});

/** `POST /schedules/{id}/resume`: after a pause; its failures are forgotten. */
export const resumeSchedule = route({
  name: "resumeSchedule",
  method: "POST",
  path: "schedules/{id}/resume",
  role: "approver",
  summary: "Let a paused schedule go on; what failed before counts no more",
  answers: [{ status: 200, means: "The schedule as it stands now", schema: scheduleView }],
  examples: [notFound],
  concerns: concernsSchedule,
  async handle({ deps, params }) {
    const { id } = await existing(deps, params.id);
    const now = new Date();
    const jsonBody = await deps.store.schedules.change(id, (standing) =>
      standing?.paused ? { ...resumed(standing, now), updatedAt: now.toISOString() } : standing,
    );
    return { jsonBody };
  },
});

async function existing({ store }: Deps, id = ""): Promise<Schedule> {
  const schedule = await store.schedules.get(id);
  if (schedule) return schedule;
  throw new Refused({
    code: "ScheduleNotFound",
    title: "There is no schedule of that id",
    status: 404,
    fix: ["GET /api/schedules lists the schedules there are"],
  });
}

async function concernsSchedule({ deps, params }: Asked<unknown, unknown>): Promise<Reach> {
  const schedule = await deps.store.schedules.get(params.id ?? "");
  return schedule ? [schedule.templateId] : [];
}

function refuseFaults({ cron, timeZone }: ScheduleRequest, now: Date): void {
  const faults = cronFaults(cron, timeZone, now);
  if (faults.length === 0) return;
  throw new Refused({
    code: "InvalidSchedule",
    title: "This is no schedule",
    status: 400,
    errors: faults.map(({ field, detail }) => ({ pointer: `/${field}`, detail })),
    fix: faults.map(({ field, detail }) => `${field}: ${detail}`),
  });
}

/** What stands keeps its past: turns, and what the last good build was made from. */
function scheduleOf(
  { paused, ...wanted }: ScheduleRequest,
  who: Pick<Schedule, "lineage" | "origin">,
  standing: Schedule | undefined,
  now: Date,
): Schedule {
  const at = now.toISOString();
  const { basis, pending, turns = [], createdAt = at } = standing ?? {};
  return {
    id: idOf(who.lineage),
    ...wanted,
    ...who,
    createdAt,
    updatedAt: at,
    failures: 0,
    turns,
    ...(basis ? { basis } : {}),
    ...(pending ? { pending } : {}),
    ...(paused ? { paused: { at } } : next(wanted, now)),
  };
}

/** Readable, and one for each lineage. */
function idOf(line: string): string {
  const name = lastSegment(line)
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-");
  return `${name.slice(0, 60)}-${createHash("sha256").update(line.toLowerCase()).digest("hex").slice(0, 8)}`;
}
