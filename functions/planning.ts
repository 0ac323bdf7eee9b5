import type { Azure } from "../shared/azure/azure.ts";
import { contentHash } from "../shared/decide/contentHash.ts";
import type { Facts, TemplateBody, TemplateFacts } from "../shared/decide/facts.ts";
import type { Plan } from "../shared/decide/plan.ts";
import { planBuild } from "../shared/decide/planBuild.ts";
import type { Policy } from "../shared/decide/policy.ts";
import { roleDefinitionId, templateRoles } from "../shared/decide/roles.ts";
import { Refused } from "../shared/problem.ts";
import { templateGone } from "./activities/template.ts";

/** What a plan is wanted for: a template that stands, or a body somebody wants created under this id. */
export interface PlanQuestion {
  readonly templateId: string;
  readonly body?: TemplateBody;
}

/** Reads everything, then decides once. Refuses `TemplateGone` where neither template nor body exists. */
export async function planTemplate(
  azure: Azure,
  { templateId, body }: PlanQuestion,
  policy: Policy,
): Promise<{ readonly plan: Plan; readonly facts: Facts }> {
  const found = await azure.readTemplate(templateId);
  if (found && body && contentHash(found.body) !== contentHash(body)) throw new Refused(differs(templateId));
  const template = found ?? wanted(templateId, body);
  const ours = templateRoles.map(({ key }) => roleDefinitionId(policy.environment, policy.roleSubscriptionId, key));
  const facts = await azure.readFacts(template, ours);
  return { facts, plan: planBuild(facts, policy) };
}

function wanted(id: string, body: TemplateBody | undefined): TemplateFacts {
  if (!body) throw new Refused(templateGone(id));
  return { id, exists: false, body };
}

const differs = (templateId: string) => ({
  code: "TemplateDiffers",
  title: "A template of that name stands with other content",
  detail: "Image templates cannot be overwritten.",
  status: 409,
  scope: templateId,
  fix: ["Give the template a new name", "Or build the one that stands: send templateId instead of template"],
});
