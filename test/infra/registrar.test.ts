import { appRoles, roleDefinitionGuid } from "../../shared/decide/permissions/roles.ts";
import { neededProviders } from "../../shared/decide/planning/factsWanted.ts";
import { assignmentsOf, hub, provision, spoke } from "./deployments.ts";

const registers = { settings: { GOLDSMITH_REGISTER_PROVIDERS: "true" } };
const placesOf = (parameters: object) =>
  assignmentsOf(provision({ ...parameters }))
    .filter(({ role }) => role === roleDefinitionGuid("prod", "appRegistrar"))
    .map(({ scope }) => scope)
    .sort();

test("the rights to register what a build needs are a role of their own, and no other role has any", () => {
  const having = appRoles.filter(({ actions }) => actions.some((action) => action.endsWith("/register/action")));
  expect(having.map(({ key }) => key)).toEqual(["appRegistrar"]);
  expect(having[0]?.actions).toEqual(neededProviders.map((namespace) => `${namespace}/register/action`));
});

test("the app holds it at its subscriptions only where it may register, and acts", () => {
  expect(placesOf({})).toEqual([]);
  expect(placesOf({ ...registers, mode: "advise" })).toEqual([]);
  expect(placesOf(registers)).toEqual([`/subscriptions/${hub}`, `/subscriptions/${spoke}`]);
});
