import { planTemplate } from "../planning.ts";
import { plan as planSchema } from "./answers.ts";
import { planExamples } from "./examples.ts";
import { route } from "./route.ts";
import { planRequest } from "./schemas.ts";

/** `POST /plans`: what a template needs, what would be done, what is in the way. Reads only. */
export const postPlan = route({
  name: "postPlan",
  method: "POST",
  path: "plans",
  role: "reader",
  summary:
    "Plan a template (by id, or by a body that exists nowhere yet): rights, changes, blockers; nothing is written",
  body: planRequest,
  answers: [
    { status: 200, means: "The plan; its blockers are part of it", schema: planSchema },
    { status: 404, means: "The template is not there" },
    { status: 409, means: "The template says something no plan can be made of" },
  ],
  examples: planExamples,
  async handle({ deps, body }) {
    const question = body.template
      ? {
          templateId: `${body.template.resourceGroupId}/providers/Microsoft.VirtualMachineImages/imageTemplates/${body.template.name}`,
          body: body.template.body,
        }
      : { templateId: body.templateId ?? "" };
    const { plan } = await planTemplate(deps.azure, question, deps.settings.policy);
    return { jsonBody: plan };
  },
});
