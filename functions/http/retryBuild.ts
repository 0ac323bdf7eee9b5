import { type Build, isFinal, type Origin } from "../../shared/build.ts";
import { remainderOf } from "../../shared/decide/builds/remainder.ts";
import type { TemplateBody } from "../../shared/decide/planning/facts.ts";
import { Refused } from "../../shared/problem.ts";
import { startBuild } from "../building.ts";
import { bodyDocument } from "../documents.ts";
import { acceptedBuild } from "./answers.ts";
import { originOf } from "./caller.ts";
import { concernsBuild } from "./concerned.ts";
import { route } from "./route.ts";

/** `POST /builds/{id}/retry`: goes on where a build failed; what stands already (rights, network, template, an image) is found and not made again. */
export const retryBuild = route({
  name: "retryBuild",
  method: "POST",
  path: "builds/{id}/retry",
  role: "builder",
  summary:
    "Make good what did not succeed, from the stage that failed: missing targets from the image that was made; asking twice is asking once",
  answers: [
    { status: 202, means: "The build that tries again", schema: acceptedBuild },
    { status: 409, means: "The build goes on, or succeeded" },
  ],
  examples: [{ title: "A build that never was", params: { id: "nobody-started-this" }, status: 404 }],
  concerns: concernsBuild,
  async handle({ deps, caller, client, request, params }) {
    const build = await deps.store.builds.get(params.id ?? "");
    if (!build) throw new Refused(problem("BuildNotFound", "There is no build of that id", 404));
    if (!isFinal(build.state)) throw new Refused(problem("BuildRuns", "The build has not ended yet", 409));
    if (build.state === "succeeded") throw new Refused(problem("BuildSucceeded", "The build succeeded", 409));
    const next = await again(deps, client, build, originOf(caller));
    const location = new URL(`/api/builds/${next.id}`, request.url).href;
    return {
      status: 202,
      headers: { location, "retry-after": "10" },
      jsonBody: { id: next.id, state: next.state, templateId: next.templateId, location },
    };
  },
});

type Given = Parameters<typeof startBuild>;

/**
 * The same wish once more, or, where some targets got their image, a template that makes the others from it. The seed names the
 * build that failed, so that two retries of it are one build.
 */
async function again(deps: Given[0], client: Given[1], build: Build, origin: Origin): Promise<Build> {
  const kept = await deps.store.documents.get<TemplateBody>(bodyDocument(build.id));
  const { verify, share } = build;
  const { approvals } = deps.settings;
  const asked = {
    ...(verify ? { verify } : {}),
    ...(share ? { share } : {}),
    ...(build.approval && approvals ? { approval: approvals } : {}),
  };
  const retry = { origin, seed: `retry of ${build.id}`, retryOf: build.id, ...asked };
  const rest = build.state === "partiallySucceeded" && kept && remainderOf(build, kept, build.artifacts ?? []);
  if (rest) return (await startBuild(deps, client, { ...rest, create: true, ...retry })).build;
  const found = await deps.azure.readTemplate(build.templateId);
  const body = found?.body ?? kept;
  if (!body) throw new Refused(problem("TemplateGone", "Neither the template nor its body is there any more", 409));
  const wish = { templateId: build.templateId, body, ...(found ? { found } : {}), create: !found, ...retry };
  return (await startBuild(deps, client, wish)).build;
}

const problem = (code: string, title: string, status: number) => ({
  code,
  title,
  status,
  fix: ["GET /api/builds/{id} tells how the build stands"],
});
