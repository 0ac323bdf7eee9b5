import { roleDefinitionGuid, roleManagerRoles, templateRoles } from "../../shared/decide/permissions/roles.ts";
import { assignmentsOf, hub, provision, settingsOf, spoke } from "./deployments.ts";

const manager = roleDefinitionGuid("prod", "appRoleManager");
const made = (parameters: Readonly<Record<string, unknown>>) => {
  const { resources } = provision(parameters);
  const named = (wanted: string) => resources.filter(({ type }) => type === wanted).map(({ body }) => body.name);
  return {
    roles: named("Microsoft.Authorization/roleDefinitions"),
    identities: named("Microsoft.ManagedIdentity/userAssignedIdentities"),
  };
};

test("by default there is no second identity, and nobody may write role definitions", () => {
  const { roles, identities } = made({});
  expect(identities).toEqual(["id-goldsmith-prod", "id-goldsmith-events-prod"]);
  expect(roles).not.toContain(manager);
  expect(assignmentsOf(provision()).filter(({ role }) => role === manager)).toEqual([]);
  expect(settingsOf(provision())).not.toHaveProperty("GOLDSMITH_ROLES");
});

test("managed, the second identity alone may write them, wherever they are assignable; those for templates are left to it", () => {
  const { roles, identities } = made({ roleMode: "managed" });
  expect(identities).toContain("id-goldsmith-roles-prod");
  expect(roles).toContain(manager);
  for (const { key } of templateRoles) expect(roles).not.toContain(roleDefinitionGuid("prod", key));
  const managed = provision({ roleMode: "managed" });
  const holders = assignmentsOf(managed).filter(({ role }) => role === manager);
  expect(holders.map(({ scope }) => scope).sort()).toEqual([`/subscriptions/${hub}`, `/subscriptions/${spoke}`]);
  const app = assignmentsOf(managed).find(({ role }) => role === roleDefinitionGuid("prod", "appReader"));
  expect(new Set(holders.map(({ principalId }) => principalId)).size).toBe(1);
  expect(holders[0]?.principalId).not.toBe(app?.principalId);
  const settings = settingsOf(managed);
  expect(settings).toMatchObject({ GOLDSMITH_ROLES: "managed" });
  expect(settings.GOLDSMITH_ROLE_MANAGER_CLIENT_ID).not.toBe(settings.AZURE_CLIENT_ID);
});

test("its role holds no more than writing definitions", () => {
  expect(roleManagerRoles.map(({ actions }) => actions)).toEqual([["Microsoft.Authorization/roleDefinitions/write"]]);
});
