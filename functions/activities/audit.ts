import { type AuditedTemplate, auditDiff, type Finding } from "../../shared/decide/audit.ts";
import { auditMessage } from "../../shared/decide/message.ts";
import type { Policy } from "../../shared/decide/policy.ts";
import { Refused } from "../../shared/problem.ts";
import { planTemplate } from "../planning.ts";
import { send } from "./announce.ts";
import type { Deps } from "./deps.ts";

/** What an audit found, as it is kept. */
export interface AuditReport {
  readonly id: string;
  readonly endedAt: string;
  readonly templates: number;
  readonly findings: readonly Finding[];
}

type AboutTemplate = { readonly auditId: string; readonly templateId: string; readonly policy: Policy };

const readings = (auditId: string) => `audits/${auditId}/templates/`;

/** Where the report of an audit is kept. */
export const auditDocument = (auditId: string) => `audits/${auditId}/report.json`;

/** Required rights against standing grants. Reads only, and reports. */
export const auditActivities = ({ azure, store, notify }: Deps) => ({
  async listTemplates({ scopes }: { readonly auditId: string; readonly scopes: readonly string[] }) {
    const found = await Promise.all(scopes.map((scope) => azure.listTemplates(scope)));
    return { templateIds: [...new Set(found.flat().map(({ id }) => id))] };
  },

  /** Reads what one template needs and what stands; kept until the whole estate is read. */
  async auditTemplate({ auditId, templateId, policy }: AboutTemplate) {
    try {
      const audited: AuditedTemplate = await planTemplate(azure, { templateId }, policy);
      await store.documents.put(`${readings(auditId)}${encodeURIComponent(templateId)}.json`, audited);
      return { audited: true };
    } catch (error) {
      if (error instanceof Refused && error.problem.code === "TemplateGone") return { audited: false };
      throw error;
    }
  },

  /** Compares everything at once, keeps the report, and tells people where something drifted. */
  async finishAudit({ auditId }: { readonly auditId: string }) {
    const names = await store.documents.list(readings(auditId));
    const templates: AuditedTemplate[] = [];
    for (const name of names) {
      const audited = await store.documents.get<AuditedTemplate>(name);
      if (audited) templates.push(audited);
    }
    const findings = auditDiff({ templates, ledger: await store.ledger.list(), allTemplates: true });
    const report: AuditReport = {
      id: auditId,
      endedAt: new Date().toISOString(),
      templates: templates.length,
      findings,
    };
    await store.documents.put(auditDocument(auditId), report);
    if (findings.length > 0) await send(store, notify, auditId, auditMessage(report));
    return { findings: findings.length };
  },
});
