import { normalize, sameId, within } from "../shared/decide/armId.ts";
import { type AuditedTemplate, auditDiff, type Finding } from "../shared/decide/audit/audit.ts";
import { azCommand } from "../shared/decide/exports/az.ts";
import { type Effect, isShare, openedBy } from "../shared/decide/gallery/share.ts";
import { hashOf } from "../shared/decide/hash.ts";
import type { GrantFacts } from "../shared/decide/planning/facts.ts";
import type { Change, Plan } from "../shared/decide/planning/plan.ts";
import { isPassing } from "../shared/decide/template/lasting.ts";
import type { Problem } from "../shared/problem.ts";
import type { LedgerEntry } from "../shared/store/store.ts";
import { grantEntryId, ledgerId, sentence } from "./effects.ts";

/** A deviation as reported: a finding of the comparison, or an effect that outlived its build; and since when it is known. */
export type AuditFinding = Omit<Finding, "kind"> & {
  readonly kind: Finding["kind"] | "leftOver";
  /** ISO: when an audit found it first, without a clean one since. */
  readonly firstSeen: string;
};

/** How a finding can be put right: by the app (inside its fence), or by somebody with this command. */
export type Remedy =
  | { readonly kind: "apply"; readonly templateId: string; readonly change: Change }
  | { readonly kind: "takeBack"; readonly entryId: string }
  | { readonly kind: "command"; readonly command: string; readonly because?: Problem };

/** What an audit found, as it is kept. */
export interface AuditReport {
  readonly id: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly scopes: readonly string[];
  readonly templates: number;
  readonly findings: readonly AuditFinding[];
  /** Ids among `findings` that no audit before had. */
  readonly newFindings: readonly string[];
  /** Why grants were not judged as too much, where that was so. */
  readonly excessNotJudged?: string;
  /** `sha256:…` over the findings: what `remediation` of all of them is bound to. */
  readonly hash: string;
}

/** One subscription as an audit read it. */
export interface AuditPart {
  readonly subscriptionId: string;
  readonly audited: readonly AuditedTemplate[];
  readonly servicePrincipalGrants: readonly GrantFacts[];
  /** Whether every template of the subscription could be listed. */
  readonly whole: boolean;
}

/** What one template needs, and whether it stood: a row of the matrix that people look at. */
export interface TemplateRights {
  readonly templateId: string;
  readonly rights: readonly {
    readonly role: string;
    readonly roleDefinitionId: string;
    readonly scope: string;
    readonly principalId: string;
    readonly because: string;
    readonly satisfied: boolean;
  }[];
}

type Undated = Omit<AuditFinding, "firstSeen">;

/** Everything that deviates within `scopes`; templates elsewhere count only as users of what they use. */
export function findingsOf(
  parts: readonly AuditPart[],
  ledger: readonly LedgerEntry[],
  leftOver: readonly LedgerEntry[],
  about: { readonly scopes: readonly string[]; readonly justInTime: boolean },
): readonly Undated[] {
  const audited = parts.flatMap((part) => part.audited);
  const templates = about.justInTime ? audited.map(withoutPassing) : audited;
  const compared: readonly Undated[] = auditDiff({
    templates,
    ledger,
    servicePrincipalGrants: parts.flatMap((part) => part.servicePrincipalGrants),
    allTemplates: parts.every(({ whole }) => whole),
  });
  // What is no template's is the business of whoever audits its place.
  const inScope = ({ templateIds, scope: place }: Undated) =>
    [...templateIds, ...(templateIds.length === 0 ? [place] : [])].some((id) =>
      about.scopes.some((scope) => within(scope, id)),
    );
  return [...compared.filter(inScope), ...leftOver.map(lingering)].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** The templates within `scopes` with every right they need. */
export function rightsOf(
  parts: readonly AuditPart[],
  about: { readonly scopes: readonly string[]; readonly justInTime: boolean },
): readonly TemplateRights[] {
  const audited = parts.flatMap((part) => part.audited);
  return (about.justInTime ? audited.map(withoutPassing) : audited)
    .filter(({ plan }) => about.scopes.some((scope) => within(scope, plan.templateId)))
    .map(({ plan: { templateId, requirements } }) => ({
      templateId,
      rights: requirements.map(({ role, scope, principalId, because, satisfied }) => ({
        role: role.name,
        roleDefinitionId: role.id,
        scope,
        principalId,
        because,
        satisfied,
      })),
    }))
    .sort((a, b) => (a.templateId < b.templateId ? -1 : 1));
}

/** Where rights to distribute and to join live only as long as builds, their absence is as it should be. */
function withoutPassing(one: AuditedTemplate): AuditedTemplate {
  const requirements = one.plan.requirements.map((need) => (isPassing(need.id) ? { ...need, satisfied: true } : need));
  return { ...one, plan: { ...one.plan, requirements } };
}

function lingering({ id, change, templateId, buildId, at }: LedgerEntry): Undated {
  const grant = change.kind === "assignRole" ? change : undefined;
  return {
    id: `leftOver-${id.slice(0, 12)}`,
    kind: "leftOver",
    title: `Made for build ${buildId} at ${at} only, and still there: ${sentence(change)}`,
    scope: scopeOf(change),
    ...(grant ? { principalId: grant.principalId, roleDefinitionId: grant.roleDefinitionId } : {}),
    templateIds: [templateId],
    fix: ["Remediate the finding: it is taken back if nobody changed it since."],
  };
}

const scopeOf = (change: Effect): string =>
  isShare(change)
    ? openedBy(change)
    : change.kind === "assignRole"
      ? change.scope
      : change.kind === "addSecurityRule"
        ? change.nsgId
        : change.kind === "ensureRoleDefinition"
          ? change.roleDefinitionId
          : change.kind === "registerProvider"
            ? `/subscriptions/${change.subscriptionId}`
            : change.subnetId;

/** The same for the same deviations, whenever they are found. */
export const findingsHash = (findings: readonly Undated[]): string =>
  hashOf(
    findings.map(({ id, title, scope, principalId, templateIds }) => ({ id, title, scope, principalId, templateIds })),
  );

/** How each finding can be put right. */
export function remediesOf(
  findings: readonly Undated[],
  parts: readonly AuditPart[],
  ledger: readonly LedgerEntry[],
  advises: boolean,
): Readonly<Record<string, Remedy>> {
  const audited = parts.flatMap((part) => part.audited);
  return Object.fromEntries(findings.map((finding) => [finding.id, remedyOf(finding, audited, ledger, advises)]));
}

function remedyOf(
  finding: Undated,
  audited: readonly AuditedTemplate[],
  ledger: readonly LedgerEntry[],
  advises: boolean,
): Remedy {
  const own = ledger.find((entry) => isAbout(entry, finding));
  if (["leftOver", "excess", "orphaned"].includes(finding.kind))
    return own ? { kind: "takeBack", entryId: own.id } : removal(finding);
  if (finding.kind === "roleEdited")
    return {
      kind: "command",
      command: "az deployment sub create --template-file infra/main.bicep # puts the role definitions back",
    };
  for (const { plan } of audited) {
    const change = finding.templateIds.includes(plan.templateId) ? changeFor(finding, plan) : undefined;
    if (!change) continue;
    const [blocker] = plan.blockers;
    if (!advises && !blocker) return { kind: "apply", templateId: plan.templateId, change };
    return { kind: "command", command: azCommand(plan, change), ...(blocker ? { because: blocker } : {}) };
  }
  return removal(finding);
}

function isAbout({ id, change }: LedgerEntry, finding: Undated): boolean {
  if (finding.kind === "leftOver") return finding.id === `leftOver-${id.slice(0, 12)}`;
  const name = finding.assignmentId?.split("/").at(-1);
  return change.kind === "assignRole" && name !== undefined && id === grantEntryId({ scope: change.scope, name });
}

/** The change of a plan that would put a finding right. */
function changeFor(finding: Undated, plan: Plan): Change | undefined {
  if (finding.kind === "networkDrift")
    return plan.changes.find((change) => {
      // Found again by asking the comparison what it says of this change alone.
      const alone: AuditedTemplate = { plan: { ...plan, requirements: [], changes: [change] }, facts: noFacts };
      return auditDiff({ templates: [alone], ledger: [], allTemplates: false }).some(({ id }) => id === finding.id);
    });
  return plan.changes.find(
    (change) =>
      change.kind === "assignRole" &&
      sameId(change.scope, finding.scope) &&
      change.principalId.toLowerCase() === finding.principalId?.toLowerCase() &&
      normalize(change.roleDefinitionId) === normalize(finding.roleDefinitionId ?? ""),
  );
}

const noFacts = { grants: [] } as unknown as AuditedTemplate["facts"];

/** For somebody who may: this app takes away only what it made. */
function removal(finding: Undated): Remedy {
  if (!finding.assignmentId) return { kind: "command", command: finding.fix.map((line) => `# ${line}`).join("\n") };
  return { kind: "command", command: `az role assignment delete --ids '${finding.assignmentId.replaceAll("'", "")}'` };
}

/** Whether two changes are the same effect. */
export const sameEffect = (a: Change, b: Change): boolean => ledgerId(a) === ledgerId(b);
