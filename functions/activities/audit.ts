import { auditDiff, type Finding } from "../../shared/decide/audit.ts";
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

const document = (auditId: string, name: string) => `audits/${auditId}/${name}.json`;

/** Required rights against standing grants, template by template. Reads only. */
export const auditActivities = ({ azure, store, notify }: Deps) => ({
  async listTemplates({ scopes }: { readonly auditId: string; readonly scopes: readonly string[] }) {
    const found = await Promise.all(scopes.map((scope) => azure.listTemplates(scope)));
    return { templateIds: [...new Set(found.flat().map(({ id }) => id))] };
  },

  async auditTemplate({ auditId, templateId, policy }: { auditId: string; templateId: string; policy: Policy }) {
    const findings = await findingsOf(templateId, policy);
    await store.documents.put(document(auditId, `templates/${encodeURIComponent(templateId)}`), findings);
    return { findings: findings.length };
  },

  /** Puts the parts together and tells people where something drifted. */
  async finishAudit({ auditId }: { readonly auditId: string }) {
    const names = await store.documents.list(`audits/${auditId}/templates/`);
    const parts = await Promise.all(names.map((name) => store.documents.get<readonly Finding[]>(name)));
    const findings = parts.flatMap((part) => part ?? []);
    const report: AuditReport = { id: auditId, endedAt: new Date().toISOString(), templates: names.length, findings };
    await store.documents.put(document(auditId, "report"), report);
    if (findings.length > 0) await send(store, notify, auditId, auditMessage(report));
    return { findings: findings.length };
  },
});
