import { normalize } from "../armId.ts";
import type { Effect } from "../gallery/share.ts";
import { hashOf } from "../hash.ts";
import type { Facts, GrantFacts } from "../planning/facts.ts";
import type { Plan } from "../planning/plan.ts";

/** What an audit's comparison finds. */
export const findingKinds = [
  "missing",
  "excess",
  "wider",
  "orphaned",
  "roleEdited",
  "servicePrincipal",
  "ledgerDiffers",
  "networkDrift",
] as const;

/** One deviation. Its id is the same in every audit as long as the deviation stands. */
export interface Finding {
  readonly id: string;
  readonly kind: (typeof findingKinds)[number];
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
  readonly change: Effect;
  readonly templateId: string;
  readonly state: "intended" | "made" | "stood" | "undone";
}

/** What an audit compares. */
export interface AuditQuestion {
  readonly templates: readonly AuditedTemplate[];
  readonly ledger: readonly LedgerFacts[];
  /** Grants that stand for the service's own principal, by its obsolete id and the one that is set. */
  readonly servicePrincipalGrants?: readonly GrantFacts[];
  /** Whether `templates` holds every template that uses the identities concerned: only then can a grant be called too much. */
  readonly allTemplates: boolean;
}

/** The id of a finding: from what it is about, in any casing. */
export function findingId(kind: Finding["kind"], scope: string, principalId: string, what: string): string {
  const digest = hashOf([kind, normalize(scope), principalId.toLowerCase(), what]);
  return `${kind}-${digest.slice("sha256:".length, "sha256:".length + 12)}`;
}
