import type { Origin } from "../../shared/build.ts";
import type { Change } from "../../shared/decide/planning/plan.ts";
import type { Policy } from "../../shared/decide/planning/policy.ts";
import { type Problem, Refused } from "../../shared/problem.ts";
import { type Remedy, sameEffect } from "../auditReport.ts";
import { planTemplate } from "../planning.ts";
import { auditFolder } from "./audit.ts";
import { changeActivities } from "./change.ts";
import type { Deps } from "./deps.ts";
import { undoActivities } from "./undo.ts";

/** A finding to put right, and how. */
export interface RemedyStep {
  readonly findingId: string;
  readonly remedy: Exclude<Remedy, { kind: "command" }>;
}

/** What became of one finding. `notNeeded`: it is no deviation any more. */
export interface RemedyLine {
  readonly findingId: string;
  readonly outcome: "made" | "stood" | "undone" | "kept" | "notNeeded" | "refused" | "started";
  readonly problem?: Problem;
  readonly command?: string;
}

type Asked = { readonly remedyId: string; readonly policy: Policy; readonly step: RemedyStep };
type Report = {
  readonly auditId: string;
  readonly remedyId: string;
  readonly lines: readonly RemedyLine[];
  readonly origin?: Origin;
};

/** Where a remediation keeps what became of it. */
export const remediationDocument = (auditId: string, remedyId: string) =>
  `${auditFolder(auditId)}remediations/${remedyId}.json`;

/** Putting chosen findings of an audit right. */
export const remedyActivities = (deps: Deps) => ({
  /** Plans anew and makes the change only if it is still planned and nothing is in the way; takes back only own work. */
  async remedyFinding({ remedyId, policy, step }: Asked): Promise<{
    readonly line: RemedyLine;
    readonly settle?: { readonly templateId: string; readonly change: Change };
  }> {
    const { findingId, remedy } = step;
    try {
      if (remedy.kind === "takeBack") {
        const undone = await undoActivities(deps).undoEntry({ undoId: remedyId, entryId: remedy.entryId });
        return { line: { findingId, ...undone } };
      }
      return await apply(deps, remedyId, policy, findingId, remedy);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return { line: { findingId, outcome: "refused", problem: error.problem } };
    }
  },

  async finishRemediation({ auditId, remedyId, lines, origin }: Report) {
    await deps.store.documents.put(remediationDocument(auditId, remedyId), {
      id: remedyId,
      at: new Date().toISOString(),
      lines,
      ...(origin ? { origin } : {}),
    });
    return {};
  },
});

async function apply(
  deps: Deps,
  remedyId: string,
  policy: Policy,
  findingId: string,
  { templateId, change }: Extract<Remedy, { kind: "apply" }>,
) {
  const { plan } = await planTemplate(deps.azure, { templateId }, policy);
  const wanted = plan.changes.find((one) => sameEffect(one, change));
  if (!wanted) return { line: { findingId, outcome: "notNeeded" as const } };
  const [blocker] = plan.blockers;
  if (blocker) throw new Refused(blocker);
  const { outcome } = await changeActivities(deps).applyChange({ buildId: remedyId, templateId, change: wanted });
  return {
    line: { findingId, outcome },
    ...(wanted.kind === "assignRole" ? {} : { settle: { templateId, change: wanted } }),
  };
}
