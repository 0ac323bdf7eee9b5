import { planTemplate } from "../planning.ts";
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
