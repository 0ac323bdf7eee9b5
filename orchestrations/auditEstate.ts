import type { Activities } from "../functions/activities/index.ts";
import { parseId } from "../shared/decide/armId.ts";
import type { Play, Steps } from "./durable.ts";
import type { AuditOrder } from "./order.ts";

/**
 * Compares the rights that are required with those that stand. Reports; changes nothing. One activity for each
 * subscription: its lists are read once for all its templates.
 */
export function* auditEstate(play: Play<Activities>, order: AuditOrder): Steps<{ readonly findings: number }> {
  const { auditId, policy, scopes } = order;
  for (const [subscriptionId, inside] of bySubscription(scopes))
    yield* play.act.auditSubscription({ auditId, subscriptionId, scopes: inside, policy });
  return yield* play.act.finishAudit({ auditId, scopes, policy });
}

function bySubscription(scopes: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, readonly string[]>();
  for (const scope of scopes) {
    const subscriptionId = parseId(scope)?.subscriptionId.toLowerCase();
    if (subscriptionId) groups.set(subscriptionId, [...(groups.get(subscriptionId) ?? []), scope]);
  }
  return groups;
}
