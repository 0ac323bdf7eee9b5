import { lastSegment, normalize } from "../armId.ts";
import { sameRole } from "../permissions/roles.ts";
import type { GrantFacts } from "../planning/facts.ts";
import { type AuditedTemplate, type AuditQuestion, type Finding, findingId } from "./finding.ts";

/** Role definitions of ours that templates need and that are not as deployed: whoever holds such a role may do something else by now, granted or not. */
export function editedRoles({ plan, facts }: AuditedTemplate): readonly Finding[] {
  const needed = new Map(
    plan.requirements.flatMap(({ role }) => (role.kind === "custom" ? [[role.key, role] as const] : [])),
  );
  return [...needed.values()].flatMap((role) => {
    const standing = facts.roles[lastSegment(role.id).toLowerCase()];
    if (standing === undefined || sameRole(standing, role.key)) return [];
    return [
      {
        id: findingId("roleEdited", role.id, "", role.key),
        kind: "roleEdited" as const,
        title: `The role "${role.name}" is not what was deployed`,
        scope: role.id,
        roleDefinitionId: role.id,
        templateIds: [plan.templateId],
        fix: ["Find out who changed the role.", "Deploy the roles of infra/roles.json for this environment again."],
      },
    ];
  });
}

/** Grants to the service's own principal, as the documents of 2020 wanted them: templates have worked as their own identity since (image-builder.md §3.3). */
export function servicePrincipalGrants({ servicePrincipalGrants = [], templates }: AuditQuestion): readonly Finding[] {
  const needs = templates.flatMap(({ plan }) => plan.requirements);
  const needed = (grant: GrantFacts) =>
    needs.some(
      ({ principalId, scope }) =>
        principalId.toLowerCase() === grant.principalId.toLowerCase() && normalize(scope) === normalize(grant.scope),
    );
  return servicePrincipalGrants
    .filter((grant) => !needed(grant))
    .map((grant) => ({
      id: findingId("servicePrincipal", grant.scope, grant.principalId, lastSegment(grant.roleDefinitionId)),
      kind: "servicePrincipal",
      title: "A role of Image Builder's own service principal, which templates do not use any more",
      scope: grant.scope,
      principalId: grant.principalId,
      roleDefinitionId: grant.roleDefinitionId,
      assignmentId: grant.id,
      templateIds: [],
      fix: [`Remove the assignment ${grant.id}: rights go to the templates' identities since 2020.`],
    }));
}
