import { parseId } from "../decide/armId.ts";
import type { IdentityUse, TemplateFacts } from "../decide/facts.ts";
import { usesOf } from "../decide/sharedIdentity.ts";
import { fieldsOf, templateIdentityIds, textOf, vmIdentityIds } from "../decide/templateBody.ts";
import { templateReadApi } from "./apiVersions.ts";
import type { Connection } from "./connection.ts";
import type { Reading } from "./reading.ts";
import { listAll } from "./rest.ts";

/** Templates besides this one that use its identity, in its subscription and the identity's; undefined where one of them may not be listed. */
export async function identityUses(
  arm: Connection,
  reading: Reading,
  template: TemplateFacts,
): Promise<readonly IdentityUse[] | undefined> {
  const [identityId] = templateIdentityIds(template.body);
  if (identityId === undefined) return [];
  const subscriptions = [template.id, identityId].flatMap((id) => parseId(id)?.subscriptionId.toLowerCase() ?? []);
  const lists = await Promise.all(
    [...new Set(subscriptions)].map((subscription) => reading.quietly(() => templatesIn(arm, subscription))),
  );
  const templates = lists.flatMap((list) => list ?? []);
  return lists.includes(undefined) ? undefined : usesOf(identityId, template.id, templates);
}

async function templatesIn(arm: Connection, subscription: string) {
  const path = `/subscriptions/${subscription}/providers/Microsoft.VirtualMachineImages/imageTemplates`;
  return (await listAll(arm, path, templateReadApi)).map((json) => {
    const body = fieldsOf(json);
    return { id: textOf(body.id), own: templateIdentityIds(body), onVm: vmIdentityIds(body) };
  });
}
