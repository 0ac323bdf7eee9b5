import type { Azure } from "../shared/azure/azure.ts";
import { gatedBody, gateProblems, gateWarnings } from "../shared/decide/gallery/gate.ts";
import type { BuildShare } from "../shared/decide/gallery/share.ts";
import { buildShareProblems } from "../shared/decide/gallery/shareProblems.ts";
import { roleDefinitionId, templateRoles } from "../shared/decide/permissions/roles.ts";
import type { Facts, TemplateBody, TemplateFacts } from "../shared/decide/planning/facts.ts";
import { isQuiet, type KeptFacts, stillKept } from "../shared/decide/planning/keptFacts.ts";
import type { Plan } from "../shared/decide/planning/plan.ts";
import { planBuild } from "../shared/decide/planning/planBuild.ts";
import type { Policy } from "../shared/decide/planning/policy.ts";
import { contentHash } from "../shared/decide/template/contentHash.ts";
import { Refused } from "../shared/problem.ts";
import { templateGone } from "./activities/template.ts";

/** What a plan is wanted for: a template that stands, or a body somebody wants created under this id. */
export interface PlanQuestion {
  readonly templateId: string;
  readonly body?: TemplateBody;
  /** The build is to be verified, and this is what may be done about targets that publish into `latest` at once. */
  readonly gate?: "patch" | "keep";
  /** Whom what is published is to be shared with. */
  readonly share?: readonly BuildShare[];
  /** The template as it was read just now. */
  readonly found?: TemplateFacts;
  /** What the last plan of this template was made from. */
  readonly kept?: KeptFacts;
}

/** A plan with what it was made from; `fresh`: nothing of that was kept from an earlier plan. */
export interface Planned {
  readonly plan: Plan;
  readonly facts: Facts;
  readonly fresh: boolean;
}

/**
 * Reads everything, then decides. Refuses `TemplateGone` where neither template nor body exists. A plan that rests on kept facts
 * counts only if there is nothing to do; else everything is read anew.
 */
export async function planTemplate(
  azure: Azure,
  { templateId, body, gate, share, kept, ...known }: PlanQuestion,
  policy: Policy,
): Promise<Planned> {
  const published = gate === "patch" ? gatedBody : (as: TemplateBody) => as;
  // A body is mostly that of a template to come.
  const isNew = body && !kept && !known.found && (await azure.lacksTemplate(templateId));
  const found = known.found ?? (isNew ? undefined : await azure.readTemplate(templateId));
  if (found && body && contentHash(published(found.body)) !== contentHash(published(body)))
    throw new Refused(differs(templateId));
  const asked = found ?? wanted(templateId, body);
  const template = { ...asked, body: published(asked.body) };
  const ours = templateRoles.map(({ key }) => roleDefinitionId(policy.environment, policy.roleSubscriptionId, key));
  const read = async (how: object): Promise<Omit<Planned, "fresh">> => {
    const facts = await azure.readFacts(template, ours, { tags: policy.optIn !== "none", ...how });
    const plan = planBuild(facts, policy);
    const blockers = [
      ...plan.blockers,
      ...(gate ? gateProblems(asked.body, gate) : []),
      ...(share ? buildShareProblems(facts, share, policy) : []),
    ];
    const warnings = [...plan.warnings, ...(gate ? gateWarnings(asked.body, gate) : [])];
    return { facts, plan: { ...plan, blockers, warnings } };
  };
  if (kept && stillKept(kept, template, Date.now())) {
    const planned = await read({ kept });
    if (isQuiet(planned.plan)) return { ...planned, fresh: false };
  }
  return { ...(await read({})), fresh: true };
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
