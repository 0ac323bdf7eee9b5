import { parseId, sameId } from "../decide/armId.ts";
import { usesOf } from "../decide/permissions/sharedIdentity.ts";
import type { IdentityUse, TemplateFacts } from "../decide/planning/facts.ts";
import { fieldsOf, templateIdentityIds, textOf, vmIdentityIds } from "../decide/template/templateBody.ts";
import { Refused } from "../problem.ts";
import { templateReadApi } from "./apiVersions.ts";
import type { Connection } from "./connection.ts";
import { toThrown } from "./errors.ts";
import { forMinutes } from "./forMinutes.ts";
import type { Reading } from "./reading.ts";
import { listAll, partsOf } from "./rest.ts";

/** Lists the templates of a subscription with the identities they use. */
export interface TemplateLister {
  (subscription: string): Promise<readonly Used[]>;
  /** Whether a list that was made for this very question lacks the template; false where an older list or a refusal leaves that open. */
  readonly lacks: (templateId: string) => Promise<boolean>;
}

interface Used {
  readonly id: string;
  readonly own: readonly string[];
  readonly onVm: readonly string[];
}

/** Asks at most once a minute: a thousand builds that begin together would else list a thousand templates each. */
export function templateLister(arm: Connection): TemplateLister {
  const shared = forMinutes<readonly Used[]>(1);
  const list = (subscription: string) => shared(subscription, () => templatesIn(arm, subscription));
  const lacks = async (templateId: string) => {
    const subscription = partsOf(templateId).subscriptionId.toLowerCase();
    let justNow = false;
    const templates = await shared(subscription, () => {
      justNow = true;
      return templatesIn(arm, subscription);
    }).catch(unlessRefused);
    return justNow && templates !== undefined && !templates.some(({ id }) => sameId(id, templateId));
  };
  return Object.assign(list, { lacks });
}

function unlessRefused(error: unknown): undefined {
  const thrown = toThrown(error);
  if (!(thrown instanceof Refused)) throw thrown;
}

/** Templates besides this one that use its identity, in its subscription and the identity's; undefined where one of them may not be listed. */
export async function identityUses(
  arm: Connection,
  reading: Reading,
  template: TemplateFacts,
  list: (subscription: string) => Promise<readonly Used[]> = (subscription) => templatesIn(arm, subscription),
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
