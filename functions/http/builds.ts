import type { HttpRequest, HttpResponseInit } from "@azure/functions";
import { decisionEvent, decisionInstance } from "../../orchestrations/awaitDecision.ts";
import { type Build, isFinal } from "../../shared/build.ts";
import { parseId } from "../../shared/decide/armId.ts";
import { progressNow } from "../../shared/decide/builds/progress.ts";
import type { Plan } from "../../shared/decide/planning/plan.ts";
import { Refused } from "../../shared/problem.ts";
import type { Deps } from "../activities/deps.ts";
import { templateGone } from "../activities/template.ts";
import {
  approvalPolicy,
  type BuildWish,
  buildIdOf,
  freshSeed,
  heldBack,
  startBuild,
  startWritten,
} from "../building.ts";
import { planDocument } from "../documents.ts";
import { profileNamed } from "../verifying.ts";
import { acceptedBuild, buildPage, buildView } from "./answers.ts";
import { originOf, reaches } from "./caller.ts";
import { concernedTemplate, concernsBuild, templateIn } from "./concerned.ts";
import { answerWhenChanged, conditionalHeaders, type Look, listLookEveryMs } from "./conditional.ts";
import { buildExamples, cancelExamples, listExamples, startExamples } from "./examples.ts";
import { keyHeader, keyOf } from "./idempotency.ts";
import { mustBeOurs } from "./ours.ts";
import { pageOf } from "./paging.ts";
import { type Asked, noResource, route } from "./route.ts";
import { type BuildRequest, buildQuery, buildRequest } from "./schemas.ts";
import { sameRunning } from "./secondRequest.ts";

/** Seconds after which asking again is worth it. */
const retryAfter = "10";
const acceptedHeaders = { Location: "Where the build can be followed", "Retry-After": "Seconds" };

/** `POST /builds`: starts a build, or joins the one that is the same. */
export const postBuild = route({
  name: "postBuild",
  method: "POST",
  path: "builds",
  role: "builder",
  summary:
    "Start a build of a template that stands, or of a template body that Goldsmith creates once its rights stand",
  body: buildRequest,
  headers: keyHeader("build"),
  answers: [
    { status: 202, means: "Started, or joined", schema: acceptedBuild, headers: acceptedHeaders },
    { status: 403, means: "The operator does not allow the mode that was asked for" },
    { status: 404, means: "The template is not there" },
    { status: 409, means: "The template is being built, and the operator wants no second request meanwhile" },
    { status: 422, means: "The Idempotency-Key stands for another body" },
  ],
  examples: startExamples,
  concerns: concernedTemplate,
  async handle(asked) {
    const { deps, client, request } = asked;
    const key = await keyOf(asked);
    const begun = key.begun && (await deps.store.builds.get(key.begun.id));
    if (begun) {
      await startWritten(deps, client, begun);
      return accepted(request, begun);
    }
    const wish = heldBack(deps, await wishOf(asked));
    const twin = await sameRunning(deps, wish, request);
    if (twin) return accepted(request, twin);
    await key.take(buildIdOf(wish.templateId, wish.seed));
    return accepted(request, (await startBuild(deps, client, wish)).build);
  },
});

/** `GET /builds`: newest first. */
export const listBuilds = route({
  name: "listBuilds",
  method: "GET",
  path: "builds",
  role: "reader",
  summary: "List builds, newest first; filter by state, template or date",
  query: buildQuery,
  headers: conditionalHeaders,
  answers: [
    { status: 200, means: "One page", schema: buildPage, headers: { ETag: "Of this page", Link: "The next page" } },
    { status: 304, means: "Nothing has changed" },
  ],
  examples: listExamples,
  concerns: noResource,
  handle: ({ deps, reach, request, query }) =>
    answerWhenChanged(
      request,
      async () => {
        const { code: _, ...filter } = query;
        const page = await deps.store.builds.list(definedOnly(filter));
        const shown = page.items.filter(({ templateId }) => reaches(reach, templateId));
        return pageOf(request, shown, page.cursor);
      },
      listLookEveryMs,
    ),
});

/** `GET /builds/{id}`: one build with its plan, its timeline and how its messages fared. */
export const getBuild = route({
  name: "getBuild",
  method: "GET",
  path: "builds/{id}",
  role: "reader",
  summary: "One build: state, stage, plan, timeline with every ARM request, artefacts, problem, deliveries",
  headers: conditionalHeaders,
  answers: [
    {
      status: 200,
      means: "The build; one that failed as well",
      schema: buildView,
      headers: { ETag: "Changes with everything shown", "Retry-After": "Seconds; absent once the build has ended" },
    },
    { status: 304, means: "Nothing has changed" },
  ],
  examples: buildExamples,
  concerns: concernsBuild,
  handle: ({ deps, request, params }) => answerWhenChanged(request, () => lookAt(deps, params.id)),
});

async function lookAt(deps: Deps, id: string | undefined): Promise<Look> {
  const { store } = deps;
  const build = await existingBuild(deps, id);
  const [timeline, deliveries, plan] = await Promise.all([
    store.timeline.list(build.id),
    store.deliveries.list(build.id),
    store.documents.get<Plan>(planDocument(build.id)),
  ]);
  const over = isFinal(build.state);
  const again = over ? {} : { headers: { "retry-after": retryAfter } };
  const moved = over ? undefined : progressNow(build, Date.now());
  const progress = moved ? { progress: moved } : {};
  const told = deliveries.every(({ state }) => state !== "pending");
  return {
    ...again,
    over: over && told,
    estimate: progress,
    body: { ...build, ...(plan ? { plan } : {}), timeline, deliveries },
  };
}

/** `POST /builds/{id}/cancel`: asks for the end; asking twice is asking once. */
export const cancelBuild = route({
  name: "cancelBuild",
  method: "POST",
  path: "builds/{id}/cancel",
  role: "builder",
  summary: "Ask a build to end; it ends cancelled, or as it ended before the service took notice",
  answers: [
    { status: 202, means: "Asked for", schema: acceptedBuild, headers: acceptedHeaders },
    { status: 409, means: "The build has ended already" },
  ],
  examples: cancelExamples,
  concerns: concernsBuild,
  async handle({ deps, caller, client, request, params }) {
    const build = await existingBuild(deps, params.id);
    if (isFinal(build.state) && build.state !== "cancelled") throw new Refused(overAlready(build));
    const first = await deps.store.seen.first("cancel", build.id);
    // For its watcher, which has the mark at hand with every pass; a run that is watched later looks for the one above.
    await deps.store.watches.cancel(parseId(build.templateId)?.subscriptionId ?? "", build.id);
    // Who waits for an approver is woken; nobody else listens.
    await client.raiseEvent(decisionInstance(build.id), decisionEvent, {}).catch(() => undefined);
    if (first && caller.kind === "principal") await noteCancel(deps, build.id, caller.id);
    return accepted(request, build);
  },
});

async function noteCancel({ store }: Deps, buildId: string, who: string): Promise<void> {
  const at = new Date().toISOString();
  await store.timeline.add(buildId, `${at}-cancel`, { at, what: "cancelBuild", detail: `asked for by ${who}` });
}

/** The build of that id; refuses one that is not there. */
export async function existingBuild({ store }: Deps, id = ""): Promise<Build> {
  const build = await store.builds.get(id);
  if (build) return build;
  throw new Refused({
    code: "BuildNotFound",
    title: "There is no build of that id",
    status: 404,
    fix: ["GET /api/builds lists the builds there are"],
  });
}

async function wishOf({ deps, caller, request, body }: Asked<BuildRequest, unknown>): Promise<BuildWish> {
  const mode = allowedMode(deps, body.mode);
  const seed = request.headers.get("idempotency-key") ?? freshSeed();
  const origin = originOf(caller);
  const extra = {
    ...(body.planHash ? { planHash: body.planHash } : {}),
    ...mode,
    ...(body.notify ? { notify: body.notify } : {}),
    ...lasting(deps, body),
    ...(body.verify ? { verify: body.verify } : {}),
    ...(body.approval ? { approval: approvalPolicy(deps) } : {}),
    ...(body.share ? { share: body.share } : {}),
  };
  if (body.verify) profileNamed(deps, body.verify);
  if (body.template) {
    const templateId = templateIn(body);
    mustBeOurs(deps, templateId);
    return { templateId, body: body.template.body, create: true, origin, seed, ...extra };
  }
  mustBeOurs(deps, body.templateId ?? "");
  const found = await deps.azure.readTemplate(body.templateId ?? "");
  if (!found) throw new Refused(templateGone(body.templateId ?? ""));
  return { templateId: found.id, body: found.body, found, create: false, origin, seed, ...extra };
}

/** What lasts only as long as the build; a request may ask for less to stay than the settings, never for more. */
function lasting({ settings }: Deps, { grants, network }: BuildRequest): Pick<BuildWish, "grants" | "network"> {
  const looser = [
    ...(grants === "standing" && settings.grants === "justInTime" ? ["grants"] : []),
    ...(network === "keep" && settings.networkAfter === "restore" ? ["network"] : []),
  ];
  if (looser.length > 0)
    throw new Refused({
      code: "PolicyNotLoosened",
      title: "A request may tighten what the operator set, never loosen it",
      status: 403,
      errors: looser.map((field) => ({ pointer: `/${field}`, detail: "the operator set less to stay after a build" })),
      fix: [`Leave ${looser.join(" and ")} out`],
    });
  return { ...(grants ? { grants } : {}), ...(network ? { network } : {}) };
}

/** A request may be more careful than the settings, never less. */
function allowedMode({ settings }: Deps, mode: "act" | "advise" | undefined): { readonly mode?: "advise" } {
  if (mode !== "act" || settings.policy.mode === "act") return mode === "advise" ? { mode } : {};
  throw new Refused({
    code: "ModeNotAllowed",
    title: "This Goldsmith advises only",
    status: 403,
    errors: [{ pointer: "/mode", detail: "the operator set GOLDSMITH_MODE=advise" }],
    fix: ["Leave mode out", "Or ask the operator for GOLDSMITH_MODE=act"],
  });
}

function accepted(request: HttpRequest, build: Build): HttpResponseInit {
  const location = new URL(`/api/builds/${build.id}`, request.url).href;
  return {
    status: 202,
    headers: { location, "retry-after": retryAfter },
    jsonBody: { id: build.id, state: build.state, templateId: build.templateId, location },
  };
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };
const definedOnly = <T extends object>(given: T) =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Defined<T>;

const overAlready = (build: Build) => ({
  code: "BuildEnded",
  title: `The build has ended already: ${build.state}`,
  status: 409,
  fix: [`GET /api/builds/${build.id} tells how`],
});
