import { randomUUID } from "node:crypto";
import type { HttpRequest, HttpResponseInit } from "@azure/functions";
import type { DurableClient } from "durable-functions";
import { z } from "zod";
import { within } from "../../shared/decide/armId.ts";
import { Refused } from "../../shared/problem.ts";
import {
  type AuditSummary,
  auditDocument,
  auditFolder,
  remediesDocument,
  rightsDocument,
  summaryDocument,
} from "../activities/audit.ts";
import type { Deps } from "../activities/deps.ts";
import type { RemedyStep } from "../activities/remedy.ts";
import { auditId, startAudit } from "../auditing.ts";
import type { AuditReport, Remedy } from "../auditReport.ts";
import { freshSeed } from "../building.ts";
import { startOnce } from "../start.ts";
import { acceptedAudit, acceptedRemediation, auditPage, auditRights, auditView } from "./auditAnswers.ts";
import { auditCsv, auditMarkdown } from "./auditText.ts";
import { originOf, type Reach, reaches } from "./caller.ts";
import { answerWhenChanged, conditionalHeaders, listLookEveryMs } from "./conditional.ts";
import { keyHeader, keyOf } from "./idempotency.ts";
import { pageOf, partOf } from "./paging.ts";
import { type Asked, noResource, route } from "./route.ts";

const retryAfter = "5";

const auditRequest = z.strictObject({
  /** Subscriptions and resource groups among those watched; all of them where absent. */
  scopes: z.array(z.string()).min(1).max(100).optional(),
});
const auditQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).optional(),
  cursor: z.string().max(1024).optional(),
  code: z.string().optional(),
});
const hash = z.string().regex(/^sha256:[0-9a-f]{64}$/, "sha256: and 64 hexadecimal digits");
const remediationRequest = z.union(
  [z.strictObject({ findings: z.array(z.string()).min(1).max(1000) }), z.strictObject({ all: z.literal(true), hash })],
  "either findings (a list of ids), or all: true with the hash of the audit",
);

/** `POST /audits`: compares what templates need with what stands. Reads only. */
export const postAudit = route({
  name: "postAudit",
  method: "POST",
  path: "audits",
  role: "reader",
  summary: "Start an audit of everything watched, or of some scopes among it; it reads and reports",
  body: auditRequest,
  headers: keyHeader("audit"),
  concerns: ({ deps, body }) => body.scopes ?? deps.settings.watch,
  answers: [
    {
      status: 202,
      means: "Started",
      schema: acceptedAudit,
      headers: { Location: "The audit", "Retry-After": "Seconds" },
    },
    { status: 403, means: "A scope is not watched by this Goldsmith" },
    { status: 422, means: "The Idempotency-Key stands for other scopes" },
  ],
  examples: [
    { title: "Audit everything watched", headers: { "Idempotency-Key": "nightly-4711" }, body: {}, status: 202 },
    {
      title: "The same key again is the same audit",
      headers: { "Idempotency-Key": "nightly-4711" },
      body: {},
      status: 202,
    },
  ],
  async handle(asked) {
    const { deps, client, request, body } = asked;
    const { watch } = deps.settings;
    const outside = (body.scopes ?? []).flatMap((scope, i) =>
      watch.some((watched) => within(watched, scope))
        ? []
        : [{ pointer: `/scopes/${i}`, detail: "not within GOLDSMITH_WATCH" }],
    );
    if (outside.length > 0) throw new Refused(notWatched(outside));
    const key = await keyOf(asked);
    const { id } = await key.take(auditId(freshSeed(), new Date().toISOString()));
    await startAudit(deps, client, { id, scopes: body.scopes ?? watch });
    return accepted(request, `audits/${id}`, { id });
  },
});

/** `GET /audits`: newest first. */
export const listAudits = route({
  name: "listAudits",
  method: "GET",
  path: "audits",
  role: "reader",
  summary: "List audits, newest first",
  query: auditQuery,
  headers: conditionalHeaders,
  answers: [
    { status: 200, means: "One page", schema: auditPage, headers: { ETag: "Of this page", Link: "The next page" } },
    { status: 304, means: "Nothing has changed" },
  ],
  examples: [{ title: "The latest audit", query: { limit: "1" }, status: 200 }],
  concerns: noResource,
  handle: ({ deps, reach, request, query }) =>
    answerWhenChanged(
      request,
      async () => {
        const names = (await deps.store.documents.list("audits/")).filter((name) => name.endsWith("/summary.json"));
        const newest = partOf(names.sort().reverse(), { limit: query.limit ?? 50, cursor: query.cursor });
        const found = await Promise.all(newest.names.map((name) => deps.store.documents.get<AuditSummary>(name)));
        const shown = found.filter((one) => one?.scopes.every((scope) => reaches(reach, scope)));
        return pageOf(request, (shown as AuditSummary[]).map(withState), newest.cursor);
      },
      listLookEveryMs,
    ),
});

/** `GET /audits/{id}`: the report as JSON, CSV or Markdown, and what became of its remediations. */
export const getAudit = route({
  name: "getAudit",
  method: "GET",
  path: "audits/{id}",
  role: "reader",
  summary: "One audit: findings with since when they are known, as application/json, text/csv or text/markdown",
  headers: { Accept: "application/json (default), text/csv or text/markdown" },
  concerns: concernsAudit,
  answers: [{ status: 200, means: "The audit, done or not", schema: auditView }],
  examples: [{ title: "An audit that never was", params: { id: "audit-of-nobody" }, status: 404 }],
  async handle({ deps, client, request, params }) {
    const report = await deps.store.documents.get<AuditReport>(auditDocument(params.id ?? ""));
    if (!report) return unfinished(deps, client, params.id ?? "");
    const accept = request.headers.get("accept") ?? "";
    if (/text\/csv/i.test(accept)) return text("text/csv; charset=utf-8", auditCsv(report));
    if (/text\/markdown/i.test(accept)) return text("text/markdown; charset=utf-8", auditMarkdown(report));
    const names = await deps.store.documents.list(`${auditFolder(report.id)}remediations/`);
    const remediations = await Promise.all(names.map((name) => deps.store.documents.get(name)));
    return { jsonBody: { state: "done", ...report, remediations } };
  },
});

/** `GET /audits/{id}/rights`: what every audited template needs, standing or not. */
export const getAuditRights = route({
  name: "getAuditRights",
  method: "GET",
  path: "audits/{id}/rights",
  role: "reader",
  summary: "What every audited template needs and whether it stood: template by right, the findings are drift in it",
  answers: [{ status: 200, means: "One row a template", schema: auditRights }],
  examples: [{ title: "An audit that never was", params: { id: "audit-of-nobody" }, status: 404 }],
  concerns: concernsAudit,
  async handle({ deps, params }) {
    const rights = await deps.store.documents.get(rightsDocument(params.id ?? ""));
    if (!rights) throw new Refused(auditNotFound);
    return { jsonBody: rights };
  },
});

/** `POST /audits/{id}/remediation`: puts chosen findings right inside the fence; the rest comes out as commands. */
export const postRemediation = route({
  name: "postRemediation",
  method: "POST",
  path: "audits/{id}/remediation",
  role: "approver",
  summary:
    "Put findings right: an explicit list, or all with the audit's hash; what Goldsmith may not do comes out as commands",
  body: remediationRequest,
  headers: keyHeader("remediation"),
  concerns: concernsAudit,
  answers: [
    { status: 202, means: "What can be put right is being put right", schema: acceptedRemediation },
    { status: 409, means: "The hash is that of another audit" },
    { status: 422, means: "The audit has no such finding, or the Idempotency-Key stands for others" },
  ],
  async handle(asked) {
    const { deps, caller, client, request, params, body } = asked;
    const { store, settings } = deps;
    const report = await store.documents.get<AuditReport>(auditDocument(params.id ?? ""));
    const remedies = await store.documents.get<Record<string, Remedy>>(remediesDocument(params.id ?? ""));
    if (!report || !remedies) throw new Refused(auditNotFound);
    const chosen = chosenFindings(report, body);
    const steps = chosen.flatMap((findingId): RemedyStep[] => {
      const remedy = remedies[findingId];
      return remedy && remedy.kind !== "command" ? [{ findingId, remedy }] : [];
    });
    const commands = chosen.flatMap((findingId) => {
      const remedy = remedies[findingId];
      return remedy?.kind === "command" ? [{ findingId, command: remedy.command, ...because(remedy) }] : [];
    });
    const key = await keyOf(asked);
    const { id: remedyId } = await key.take(`remedy-${randomUUID().slice(0, 12)}`);
    if (steps.length > 0)
      await startOnce(client, "remedyFindings", remedyId, {
        auditId: report.id,
        remedyId,
        policy: settings.policy,
        origin: originOf(caller),
        steps,
      });
    return accepted(request, `audits/${report.id}`, {
      id: remedyId,
      started: steps.map(({ findingId }) => findingId),
      commands,
    });
  },
});

async function concernsAudit({ deps, params }: Asked<unknown, unknown>): Promise<Reach> {
  const summary = await deps.store.documents.get<AuditSummary>(summaryDocument(params.id ?? ""));
  return summary?.scopes ?? [];
}

const because = (remedy: Extract<Remedy, { kind: "command" }>) => (remedy.because ? { because: remedy.because } : {});

function chosenFindings(report: AuditReport, body: z.infer<typeof remediationRequest>): readonly string[] {
  const known = report.findings.map(({ id }) => id);
  if ("all" in body) {
    if (body.hash !== report.hash) throw new Refused(otherHash(report.hash));
    return known;
  }
  const errors = body.findings.flatMap((id, i) =>
    known.includes(id) ? [] : [{ pointer: `/findings/${i}`, detail: "no finding of this audit" }],
  );
  if (errors.length > 0)
    throw new Refused({ code: "FindingNotFound", title: "The audit has no such finding", status: 422, errors });
  return [...new Set(body.findings)];
}

async function unfinished({ store }: Deps, client: DurableClient, id: string): Promise<HttpResponseInit> {
  const summary = await store.documents.get<AuditSummary>(summaryDocument(id));
  if (!summary) throw new Refused(auditNotFound);
  const status = await client.getStatus(id).catch(() => undefined);
  const failed = /failed|terminated/i.test(String(status?.runtimeStatus ?? ""));
  return { headers: { "retry-after": retryAfter }, jsonBody: { ...summary, state: failed ? "failed" : "running" } };
}

const withState = (summary: AuditSummary) => ({ ...summary, state: summary.endedAt ? "done" : "running" });

const text = (type: string, body: string): HttpResponseInit => ({ headers: { "content-type": type }, body });

/** 202 with the place where it can be followed. */
export function accepted(request: HttpRequest, path: string, about: object): HttpResponseInit {
  const location = new URL(`/api/${path}`, request.url).href;
  return { status: 202, headers: { location, "retry-after": retryAfter }, jsonBody: { ...about, location } };
}

const notWatched = (errors: readonly { pointer: string; detail: string }[]) => ({
  code: "OutsideWatch",
  title: "An audit looks only at what is watched",
  status: 403,
  errors,
  fix: ["Leave scopes out", "Or have the operator add them to GOLDSMITH_WATCH"],
});

const auditNotFound = {
  code: "AuditNotFound",
  title: "There is no (finished) audit of that id",
  status: 404,
  fix: ["GET /api/audits lists the audits there are"],
};

const otherHash = (hash: string) => ({
  code: "AuditChanged",
  title: "The hash is not that of this audit",
  detail: `It is ${hash}.`,
  status: 409,
  fix: ["Look at the audit again, and send its hash"],
});
