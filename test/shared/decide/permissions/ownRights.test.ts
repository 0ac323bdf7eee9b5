import { missingRights, ownPlaces } from "../../../../shared/decide/permissions/ownRights.ts";
import { appRoles, roleDefinitionId } from "../../../../shared/decide/permissions/roles.ts";
import type { Policy } from "../../../../shared/decide/planning/policy.ts";
import { assignmentsOf, hub, imagesGroup, provision, spoke } from "../../../infra/deployments.ts";
import { anOrder } from "../../../orchestrations/scene.ts";

const policy: Policy = { ...anOrder().policy, environment: "prod" };
const place = { id: "/subscriptions/s/resourceGroups/rg", fenced: true };
const grant = (key: string, condition?: string) => ({
  id: key,
  scope: "/subscriptions/s",
  principalId: "app",
  roleDefinitionId: roleDefinitionId("prod", "s", key),
  ...(condition ? { condition } : {}),
});
const all = appRoles.map(({ key }) => grant(key, "a condition"));
const without = (key: string) => all.filter(({ id }) => id !== key);

test.each(["appReader", "appLogReader", "appBuilder", "appNetwork", "appGrantor"])(
  "%s is missed where it is needed",
  (key) => {
    expect(missingRights(policy, place, all)).toEqual([]);
    expect(missingRights(policy, place, without(key))).toEqual([
      expect.stringMatching(/^the role Goldsmith app .* is not assigned$/),
    ]);
  },
);

test("who only advises or watches needs no right to grant, and none to change networks", () => {
  const looking = all.filter(({ id }) => ["appReader", "appLogReader", "appBuilder"].includes(id));
  expect(missingRights({ ...policy, mode: "advise" }, place, looking)).toEqual([]);
  expect(missingRights(policy, { ...place, fenced: false }, looking)).toEqual([]);
});

test("the registrar is missed only where providers are to be registered", () => {
  expect(missingRights(policy, place, without("appRegistrar"))).toEqual([]);
  expect(missingRights({ ...policy, registerProviders: true }, place, without("appRegistrar"))).toHaveLength(1);
});

test("the sharer is missed only where images may be shared", () => {
  const fence = { ...policy.fence, shareWith: ["33333333-3333-3333-3333-333333333333"] };
  expect(missingRights(policy, place, without("appSharer"))).toEqual([]);
  expect(missingRights({ ...policy, fence }, place, without("appSharer"))).toHaveLength(1);
  expect(missingRights({ ...policy, fence }, place, [...without("appSharer"), grant("appSharer")])).toEqual([
    expect.stringContaining("without its condition"),
  ]);
});

test.each(["appGrantor", "appLogReader"])("%s without its condition is no right to be glad of", (key) => {
  expect(missingRights(policy, place, [...without(key), grant(key)])).toEqual([
    expect.stringContaining("without its condition"),
  ]);
});

test("what a deployment assigns is all that is asked for, at every place", () => {
  const deployed = assignmentsOf(provision()).map((one) => ({
    id: one.role,
    scope: one.scope,
    principalId: one.principalId,
    roleDefinitionId: `/x/${one.role}`,
    ...(one.condition ? { condition: one.condition } : {}),
  }));
  const places = ownPlaces([imagesGroup, `/subscriptions/${spoke}`], [`/subscriptions/${spoke}`]);
  expect(places.map(({ id }) => id)).toEqual([imagesGroup.toLowerCase(), `/subscriptions/${spoke}`]);
  for (const one of places) {
    const reaching = deployed.filter(
      ({ scope }) => one.id.startsWith(scope.toLowerCase()) || scope === `/subscriptions/${hub}`,
    );
    expect(missingRights(policy, one, reaching)).toEqual([]);
  }
});

test("a resource of the fence stands for its group, and what is watched besides is not fenced", () => {
  const gallery = `${imagesGroup}/providers/Microsoft.Compute/galleries/gold`;
  expect(ownPlaces([gallery], [imagesGroup, "/subscriptions/w"])).toEqual([
    { id: imagesGroup.toLowerCase(), fenced: true },
    { id: "/subscriptions/w", fenced: false },
  ]);
});
