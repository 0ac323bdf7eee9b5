import { page } from "../paging.ts";
import type { Answer, Call, World } from "../world.ts";
import { present } from "./answer.ts";
import { existing } from "./existing.ts";
import { templateType } from "./template.ts";

/** GET of a template. */
export function getTemplate(world: World, call: Call): Answer {
  return { status: 200, body: present(existing(world, call), call) };
}

/** The templates of a resource group, or of the subscription. */
export function listTemplates(world: World, call: Call): Answer {
  const { subscriptionId, resourceGroupName } = call.params;
  const scope = resourceGroupName
    ? `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroupName}`
    : `/subscriptions/${subscriptionId}`;
  return page(world, call, world.store.resources(templateType, scope), (template) => present(template, call));
}
