import { parseId } from "../decide/armId.ts";
import { usesOf } from "../decide/permissions/sharedIdentity.ts";
import type { IdentityUse, TemplateFacts } from "../decide/planning/facts.ts";
import { fieldsOf, templateIdentityIds, textOf, vmIdentityIds } from "../decide/template/templateBody.ts";
import { templateReadApi } from "./apiVersions.ts";
import type { Connection } from "./connection.ts";
import { forMinutes } from "./forMinutes.ts";
import type { Reading } from "./reading.ts";
import { listAll } from "./rest.ts";

/** Lists the templates of a subscription with the identities they use. */
export type TemplateLister = (subscription: string) => Promise<readonly Used[]>;

interface Used {
  readonly id: string;
  readonly own: readonly string[];
  readonly onVm: readonly string[];
}

/** Asks at most once a minute: a thousand builds that begin together would else list a thousand templates each. */
export function templateLister(arm: Connection): TemplateLister {
  const shared = forMinutes<readonly Used[]>(1);
  return (subscription) => shared(subscription, () => templatesIn(arm, subscription));
}

/** Templates besides this one that use its identity, in its subscription and the identity's; undefined where one of them may not be listed. */
export async function identityUses(
  arm: Connection,
  reading: Reading,
  template: TemplateFacts,
  list: TemplateLister = (subscription) => templatesIn(arm, subscription),
): Promise<readonly IdentityUse[] | undefined> {
  const [identityId] = templateIdentityIds(template.body);
  if (identityId === undefined) return [];
  const subscriptions = [template.id, identityId].flatMap((id) => parseId(id)?.subscriptionId.toLowerCase() ?? []);
  const lists = await Promise.all(
    [...new Set(subscriptions)].map((subscription) => reading.quietly(() => list(subscription))),
  );
  const templates = lists.flatMap((list) => list ?? []);
  return lists.includes(undefined) ? undefined : usesOf(identityId, template.id, templates);
}

async function templatesIn(arm: Connection, subscription: string): Promise<readonly Used[]> {
  const path = `/subscriptions/${subscription}/providers/Microsoft.VirtualMachineImages/imageTemplates`;
  return (await listAll(arm, path, templateReadApi)).map((json) => {
    const body = fieldsOf(json);
    return { id: textOf(body.id), own: templateIdentityIds(body), onVm: vmIdentityIds(body) };
  });
}
