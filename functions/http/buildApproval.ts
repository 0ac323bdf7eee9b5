import { acceptedBuild, approvalView } from "./answers.ts";
import { existingBuild } from "./builds.ts";
import { concernsBuild } from "./concerned.ts";
import { decide, decisionAnswers, decisionRequest } from "./deciding.ts";
import { keyHeader } from "./idempotency.ts";
import { route } from "./route.ts";

/** `POST /builds/{id}/approvals`: somebody else than who asked decides whether `latest` may mean what was built. */
export const approveBuild = route({
  name: "decideBuild",
  method: "POST",
  path: "builds/{id}/approvals",
  role: "approver",
  summary:
    "Agree that latest means what a build published, or reject it: it stays excluded then; not by whoever asked for the build",
  body: decisionRequest,
  headers: keyHeader("decision"),
  answers: [
    { status: 200, means: "Decided", schema: acceptedBuild.extend({ approval: approvalView }) },
    ...decisionAnswers,
  ],
  examples: [
    {
      title: "A build that never was",
      params: { id: "nobody-started-this" },
      body: { decision: "approve" },
      status: 404,
    },
  ],
  concerns: concernsBuild,
  async handle(asked) {
    const { deps, params, request } = asked;
    const { id, state, templateId, origin, approval } = await existingBuild(deps, params.id);
    const about = { what: "the build", state, waits: state === "awaitingApproval", seeAt: `/api/builds/${id}` };
    const more = { askedBy: origin.who, decideBy: approval?.decideBy };
    const decision = await decide(asked, id, { ...about, ...more });
    const location = new URL(`/api/builds/${id}`, request.url).href;
    return { jsonBody: { id, state, templateId, location, approval: { ...approval, decision } } };
  },
});
