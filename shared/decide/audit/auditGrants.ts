import { lastSegment, normalize, sameId } from "../armId.ts";
import { reaches, roleAllows } from "../permissions/grants.ts";
import type { GrantFacts, RoleFacts } from "../planning/facts.ts";
import type { Change, Requirement } from "../planning/plan.ts";
import { templateIdentityIds } from "../template/templateBody.ts";
import { type AuditQuestion, type Finding, findingId, type LedgerFacts } from "./finding.ts";

type Assignment = Extract<Change, { kind: "assignRole" }>;

/** Grants of others that templates rest on and that allow more, or reach further, than all templates of the identity need together. */
export function widerGrants({ templates, ledger }: AuditQuestion): readonly Finding[] {
  const needs = templates.flatMap(({ plan }) =>
    plan.requirements.map((need) => ({ need, templateId: plan.templateId })),
  );
  const own = new Set(
    ledger.flatMap(({ change, state }) => (state === "made" && "name" in change ? [change.name] : [])),
  );
  const grants = new Map(
    templates.flatMap(({ facts }) => facts.grants.map((grant) => [normalize(grant.id), { grant, facts }])),
  );
  return [...grants.values()].flatMap(({ grant, facts }) => {
    const role = facts.roles[lastSegment(grant.roleDefinitionId).toLowerCase()];
    // What carries a condition, or a role that was not read, cannot be judged; own grants are judged as excess.
    if (role === undefined || grant.condition !== undefined || own.has(lastSegment(grant.id).toLowerCase())) return [];
    const served = needs.filter(({ need }) => serves(grant, role, need));
    if (
      served.length === 0 ||
      fits(
        grant,
        role,
        served.map(({ need }) => need),
      )
    )
      return [];
    return [widerFinding(grant, role, served)];
  });
}

function serves(grant: GrantFacts, role: RoleFacts, need: Requirement): boolean {
  if (grant.principalId.toLowerCase() !== need.principalId.toLowerCase()) return false;
  if (!reaches(grant.scope, need.scope, true)) return false;
  return (
    need.actions.some((action) => roleAllows(role, action)) ||
    need.dataActions.some((action) => roleAllows(role, action, "dataAction"))
  );
}

function fits(grant: GrantFacts, role: RoleFacts, served: readonly Requirement[]): boolean {
  const here = served.filter((need) => sameId(need.scope, grant.scope));
  if (here.some((need) => lastSegment(need.role.id).toLowerCase() === lastSegment(role.id).toLowerCase())) return true;
  const needed = new Set(
    here.flatMap((need) => [...need.actions, ...need.dataActions]).map((one) => one.toLowerCase()),
  );
  return [...role.actions, ...role.dataActions].every((action) => needed.has(action.toLowerCase()));
}

function widerFinding(
  grant: GrantFacts,
  role: RoleFacts,
  served: readonly { readonly need: Requirement; readonly templateId: string }[],
): Finding {
  const enough = [...new Set(served.map(({ need }) => `${need.role.name} at ${need.scope}`))].sort();
  return {
    id: findingId("wider", grant.scope, grant.principalId, lastSegment(grant.roleDefinitionId).toLowerCase()),
    kind: "wider",
    title: `${role.name} is more than the templates need`,
    scope: grant.scope,
    principalId: grant.principalId,
    roleDefinitionId: grant.roleDefinitionId,
    assignmentId: grant.id,
    templateIds: [...new Set(served.map(({ templateId }) => templateId))].sort(),
    fix: [
      ...enough.map((one) => `Assign ${one} to ${grant.principalId}; it is enough.`),
      `Make sure that nothing but these templates uses the identity, then remove the assignment ${grant.id}.`,
    ],
  };
}

/** Own grants to identities that were deleted, or deleted and made anew with another principal: nobody can use them, and Azure keeps them. */
export function orphanedGrants({ templates, ledger }: AuditQuestion): readonly Finding[] {
  return made(ledger).flatMap((change) => {
    const { identityId } = change;
    if (identityId === undefined) return [];
    const users = templates.filter(({ facts }) =>
      templateIdentityIds(facts.template.body).some((id) => sameId(id, identityId)),
    );
    const gone = users.filter(
      ({ facts }) => facts.identity?.principalId.toLowerCase() !== change.principalId.toLowerCase(),
    );
    // One template that could not read the identity proves nothing while another one sees it.
    if (gone.length === 0 || gone.length < users.length) return [];
    if (gone.some(({ facts }) => unread(facts.unread, identityId))) return [];
    return [
      {
        id: findingId("orphaned", change.scope, change.principalId, change.roleKey),
        kind: "orphaned" as const,
        title: `A grant to a principal that is no longer the identity's: ${change.roleKey}`,
        scope: change.scope,
        principalId: change.principalId,
        roleDefinitionId: change.roleDefinitionId,
        assignmentId: `${change.scope}/providers/Microsoft.Authorization/roleAssignments/${change.name}`,
        templateIds: gone.map(({ plan }) => plan.templateId).sort(),
        fix: [`Take the assignment ${change.name} at ${change.scope} back with goldsmith undo.`],
      },
    ];
  });
}

function unread(problems: readonly { readonly scope?: string }[], id: string): boolean {
  return problems.some((problem) => problem.scope !== undefined && sameId(problem.scope, id));
}

function made(ledger: readonly LedgerFacts[]): readonly Assignment[] {
  return ledger.flatMap(({ change, state }) => (state === "made" && change.kind === "assignRole" ? [change] : []));
}
