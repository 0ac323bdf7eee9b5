import { normalize } from "./armId.ts";
import type { Facts } from "./facts.ts";
import { hashOf } from "./hash.ts";
import type { Change, Plan } from "./plan.ts";

/** One deviation. Its id is the same in every audit as long as the deviation stands. */
export interface Finding {
  readonly id: string;
  readonly kind: "missing" | "excess" | "wider" | "orphaned" | "roleEdited" | "ledgerDiffers" | "networkDrift";
  readonly title: string;
  readonly scope: string;
  readonly principalId?: string;
  readonly roleDefinitionId?: string;
  /** The assignment it is about. */
  readonly assignmentId?: string;
  readonly templateIds: readonly string[];
  readonly fix: readonly string[];
}

/** A template as audited: what it needs and what was read for that. */
export interface AuditedTemplate {
  readonly plan: Plan;
  readonly facts: Facts;
}

/** One line of the ledger, as far as an audit looks at it. */
export interface LedgerFacts {
  readonly change: Change;
  readonly templateId: string;
  readonly state: "intended" | "made" | "stood" | "undone";
}

/** What an audit compares. */
export interface AuditQuestion {
  readonly templates: readonly AuditedTemplate[];
  readonly ledger: readonly LedgerFacts[];
  /** Whether `templates` holds every template that uses the identities concerned: only then can a grant be called too much. */
  readonly allTemplates: boolean;
}

/** The id of a finding: from what it is about, in any casing. */
export function findingId(kind: Finding["kind"], scope: string, principalId: string, what: string): string {
  const digest = hashOf([kind, normalize(scope), principalId.toLowerCase(), what]);
  return `${kind}-${digest.slice("sha256:".length, "sha256:".length + 12)}`;
}
