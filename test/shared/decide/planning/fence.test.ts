import {
  fenceProblem,
  grantFenceProblems,
  insideFence,
  networkFenceProblems,
  optedIn,
  optInProblems,
} from "../../../../shared/decide/planning/fence.ts";
import type { Change } from "../../../../shared/decide/planning/plan.ts";
import type { Fence } from "../../../../shared/decide/planning/policy.ts";
import * as estate from "../estate.ts";

const { galleryId, identityId, nsgId, otherSubscription, policy, principalId, stagingId, subscription } = estate;
const nothing: Fence = { scopes: [], identities: [], roles: [], shareWith: [], pairs: [] };
const fence = (more: Partial<Fence>): Fence => ({ ...nothing, scopes: [subscription], ...more });
const wish = { principalId, identityId, roleKey: "galleryPublisher", scope: galleryId };
const codes = (problems: readonly { readonly code: string }[]) => problems.map((problem) => problem.code);

describe("an empty fence", () => {
  test("lets no grant and no change through", () => {
    expect(codes(grantFenceProblems(nothing, wish))).toEqual(["OutsideFence", "OutsideFence"]);
    expect(codes(networkFenceProblems(nothing, nsgId))).toEqual(["OutsideFence"]);
  });

  test("says which scope and which setting", () => {
    const [first] = grantFenceProblems(nothing, wish);
    expect(first).toMatchObject({ scope: galleryId, principalId });
    expect(first?.fix?.join()).toContain("GOLDSMITH_FENCE");
    expect(first?.fix?.join()).toContain(galleryId);
  });
});

describe("a fence around a subscription", () => {
  test("lets a template role through to an identity inside", () =>
    expect(grantFenceProblems(fence({}), wish)).toEqual([]));

  test.each([
    ["another subscription", galleryId.replace(subscription, otherSubscription)],
    ["a neighbour that begins the same", galleryId.replace(subscription, `${subscription}0`)],
    ["a way out by dots", `${subscription}/../${otherSubscription.slice(1)}/resourceGroups/x`],
    ["an encoded way out", `${subscription}/resourceGroups/%2e%2e/providers/a/b/c`],
    ["a double slash", galleryId.replace("/resourceGroups", "//resourceGroups")],
    ["a slash at the end", `${galleryId}/`],
    ["a management group", "/providers/Microsoft.Management/managementGroups/m"],
    ["the root", "/"],
    ["nothing", ""],
  ])("does not hold %s", (_, scope) => {
    expect(insideFence(fence({}), scope)).toBe(false);
    expect(codes(grantFenceProblems(fence({}), { ...wish, scope }))).toContain("OutsideFence");
  });

  test("holds any casing", () => {
    expect(insideFence(fence({}), galleryId.toUpperCase().replace("/SUBSCRIPTIONS", "/subscriptions"))).toBe(true);
    expect(insideFence(fence({ scopes: [subscription.toUpperCase()] }), galleryId)).toBe(true);
  });

  test("does not let an identity of elsewhere have rights", () => {
    const foreign = { ...wish, identityId: identityId.replace(subscription, otherSubscription) };
    expect(grantFenceProblems(fence({}), foreign)).toMatchObject([{ code: "OutsideFence", scope: foreign.identityId }]);
  });
});

describe("a fence with identities", () => {
  test("lets those through and no other", () => {
    expect(grantFenceProblems(fence({ identities: [identityId] }), wish)).toEqual([]);
    expect(grantFenceProblems(fence({ identities: [`${subscription}/resourceGroups/images`] }), wish)).toEqual([]);
    expect(codes(grantFenceProblems(fence({ identities: [`${identityId}2`] }), wish))).toEqual(["OutsideFence"]);
  });
});

describe("a fence with roles", () => {
  test("lets those through and no other", () => {
    expect(grantFenceProblems(fence({ roles: ["galleryPublisher"] }), wish)).toEqual([]);
    expect(codes(grantFenceProblems(fence({ roles: ["galleryReader"] }), wish))).toEqual(["OutsideFence"]);
  });

  test("never lets one of the app's own roles through, listed or not", () => {
    const app = { ...wish, roleKey: "appGrantor" };
    const pairs = [{ principalId, role: "appGrantor", scope: galleryId }];
    expect(codes(grantFenceProblems(fence({ roles: ["appGrantor"], pairs }), app))).toEqual(["OutsideFence"]);
  });
});

describe("a broad role", () => {
  const broad = { ...wish, roleKey: "contributor", scope: stagingId };
  const pair = { principalId, role: "contributor", scope: stagingId };

  test("needs its pair, even where the role is listed", () => {
    expect(codes(grantFenceProblems(fence({ roles: ["contributor"] }), broad))).toEqual(["OutsideFence"]);
    expect(grantFenceProblems(fence({ pairs: [pair] }), broad)).toEqual([]);
  });

  test.each([
    ["another principal", { ...pair, principalId: principalId.replace("1", "2") }],
    ["another role", { ...pair, role: "managedIdentityOperator" }],
    ["a scope around it", { ...pair, scope: subscription }],
    ["a scope below it", { ...pair, scope: `${stagingId}/providers/a/b/c` }],
  ])("does not pass with a pair for %s", (_, other) => {
    expect(codes(grantFenceProblems(fence({ pairs: [other] }), broad))).toEqual(["OutsideFence"]);
  });

  test("does not pass outside the scopes, pair or no pair", () => {
    const far = { ...pair, scope: stagingId.replace(subscription, otherSubscription) };
    expect(codes(grantFenceProblems(fence({ pairs: [far] }), { ...broad, scope: far.scope }))).toEqual([
      "OutsideFence",
    ]);
  });

  test("is offered to the operator as a pair to copy", () => {
    expect(grantFenceProblems(fence({}), broad)[0]?.fix?.[0]).toContain(JSON.stringify(pair));
  });
});

test("a service principal without an identity resource gets nothing but listed pairs", () => {
  const { identityId: _, ...service } = wish;
  expect(codes(grantFenceProblems(fence({}), service))).toEqual(["OutsideFence"]);
  const pairs = [{ principalId, role: "galleryPublisher", scope: galleryId }];
  expect(grantFenceProblems(fence({ pairs }), service)).toEqual([]);
});

test("an NSG that guards other subnets too needs the operator's word", () => {
  expect(networkFenceProblems(fence({}), nsgId)).toEqual([]);
  expect(codes(networkFenceProblems(fence({}), nsgId, true))).toEqual(["OutsideFence"]);
  const pairs = [{ principalId: "*", role: "addSecurityRule", scope: nsgId }];
  expect(networkFenceProblems(fence({ pairs }), nsgId, true)).toEqual([]);
});

describe("opting in by tag", () => {
  const other = principalId.replace("1", "2");

  test.each([
    ["the id alone", { goldsmith: principalId }],
    ["one of several ids", { goldsmith: `${other} ${principalId}` }],
    ["ids with commas", { goldsmith: `${other}, ${principalId}` }],
    ["another casing of name and id", { GoldSmith: principalId.toUpperCase() }],
  ])("works with %s", (_, tags) => expect(optedIn(tags, principalId)).toBe(true));

  test.each([
    ["no tag", {}],
    ["somebody else's id", { goldsmith: other }],
    ["a part of the id", { goldsmith: principalId.slice(0, -1) }],
    ["the id inside of something longer", { goldsmith: `x${principalId}` }],
    ["a star", { goldsmith: "*" }],
    ["another tag", { goldsmiths: principalId }],
  ])("does not work with %s", (_, tags) => expect(optedIn(tags, principalId)).toBe(false));

  test("nobody has no id to be named by", () => expect(optedIn({ goldsmith: "" }, "")).toBe(false));

  test("is asked for by setting, and says what tag to set", () => {
    const tagged = { id: galleryId, tags: {} };
    expect(optInProblems(policy, tagged, principalId)).toEqual([]);
    const [problem] = optInProblems({ ...policy, optIn: "tag" }, tagged, principalId);
    expect(problem).toMatchObject({ code: "NotOptedIn", scope: galleryId, principalId });
    expect(problem?.fix?.join()).toContain(`principal id ${principalId} to its tag goldsmith`);
  });

  test("counts as refused where the tags were not read", () => {
    const problems = optInProblems({ ...policy, optIn: "tag" }, { id: galleryId, tags: undefined }, principalId);
    expect(codes(problems)).toEqual(["NotOptedIn"]);
  });
});

describe("right before each write", () => {
  const assign: Change = { kind: "assignRole", name: "n", roleDefinitionId: "/r", requirements: [], ...wish };
  const outside = { ...policy, fence: nothing };

  test.each<Change>([
    assign,
    { kind: "delegateSubnet", subnetId: estate.containerSubnetId, serviceName: "x" },
    {
      kind: "setSubnetPolicy",
      subnetId: estate.buildSubnetId,
      property: "privateLinkServiceNetworkPolicies",
      value: "Disabled",
      was: "Enabled",
    },
    { kind: "addSecurityRule", nsgId, rule: {} as never },
  ])("the fence is asked again for $kind", (change) => {
    expect(fenceProblem(change, policy)).toBeUndefined();
    expect(fenceProblem(change, outside)?.code).toBe("OutsideFence");
  });

  test("a provider is registered only where that is allowed", () => {
    const register: Change = { kind: "registerProvider", subscriptionId: "s", namespace: "Microsoft.KeyVault" };
    expect(fenceProblem(register, policy)?.code).toBe("OutsideFence");
    expect(fenceProblem(register, { ...policy, registerProviders: true })).toBeUndefined();
  });

  test("a rule in a shared NSG is refused without its pair", () => {
    const shared: Change = { kind: "addSecurityRule", nsgId, rule: {} as never, guardsOthers: true };
    expect(fenceProblem(shared, policy)?.code).toBe("OutsideFence");
  });
});
