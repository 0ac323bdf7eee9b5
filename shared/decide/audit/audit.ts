import { normalize, sameId } from "../armId.ts";
import type { GrantFacts } from "../planning/facts.ts";
import type { Change, Plan } from "../planning/plan.ts";
import { orphanedGrants, widerGrants } from "./auditGrants.ts";
import { editedRoles, servicePrincipalGrants } from "./auditRoles.ts";
import { type AuditedTemplate, type AuditQuestion, type Finding, findingId } from "./finding.ts";

export type { AuditedTemplate, AuditQuestion, Finding, LedgerFacts } from "./finding.ts";

/** Required rights against standing ones, in a stable order and without doubles. */
export function auditDiff(question: AuditQuestion): readonly Finding[] {
  const findings = [
    ...question.templates.flatMap(missing),
    ...question.templates.flatMap(editedRoles),
    ...question.templates.flatMap(networkDrift),
    ...(question.allTemplates ? [...excess(question), ...widerGrants(question)] : []),
    ...orphanedGrants(question),
    ...servicePrincipalGrants(question),
    ...ledgerDiffers(question),
  ];
  const byId = new Map<string, Finding>();
  for (const finding of findings) byId.set(finding.id, merged(byId.get(finding.id), finding));
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function merged(known: Finding | undefined, finding: Finding): Finding {
  const templateIds = [...new Set([...(known?.templateIds ?? []), ...finding.templateIds])].sort();
  return { ...finding, templateIds };
}

function missing({ plan }: AuditedTemplate): readonly Finding[] {
  return plan.requirements
    .filter((need) => !need.satisfied)
    .map((need) => ({
      id: findingId("missing", need.scope, need.principalId, need.role.key),
      kind: "missing",
      title: `The right ${need.role.name} is missing: ${need.because}`,
      scope: need.scope,
      principalId: need.principalId,
      roleDefinitionId: need.role.id,
      templateIds: [plan.templateId],
      fix: [
        `Assign ${need.role.name} to ${need.principalId} at ${need.scope}, or build the template: the build grants it.`,
      ],
    }));
}

function networkDrift({ plan }: AuditedTemplate): readonly Finding[] {
  return plan.changes.flatMap((change) => {
    const about = networkChange(change);
    if (about === undefined) return [];
    const [scope, what] = about;
    const fix = ["Build the template: the build makes this change."];
    return [
      {
        id: findingId("networkDrift", scope, "", what),
        kind: "networkDrift",
        title: what,
        scope,
        templateIds: [plan.templateId],
        fix,
      },
    ];
  });
}

function networkChange(change: Change): readonly [string, string] | undefined {
  switch (change.kind) {
    case "setSubnetPolicy":
      return [change.subnetId, `${change.property} is ${change.was}, not ${change.value}`];
    case "delegateSubnet":
      return [change.subnetId, `The subnet is not delegated to ${change.serviceName}`];
    case "addSecurityRule":
      return [change.nsgId, `The rule ${change.rule.name} is missing`];
    default:
      return undefined;
  }
}

// Own grants only: what others assigned may serve what this app cannot see.
function excess({ templates, ledger }: AuditQuestion): readonly Finding[] {
  const made = ledger.flatMap(({ change, state, templateId }) =>
    state === "made" && change.kind === "assignRole" ? [{ change, templateId }] : [],
  );
  return made
    .filter(({ change }) => !templates.some(({ plan }) => needs(plan, change)))
    .filter(({ change }) => standing(templates, change) !== undefined)
    .map(({ change, templateId }) => ({
      id: findingId("excess", change.scope, change.principalId, change.roleKey),
      kind: "excess",
      title: `No template needs ${change.roleKey} any more`,
      scope: change.scope,
      principalId: change.principalId,
      roleDefinitionId: change.roleDefinitionId,
      assignmentId: standing(templates, change)?.id ?? "",
      templateIds: [templateId],
      fix: [`Take the assignment ${change.name} at ${change.scope} back with goldsmith undo.`],
    }));
}

type Assignment = Extract<Change, { kind: "assignRole" }>;

function needs(plan: Plan, change: Assignment): boolean {
  return plan.requirements.some(
    (need) =>
      need.principalId.toLowerCase() === change.principalId.toLowerCase() &&
      sameId(need.scope, change.scope) &&
      need.role.key === change.roleKey,
  );
}

function standing(templates: readonly AuditedTemplate[], change: Assignment): GrantFacts | undefined {
  const grants = templates.flatMap(({ facts }) => facts.grants);
  return grants.find((grant) => sameId(grant.scope, change.scope) && normalize(grant.id).endsWith(`/${change.name}`));
}

// The ledger says that a grant was made, a template still needs it, and it is not there: somebody took it away.
function ledgerDiffers({ templates, ledger }: AuditQuestion): readonly Finding[] {
  return ledger.flatMap(({ change, state }) => {
    if (state !== "made" || change.kind !== "assignRole") return [];
    const users = templates.filter(({ plan }) => needs(plan, change));
    if (users.length === 0 || standing(users, change) !== undefined) return [];
    return [
      {
        id: findingId("ledgerDiffers", change.scope, change.principalId, change.roleKey),
        kind: "ledgerDiffers" as const,
        title: `A grant that this app made is gone: ${change.roleKey}`,
        scope: change.scope,
        principalId: change.principalId,
        roleDefinitionId: change.roleDefinitionId,
        templateIds: users.map(({ plan }) => plan.templateId),
        fix: ["Find out who removed it.", "If it is still wanted, build the template: the build grants it again."],
      },
    ];
  });
}
