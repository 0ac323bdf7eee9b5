import { z } from "zod";
import { findingKinds } from "../../shared/decide/audit/finding.ts";
import type { AuditSummary } from "../activities/audit.ts";
import type { RemedyLine } from "../activities/remedy.ts";
import type { AuditFinding, TemplateRights } from "../auditReport.ts";
import { problem } from "./answers.ts";
import { maybe } from "./schemas.ts";

/** What the routes about audits answer. */

const time = z.iso.datetime({ offset: true });

const state = z.enum(["running", "done", "failed"]);

const finding: z.ZodType<AuditFinding> = z.object({
  id: z.string().meta({ description: "The same in every audit as long as the deviation stands" }),
  kind: z.enum([...findingKinds, "leftOver"]),
  title: z.string(),
  scope: z.string(),
  principalId: maybe(z.string()),
  roleDefinitionId: maybe(z.string()),
  assignmentId: maybe(z.string()),
  templateIds: z.array(z.string()),
  fix: z.array(z.string()),
  firstSeen: time,
});

const remedyLine: z.ZodType<RemedyLine> = z.object({
  findingId: z.string(),
  outcome: z.enum(["made", "stood", "undone", "kept", "notNeeded", "refused", "started"]),
  problem: maybe(problem),
  command: maybe(z.string()),
});

/** An audit as lists show it. */
const auditSummary: z.ZodType<AuditSummary & { readonly state: "running" | "done" }> = z.object({
  id: z.string(),
  startedAt: time,
  scopes: z.array(z.string()),
  endedAt: maybe(time),
  templates: maybe(z.number()),
  findings: maybe(z.number()),
  newFindings: maybe(z.number()),
  state: z.enum(["running", "done"]),
});

/** One page of audits. */
export const auditPage = z.object({
  value: z.array(auditSummary),
  nextLink: maybe(z.string()).meta({ description: "The next page; absent on the last one. Carries no key" }),
});

/** An audit; what it found is there once it is done. */
export const auditView = z
  .object({
    id: z.string(),
    state,
    startedAt: time,
    scopes: z.array(z.string()),
    endedAt: maybe(time),
    templates: maybe(z.number()),
    findings: maybe(z.array(finding)),
    newFindings: maybe(z.array(z.string())).meta({ description: "Ids among findings that no audit before had" }),
    excessNotJudged: maybe(z.string()),
    hash: maybe(z.string()).meta({ description: "What putting all of it right is bound to" }),
    remediations: maybe(z.array(z.object({ id: z.string(), at: time, lines: z.array(remedyLine) }))),
  })
  .meta({ description: "An audit; findings, hash and remediations are there once it is done" });

/** Templates and the rights they need, one row each. */
export const auditRights: z.ZodType<{ readonly value: readonly TemplateRights[] }> = z
  .object({
    value: z.array(
      z.object({
        templateId: z.string(),
        rights: z.array(
          z.object({
            role: z.string(),
            roleDefinitionId: z.string(),
            scope: z.string(),
            principalId: z.string(),
            because: z.string(),
            satisfied: z.boolean(),
          }),
        ),
      }),
    ),
  })
  .meta({ description: "The audited templates with every right they need, and whether it stood" });

/** What starting an audit answers. */
export const acceptedAudit = z.object({ id: z.string(), location: z.string() });

/** What asking for a remediation answers. */
export const acceptedRemediation = z.object({
  id: z.string(),
  started: z.array(z.string()).meta({ description: "Findings that are being put right" }),
  commands: z
    .array(z.object({ findingId: z.string(), command: z.string(), because: maybe(problem) }))
    .meta({ description: "For somebody who may: what Goldsmith may not do itself" }),
  location: z.string(),
});
