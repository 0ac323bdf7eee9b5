import type { Activities } from "../functions/activities/index.ts";
import type { Play, Steps } from "./durable.ts";
import type { AuditOrder } from "./order.ts";

/** Compares, template by template, the rights that are required with those that stand. Reports; changes nothing. */
export function* auditEstate(play: Play<Activities>, order: AuditOrder): Steps<{ readonly findings: number }> {
  const { auditId, policy } = order;
  const { templateIds } = yield* play.act.listTemplates({ auditId, scopes: order.scopes });
  for (const part of chunks(templateIds, templatesPerPart))
    yield* play.part("auditTemplates", `${auditId}:${part.first}`, { auditId, policy, templateIds: part.items });
  return yield* play.act.finishAudit({ auditId });
}

/** Audits a handful of templates; a part, so that a large estate does not grow one history. */
export function* auditTemplates(
  play: Play<Activities>,
  {
    auditId,
    policy,
    templateIds,
  }: Pick<AuditOrder, "auditId" | "policy"> & { readonly templateIds: readonly string[] },
): Steps<void> {
  for (const templateId of templateIds) yield* play.act.auditTemplate({ auditId, templateId, policy });
}

const templatesPerPart = 20;

function chunks<T>(items: readonly T[], size: number): { readonly first: number; readonly items: readonly T[] }[] {
  const starts = Array.from({ length: Math.ceil(items.length / size) }, (_, i) => i * size);
  return starts.map((first) => ({ first, items: items.slice(first, first + size) }));
}
