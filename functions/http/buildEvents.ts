import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { isFinal } from "../../shared/build.ts";
import { Refused } from "../../shared/problem.ts";
import type { Deps } from "../activities/deps.ts";
import { concernsBuild } from "./concerned.ts";
import { route } from "./route.ts";

/** Seconds a response is held open for news, where the caller names none; the platform cuts requests at 230 s. */
const usualWait = 20;
const longestWait = 200;
const lookEveryMs = 1_000;
/** Milliseconds after which an EventSource comes back. */
const comeBack = 1_000;

/**
 * `GET /builds/{id}/events`: the timeline as server-sent events. A response ends with the first news, or without; an EventSource
 * comes back by itself and says how far it got, so nothing depends on the host streaming, and no answer reaches the platform's limit.
 */
export const getBuildEvents = route({
  name: "getBuildEvents",
  method: "GET",
  path: "builds/{id}/events",
  role: "reader",
  summary:
    "What happens to a build, as server-sent events; resumable with Last-Event-ID, 204 once there is no more to come",
  query: z.strictObject({
    wait: z.coerce.number().int().min(0).max(longestWait).optional(),
    /** The function key may stand in the query: it is the host's. */
    code: z.string().optional(),
  }),
  headers: { "Last-Event-ID": "Id of the last event the caller knows; absent: from the beginning" },
  answers: [
    { status: 200, means: "Events, possibly none", type: "text/event-stream", schema: z.string() },
    { status: 204, means: "The build has ended and the caller knows everything" },
  ],
  examples: [{ title: "A build that never was", params: { id: "nobody-started-this" }, status: 404 }],
  concerns: concernsBuild,
  async handle({ deps, request, params, query }) {
    const known = Number(request.headers.get("last-event-id") ?? 0) || 0;
    const end = performance.now() + (query.wait ?? usualWait) * 1000;
    for (;;) {
      const { events, over } = await news(deps, params.id ?? "", known);
      if (events.length === 0 && over) return { status: 204 };
      if (events.length > 0 || performance.now() >= end)
        return {
          headers: { "content-type": "text/event-stream", "cache-control": "no-cache" },
          body: `retry: ${comeBack}\n\n${events.join("")}`,
        };
      await pause(lookEveryMs);
    }
  },
});

/** Events after the first `known` ones: one for each line of the timeline, and one for the end. */
async function news({ store }: Deps, id: string, known: number) {
  const build = await store.builds.get(id);
  if (!build) throw new Refused(notFound);
  const timeline = await store.timeline.list(id);
  const over = isFinal(build.state);
  const { id: buildId, state, stage, progress, problem } = build;
  const told = timeline.map((entry) => ({ name: "timeline", data: entry as unknown }));
  const all = over ? [...told, { name: "ended", data: { id: buildId, state, stage, progress, problem } }] : told;
  const events = all.map(({ name, data }, i) => `id: ${i + 1}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  return { events: events.slice(known), over };
}

const notFound = {
  code: "BuildNotFound",
  title: "There is no build of that id",
  status: 404,
  fix: ["GET /api/builds lists the builds there are"],
};
