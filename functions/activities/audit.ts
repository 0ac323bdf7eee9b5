import { isTemplateId, normalize, parseId, within } from "../../shared/decide/armId.ts";
import type { Finding } from "../../shared/decide/audit/audit.ts";
import { auditMessage } from "../../shared/decide/messages/message.ts";
import { roleDefinitionId, templateRoles } from "../../shared/decide/permissions/roles.ts";
import { obsoletePrincipalId } from "../../shared/decide/permissions/servicePrincipal.ts";
import type { TemplateFacts } from "../../shared/decide/planning/facts.ts";
import { planBuild } from "../../shared/decide/planning/planBuild.ts";
import type { Policy } from "../../shared/decide/planning/policy.ts";
import { Refused } from "../../shared/problem.ts";
import { measure } from "../../shared/telemetry.ts";
import {
  type AuditFinding,
  type AuditPart,
  type AuditReport,
  findingsHash,
  findingsOf,
  remediesOf,
  rightsOf,
} from "../auditReport.ts";
import { send } from "./announce.ts";
import type { Deps } from "./deps.ts";
import { isLeftOver } from "./justInTime.ts";
import { durableClient, log } from "./story.ts";

/** An audit as lists show it. */
export interface AuditSummary {
  readonly id: string;
  readonly startedAt: string;
  readonly scopes: readonly string[];
  readonly endedAt?: string;
  readonly templates?: number;
  readonly findings?: number;
  readonly newFindings?: number;
}

type AboutPart = {
  readonly auditId: string;
  readonly subscriptionId: string;
  readonly scopes: readonly string[];
  readonly policy: Policy;
};
type AboutAudit = { readonly auditId: string; readonly scopes: readonly string[]; readonly policy: Policy };

/** Where an audit keeps its documents. */
export const auditFolder = (auditId: string) => `audits/${auditId}/`;
/** Where the report of an audit is kept. */
export const auditDocument = (auditId: string) => `${auditFolder(auditId)}report.json`;
/** Where the short form of an audit is kept; it is there as soon as the audit was asked for. */
export const summaryDocument = (auditId: string) => `${auditFolder(auditId)}summary.json`;
/** Where the remedies of an audit's findings are kept. */
export const remediesDocument = (auditId: string) => `${auditFolder(auditId)}remedies.json`;

/** Where the rights that the audited templates need are kept. */
export const rightsDocument = (auditId: string) => `${auditFolder(auditId)}rights.json`;

const knownFindings = "findings/known.json";
const leaseMs = 60_000;

/** Required rights against standing grants. Reads only, and reports. */
export const auditActivities = (deps: Deps) => ({
  /** Reads all templates of one subscription and what they need, from few lists; kept until every subscription is read. */
  async auditSubscription({ auditId, subscriptionId, scopes, policy }: AboutPart) {
    const { templates, whole } = await templatesOf(deps, subscriptionId, scopes);
    const ours = templateRoles.map(({ key }) => roleDefinitionId(policy.environment, policy.roleSubscriptionId, key));
    const facts = await deps.azure.readEstate(templates, ours);
    const audited = facts.map((one) => ({ facts: one, plan: planBuild(one, policy) }));
    const servicePrincipalGrants = await oldGrants(deps, subscriptionId, policy);
    const part: AuditPart = { subscriptionId, audited, whole, servicePrincipalGrants };
    await deps.store.documents.put(`${auditFolder(auditId)}parts/${subscriptionId.toLowerCase()}.json`, part);
    return { templates: templates.length };
  },

  /** Compares everything at once, keeps the report, and tells people what is new. */
  async finishAudit({ auditId, scopes, policy }: AboutAudit): Promise<{ readonly findings: number }> {
    const { store, settings } = deps;
    const parts = await partsOf(deps, auditId);
    const ledger = await store.ledger.list();
    const passing = ledger.filter(({ lasts }) => lasts === "build");
    const flags = await Promise.all(passing.map((entry) => isLeftOver(deps, entry)));
    const leftOver = passing.filter((_, i) => flags[i]);
    const whose = { scopes, justInTime: settings.grants === "justInTime" };
    const found = findingsOf(parts, ledger, leftOver, whose);
    const summary = await store.documents.get<AuditSummary>(summaryDocument(auditId));
    const endedAt = new Date().toISOString();
    const { findings, newFindings } = await dated(deps, auditId, found, endedAt, coversAll(deps, scopes));
    const blind = parts.filter(({ whole }) => !whole).map((part) => `/subscriptions/${part.subscriptionId}`);
    const judged =
      blind.length === 0 ? {} : { excessNotJudged: `not every template could be listed in ${blind.join(", ")}` };
    const templates = countIn(parts, scopes);
    const about = { id: auditId, startedAt: summary?.startedAt ?? endedAt, endedAt, scopes, templates };
    const report: AuditReport = { ...about, findings, newFindings, ...judged, hash: findingsHash(found) };
    await store.documents.put(remediesDocument(auditId), remediesOf(found, parts, ledger, policy.mode === "advise"));
    await store.documents.put(rightsDocument(auditId), { value: rightsOf(parts, whose) });
    await store.documents.put(auditDocument(auditId), report);
    const counts = { findings: findings.length, newFindings: newFindings.length };
    await store.documents.put(summaryDocument(auditId), { ...about, ...counts } satisfies AuditSummary);
    log("auditEnded", { auditId, templates, ...counts });
    measure("goldsmith.audit.findings", newFindings.length);
    const told = findings.filter(({ id }) => newFindings.includes(id)) as unknown as readonly Finding[];
    if (told.length > 0) await send(deps, durableClient(), auditMessage({ ...report, findings: told }));
    return { findings: findings.length };
  },
});

const countIn = (parts: readonly AuditPart[], scopes: readonly string[]) =>
  parts.flatMap(({ audited }) => audited).filter(({ plan }) => scopes.some((scope) => within(scope, plan.templateId)))
    .length;

const coversAll = ({ settings }: Deps, scopes: readonly string[]) =>
  settings.watch.every((watched) => scopes.some((scope) => within(scope, watched)));

/** Every template of the subscription where that may be listed; else those of the scopes, and whatever templates the ledger knows. */
async function templatesOf(
  { azure, store }: Deps,
  subscriptionId: string,
  scopes: readonly string[],
): Promise<{ readonly templates: readonly TemplateFacts[]; readonly whole: boolean }> {
  try {
    return { templates: await azure.listTemplates(`/subscriptions/${subscriptionId}`), whole: true };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
  }
  const listed = (await Promise.all(scopes.map((scope) => azure.listTemplates(scope)))).flat();
  const known = (await store.ledger.list()).map(({ templateId }) => templateId).filter(isTemplateId);
  const elsewhere = known.filter((id) => sameText(parseId(id)?.subscriptionId, subscriptionId));
  const others = await Promise.all([...new Set(elsewhere.map(normalize))].map((id) => azure.readTemplate(id)));
  const all = [...listed, ...others.filter((one) => one !== undefined)];
  return { templates: [...new Map(all.map((one) => [normalize(one.id), one])).values()], whole: false };
}

/** Grants of the service's own principal, under the id of an old document and under the one that is set; none where they may not be listed. */
async function oldGrants({ azure }: Deps, subscriptionId: string, { imageBuilderPrincipalId }: Policy) {
  const ids = [obsoletePrincipalId, ...(imageBuilderPrincipalId ? [imageBuilderPrincipalId] : [])];
  const lists = ids.map((id) =>
    azure.grantsOf(`/subscriptions/${subscriptionId}`, id).catch((error: unknown) => {
      if (error instanceof Refused) return [];
      throw error;
    }),
  );
  return (await Promise.all(lists)).flat();
}

const sameText = (a: string | undefined, b: string) => a?.toLowerCase() === b.toLowerCase();

async function partsOf({ store }: Deps, auditId: string): Promise<readonly AuditPart[]> {
  const names = await store.documents.list(`${auditFolder(auditId)}parts/`);
  const parts = await Promise.all(names.map((name) => store.documents.get<AuditPart>(name)));
  return parts.filter((part) => part !== undefined);
}

/** Gives each finding the date of its first audit; an audit of everything also forgets what is put right. */
async function dated(
  { store }: Deps,
  auditId: string,
  found: readonly Omit<AuditFinding, "firstSeen">[],
  now: string,
  everything: boolean,
): Promise<{ readonly findings: readonly AuditFinding[]; readonly newFindings: readonly string[] }> {
  if (!(await store.leases.acquire(knownFindings, auditId, leaseMs)))
    throw new Error("another audit dates its findings");
  try {
    const known =
      (await store.documents.get<Record<string, { firstSeen: string; auditId: string }>>(knownFindings)) ?? {};
    const findings = found.map((one) => ({ ...one, firstSeen: known[one.id]?.firstSeen ?? now }));
    const marks = findings.map(
      ({ id, firstSeen }) => [id, { firstSeen, auditId: known[id]?.auditId ?? auditId }] as const,
    );
    await store.documents.put(knownFindings, { ...(everything ? {} : known), ...Object.fromEntries(marks) });
    // By the audit that dated it: a repeated attempt must not find its own findings old.
    return { findings, newFindings: marks.flatMap(([id, mark]) => (mark.auditId === auditId ? [id] : [])) };
  } finally {
    await store.leases.release(knownFindings, auditId);
  }
}
