import type { HttpResponseInit } from "@azure/functions";
import { z } from "zod";
import { type ExportFormat, exportPlan, joined } from "../../shared/decide/exports/exportPlan.ts";
import type { Plan } from "../../shared/decide/planning/plan.ts";
import { approvalPolicy } from "../building.ts";
import { planTemplate } from "../planning.ts";
import { profileNamed } from "../verifying.ts";
import { plan as planSchema } from "./answers.ts";
import { concernedTemplate, templateIn } from "./concerned.ts";
import { planExamples } from "./examples.ts";
import { route } from "./route.ts";
import { planRequest } from "./schemas.ts";

const planQuery = z.strictObject({
  as: z.enum(["json", "markdown", "bicep", "terraform", "az", "powershell"]).optional(),
  code: z.string().optional(),
});

const types: Readonly<Record<ExportFormat, string>> = {
  markdown: "text/markdown",
  bicep: "text/plain",
  terraform: "text/plain",
  az: "text/x-shellscript",
  powershell: "text/plain",
};

/** The plan for somebody else to review or apply. */
function exported(plan: Plan, format: ExportFormat): HttpResponseInit {
  const files = exportPlan(plan, format);
  return { headers: { "content-type": `${types[format]}; charset=utf-8` }, body: joined(files) };
}

/** `POST /plans`: what a template needs, what would be done, what is in the way. Reads only. */
export const postPlan = route({
  name: "postPlan",
  method: "POST",
  path: "plans",
  role: "reader",
  summary:
    "Plan a template (by id, or by a body that exists nowhere yet): rights, changes, blockers; nothing is written",
  body: planRequest,
  query: planQuery,
  answers: [
    { status: 200, means: "The plan; its blockers are part of it", schema: planSchema },
    { status: 404, means: "The template is not there" },
    { status: 409, means: "The template says something no plan can be made of" },
  ],
  examples: planExamples,
  concerns: concernedTemplate,
  async handle({ deps, body, query }) {
    const question = body.template
      ? { templateId: templateIn(body), body: body.template.body }
      : { templateId: templateIn(body) };
    if (body.verify) profileNamed(deps, body.verify);
    if (body.approval) approvalPolicy(deps);
    const more = {
      ...(body.verify || body.approval ? { gate: deps.settings.gate } : {}),
      ...(body.share ? { share: body.share } : {}),
    };
    const { plan } = await planTemplate(deps.azure, { ...question, ...more }, deps.settings.policy);
    return query.as && query.as !== "json" ? exported(plan, query.as) : { jsonBody: plan };
  },
});
