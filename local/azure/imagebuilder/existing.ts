import { notFound } from "../compute/answers.ts";
import type { Call, Resource, World } from "../world.ts";
import { findTemplate, templateType } from "./template.ts";

/** The template that a call is about, or the 404; `call.id` may go on below it. */
export function existing(world: World, call: Call): Resource {
  const { subscriptionId, resourceGroupName, imageTemplateName } = call.params;
  const id = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroupName}/providers/${templateType}/${imageTemplateName}`;
  const template = findTemplate(world, id);
  if (!template) throw notFound(id);
  return template;
}
