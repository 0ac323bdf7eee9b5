import type { Change } from "../../../../shared/decide/planning/plan.ts";
import { lasting } from "../../../../shared/decide/template/lasting.ts";

const grant = (...requirements: string[]): Change => ({
  kind: "assignRole",
  name: "n",
  scope: "/subscriptions/s/resourceGroups/rg",
  principalId: "p",
  roleDefinitionId: "r",
  roleKey: "imageWriter",
  requirements,
});
const policy: Change = {
  kind: "setSubnetPolicy",
  subnetId: "s",
  property: "privateLinkServiceNetworkPolicies",
  value: "Disabled",
  was: "Enabled",
};

test.each([
  ["rights to distribute", ["distribute/0/gallery", "distribute/0/images"]],
  ["rights to join a network", ["network/subnets"]],
  ["rights to give the build VM an identity", ["vmIdentity/0"]],
])("just in time, %s last as long as the build", (_, needs) => {
  expect(lasting(grant(...needs), { grants: "justInTime" })).toBe("build");
  expect(lasting(grant(...needs), { grants: "standing" })).toBeUndefined();
});

test.each([
  ["the source", "source/gallery"],
  ["scripts", "files/a/b"],
  ["an own staging group", "staging/group"],
])("a right that also serves %s stays", (_, need) => {
  expect(lasting(grant("distribute/0/gallery", need), { grants: "justInTime" })).toBeUndefined();
});

test("network changes go only where they are to be restored; a registered provider never does", () => {
  expect(lasting(policy, { network: "restore" })).toBe("build");
  expect(lasting(policy, { network: "keep", grants: "justInTime" })).toBeUndefined();
  const provider: Change = { kind: "registerProvider", subscriptionId: "s", namespace: "Microsoft.Network" };
  expect(lasting(provider, { network: "restore", grants: "justInTime" })).toBeUndefined();
});
