import { z } from "zod";
import { isFinal } from "../../shared/build.ts";
import { tailOf } from "../../shared/decide/builds/logText.ts";
import { Refused } from "../../shared/problem.ts";
import { type KeptLog, keepLiveLog, logDocument } from "../activities/log.ts";
import { concernsBuild } from "./concerned.ts";
import { exampleBuild } from "./examples.ts";
import { route } from "./route.ts";

/** A kept log younger than this (ms) is shown as it is: many who watch cost Azure one read. */
const freshFor = 15_000;

/** `GET /builds/{id}/log`: the customization log, live while the build runs. */
export const getBuildLog = route({
  name: "getBuildLog",
  method: "GET",
  path: "builds/{id}/log",
  role: "reader",
  summary: "The build's log, secrets masked: read from its container while it runs, kept afterwards",
  query: z.strictObject({
    tail: z.coerce.number().int().min(1).max(100_000).optional(),
    /** The function key may stand in the query: it is the host's. */
    code: z.string().optional(),
  }),
  answers: [
    { status: 200, means: "The log, or its last lines", type: "text/plain", schema: z.string() },
    { status: 404, means: "No such build, or it has no log (yet)" },
  ],
  examples: [{ title: "A build that never was", params: { id: "nobody-started-this" }, status: 404 }],
  concerns: concernsBuild,
  async handle({ deps, params, query }) {
    const build = await deps.store.builds.get(params.id ?? "");
    if (!build) throw new Refused(noLog("There is no build of that id"));
    const kept = await deps.store.documents.get<KeptLog>(logDocument(build.id));
    const stale = !kept || Date.now() - Date.parse(kept.at) > freshFor;
    const live = !isFinal(build.state) && build.state === "running" && stale;
    const template = live ? await deps.azure.readTemplate(build.templateId) : undefined;
    const log = (await keepLiveLog(deps, build.id, template?.exactStagingResourceGroup)) ?? kept;
    if (!log) throw new Refused(noLog("The build has no log yet"));
    const body = query.tail ? tailOf(log.text, query.tail) : log.text;
    return { headers: { "content-type": "text/plain; charset=utf-8", "x-log-read-at": log.at }, body };
  },
});

const noLog = (title: string) => ({
  code: "LogNotFound",
  title,
  status: 404,
  fix: [`GET /api/builds/${exampleBuild} tells where a build stands`, "A log begins with the run's stage Building"],
});
