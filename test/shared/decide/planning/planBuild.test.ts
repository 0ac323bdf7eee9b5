import fc from "fast-check";
import { guid } from "../../../../shared/decide/guid.ts";
import { roleDefinitionGuid, roleDefinitionId, templateRoles } from "../../../../shared/decide/permissions/roles.ts";
import type { Facts, TemplateBody } from "../../../../shared/decide/planning/facts.ts";
import type { Plan } from "../../../../shared/decide/planning/plan.ts";
import { planBuild } from "../../../../shared/decide/planning/planBuild.ts";
import * as estate from "../estate.ts";

const {
  byId,
  buildSubnetId,
  facts,
  galleryId,
  grant,
  identityId,
  nsg,
  nsgId,
  policy,
  principalId,
  rule,
  subnet,
  subscription,
  target,
  template,
  vnetId,
} = estate;
const groupId = `${subscription}/resourceGroups/galleries`;
const codes = (problems: readonly { readonly code: string }[]) => problems.map((problem) => problem.code);
const plan = (body = template(), more: Partial<Facts> = {}, other = {}) =>
  planBuild(facts(body, more), { ...policy, ...other });
const roleId = (key: string) => roleDefinitionId("test", policy.roleSubscriptionId, key);

describe("a plan for a template whose identity has no rights", () => {
  const made = plan();

  test("grants each missing right once, by a derived name", () => {
    expect(made.blockers).toEqual([]);
    expect(made.changes).toEqual([
      {
        kind: "assignRole",
        name: guid(galleryId.toLowerCase(), principalId, roleDefinitionGuid("test", "galleryPublisher")),
        scope: galleryId,
        principalId,
        identityId,
        roleDefinitionId: roleId("galleryPublisher"),
        roleKey: "galleryPublisher",
        requirements: ["distribute/0/gallery"],
      },
      expect.objectContaining({
        kind: "assignRole",
        scope: groupId,
        roleKey: "imageWriter",
        requirements: ["distribute/0/images"],
      }),
    ]);
  });

  test("says who, how and why", () => {
    expect(made).toMatchObject({
      templateId: estate.templateId,
      topology: "managed",
      identity: { resourceId: identityId, principalId },
    });
    expect(made.requirements.map((need) => need.satisfied)).toEqual([false, false]);
    expect(made.hash).toMatch(/^sha256:/);
  });

  test("one grant serves several requirements", () => {
    const two = plan(template({ distribute: [estate.galleryTarget, { ...estate.galleryTarget, runOutputName: "b" }] }));
    expect(two.changes.map((change) => change.kind === "assignRole" && change.requirements)).toEqual([
      ["distribute/0/gallery", "distribute/1/gallery"],
      ["distribute/0/images", "distribute/1/images"],
    ]);
  });
});

describe("a right that another planned right includes", () => {
  const version = { type: "SharedImageVersion", imageVersionId: `${estate.definitionId}/versions/latest` };
  const image = { type: "ManagedImage", imageId: estate.targetImageId.replace("/ubuntu", "/base") };

  test("is not granted besides: source and target in one gallery", () => {
    const made = plan(template({ source: version }));
    expect(made.requirements.map((need) => need.id)).toEqual([
      "source/gallery",
      "distribute/0/gallery",
      "distribute/0/images",
    ]);
    expect(made.changes).toMatchObject([
      { roleKey: "galleryPublisher", requirements: ["source/gallery", "distribute/0/gallery"] },
      { roleKey: "imageWriter" },
    ]);
  });

  test("is not granted besides: source image in the group that is written to", () => {
    const made = plan(template({ source: image, distribute: [estate.imageTarget] }));
    expect(made.changes).toMatchObject([
      { roleKey: "imageWriter", requirements: ["source/image", "distribute/0/images"] },
    ]);
  });

  test("is granted by itself once the wider one stands no more", () => {
    const made = plan(template({ source: version, distribute: [estate.imageTarget] }));
    expect(made.changes).toMatchObject([{ roleKey: "galleryReader" }, { roleKey: "imageWriter" }]);
  });
});

describe("rights that stand", () => {
  const standing = [grant(galleryId, roleId("galleryPublisher")), grant(groupId, roleId("imageWriter"))];

  test("are not granted again", () => {
    const made = plan(template(), { grants: standing });
    expect(made.changes).toEqual([]);
    expect(made.requirements.every((need) => need.satisfied)).toBe(true);
    expect(made.reach).toEqual([]);
  });

  test("of a wider kind count, and the rest is reach", () => {
    const contributor = "b24988ac-6180-42a0-ab88-20f7382dd24c";
    const roles = { ...estate.ownRoles, [contributor]: estate.standingRole(`/r/${contributor}`, "Contributor", ["*"]) };
    const far = grant(`${subscription}/resourceGroups/far`, `/r/${contributor}`);
    const made = plan(template(), { grants: [grant(groupId, `/r/${contributor}`), far], roles });
    expect(made.changes).toEqual([]);
    expect(made.reach).toEqual([{ scope: far.scope, roleDefinitionId: far.roleDefinitionId, roleName: "Contributor" }]);
  });

  test("under a condition do not count, and the plan says so", () => {
    const made = plan(template(), { grants: [{ ...standing[0]!, condition: "x" }, standing[1]!] });
    expect(made.changes).toHaveLength(1);
    expect(codes(made.warnings)).toContain("ConditionedGrant");
  });

  test("let a template through whose gallery lies outside the fence: nothing is to be changed there", () => {
    const outside = { fence: { ...policy.fence, scopes: [] } };
    expect(plan(template(), { grants: standing }, outside).blockers).toEqual([]);
  });
});

describe("what blocks", () => {
  const without = (id: string) => byId([target(id, { exists: false })]);
  const image = { type: "ManagedImage", imageId: estate.sourceImageId };
  const cases: Readonly<
    Record<string, readonly [body: TemplateBody, more: Partial<Facts>, code: string, other?: object]>
  > = {
    "a scope outside the fence": [
      template(),
      {},
      "OutsideFence",
      { fence: { ...policy.fence, scopes: [`${subscription}/resourceGroups/images`] } },
    ],
    "a target that has not opted in": [template(), {}, "NotOptedIn", { optIn: "tag" }],
    "no identity": [template({}, { identity: { type: "None" } }), {}, "IdentityMissing"],
    "two identities": [
      template(
        {},
        { identity: { type: "UserAssigned", userAssignedIdentities: { [identityId]: {}, [estate.vmIdentityId]: {} } } },
      ),
      {},
      "TooManyIdentities",
    ],
    "a role that was not deployed": [template(), { roles: {} }, "RoleDefinitionMissing"],
    "a role that somebody widened": [template(), { roles: widened() }, "RoleDefinitionChanged"],
    "a gallery that is not there": [template(), { targets: without(galleryId) }, "GalleryNotFound"],
    "an image definition that is not there": [
      template(),
      { targets: without(estate.definitionId) },
      "ImageDefinitionNotFound",
    ],
    "a source image that is not there": [
      template({ source: image }),
      { targets: without(estate.sourceImageId) },
      "SourceImageNotFound",
    ],
    "a resource group for the image that is not there": [
      template({ distribute: [estate.imageTarget] }),
      { targets: without(`${subscription}/resourceGroups/output`) },
      "ResourceGroupNotFound",
    ],
    "a VM identity that is not there": [
      template({ vmProfile: { userAssignedIdentities: [estate.vmIdentityId] } }),
      { targets: without(estate.vmIdentityId) },
      "VmIdentityNotFound",
    ],
    "a VM identity without the operator's word": [
      template({ vmProfile: { userAssignedIdentities: [estate.vmIdentityId] } }),
      {},
      "OutsideFence",
    ],
    "an unknown source": [template({ source: { type: "Tape" } }), {}, "UnsupportedSource"],
    "an unknown target": [template({ distribute: [{ type: "Tape" }] }), {}, "UnsupportedTarget"],
    "no target": [template({ distribute: [] }), {}, "UnsupportedTarget"],
    "an odd id": [template({ source: { ...image, imageId: `${estate.sourceImageId}/../x` } }), {}, "InvalidResourceId"],
    "an id of another type": [template({ source: { ...image, imageId: galleryId } }), {}, "InvalidResourceId"],
    "an odd target id": [
      template({ distribute: [{ ...estate.galleryTarget, galleryImageId: `${galleryId}//images/u` }] }),
      {},
      "InvalidResourceId",
    ],
    "a staging group that is none": [template({ stagingResourceGroup: "staging" }), {}, "InvalidResourceId"],
    "an unregistered provider": [
      template(),
      { providers: { "Microsoft.ContainerInstance": "NotRegistered" } },
      "ProviderNotRegistered",
    ],
    "a storage account nobody knows": [
      template({ customize: [{ type: "Shell", scriptUri: "https://unknown01.blob.core.windows.net/a/b.sh" }] }),
      {},
      "StorageAccountNotFound",
    ],
    "a subnet that is not there": [net({ subnetId: `${vnetId}/subnets/other` }), {}, "SubnetNotFound"],
    "a network that is not there": [
      net({ subnetId: `${vnetId}/subnets/other` }),
      { targets: without(vnetId), subnets: {} },
      "VirtualNetworkNotFound",
    ],
    "a container subnet alone": [net({ containerInstanceSubnetId: buildSubnetId }), {}, "InvalidTopology"],
  };

  test.each(Object.entries(cases))("%s", (_, [body, more, code, other]) => {
    const { blockers } = plan(body, more, other ?? {});
    const problem = blockers.find((one) => one.code === code);
    expect(codes(blockers)).toContain(code);
    expect(problem?.title).toBeTruthy();
    expect(problem?.fix?.length).toBeGreaterThan(0);
  });

  test("an identity that cannot be found: nothing is granted", () => {
    const { identity: _, ...lost } = facts(template());
    const made = planBuild(lost, policy);
    expect(codes(made.blockers)).toEqual(["IdentityNotFound"]);
    expect(made.changes).toEqual([]);
  });

  test("names scope and setting where it is the fence", () => {
    const { blockers } = plan(
      template(),
      {},
      { fence: { ...policy.fence, scopes: [`${subscription}/resourceGroups/images`] } },
    );
    expect(blockers.map((one) => one.scope)).toEqual([galleryId, groupId]);
    for (const one of blockers) expect(one.fix?.join()).toContain("GOLDSMITH_FENCE");
  });

  test("does not block who only wants advice: the same changes, the fence as a warning", () => {
    const advised = plan(template(), {}, { mode: "advise", fence: { ...policy.fence, scopes: [] } });
    expect(advised.blockers).toEqual([]);
    expect(advised.changes).toEqual(plan().changes);
    expect(codes(advised.warnings)).toContain("OutsideFence");
  });
});

describe("the opt-in tag", () => {
  const tags = { goldsmith: principalId };

  test("on gallery and group lets both grants through", () => {
    const targets = { ...facts(template()).targets, ...byId([target(galleryId, { tags }), target(groupId, { tags })]) };
    expect(plan(template(), { targets }, { optIn: "tag" }).blockers).toEqual([]);
  });

  test("on the storage account speaks for its containers", () => {
    const body = template({
      customize: [{ type: "Shell", scriptUri: "https://scripts01.blob.core.windows.net/a/b.sh", sha256Checksum: "x" }],
      distribute: [{ type: "VHD", runOutputName: "v" }],
    });
    expect(codes(plan(body, {}, { optIn: "tag" }).blockers)).toEqual(["NotOptedIn"]);
    const targets = byId([target(estate.accountId, { tags })]);
    expect(plan(body, { targets }, { optIn: "tag" }).blockers).toEqual([]);
  });
});

describe("the network of a plan", () => {
  const body = net({ subnetId: buildSubnetId });
  const guarded = subnet(buildSubnetId, {
    privateLinkServiceNetworkPolicies: "Enabled",
    nsg: nsg([rule(4096, "In", "Deny")]),
  });
  const more = { subnets: byId([guarded]) };

  test("switches the policy off and opens what is denied, just above the rule that denies", () => {
    const changes = plan(body, more).changes.filter((change) => change.kind !== "assignRole");
    expect(changes).toMatchObject([
      { kind: "setSubnetPolicy", subnetId: buildSubnetId, value: "Disabled", was: "Enabled" },
      {
        kind: "addSecurityRule",
        nsgId,
        rule: {
          priority: 4095,
          sourceAddressPrefix: "AzureLoadBalancer",
          destinationAddressPrefix: "VirtualNetwork",
          destinationPortRange: "60001",
        },
      },
      {
        kind: "addSecurityRule",
        nsgId,
        rule: {
          priority: 4094,
          sourceAddressPrefix: "VirtualNetwork",
          destinationAddressPrefix: "10.1.0.0/24",
          destinationPortRange: "60001",
        },
      },
      {
        kind: "addSecurityRule",
        nsgId,
        rule: { priority: 4093, sourceAddressPrefix: "10.1.0.0/24", destinationPortRange: "22" },
      },
    ]);
  });

  test("changes nothing where all is right", () => {
    const right = subnet(buildSubnetId, { nsg: nsg([]) });
    expect(plan(body, { subnets: byId([right]) }).changes.filter((change) => change.kind !== "assignRole")).toEqual([]);
  });

  test("is left alone where it is to be kept, and blocks instead", () => {
    const kept = plan(body, more, { network: "keep" });
    expect(kept.changes.every((change) => change.kind === "assignRole")).toBe(true);
    expect(codes(kept.blockers)).toContain("PrivateLinkServiceCannotBeCreatedInSubnetThatHasNetworkPoliciesEnabled");
    expect(codes(kept.blockers)).toContain("FlowDenied");
  });

  test("takes a free priority", () => {
    const taken = [rule(4095, "In", "Allow", "10.9.0.0/16"), rule(4096, "In", "Deny"), rule(4094, "Out", "Allow")];
    const made = plan(body, { subnets: byId([{ ...guarded, nsg: nsg(taken) }]) });
    expect(rules(made).map((one) => one.priority)).toEqual([4094, 4093, 4092]);
  });

  test("blocks where no priority is free", () => {
    const made = plan(body, { subnets: byId([{ ...guarded, nsg: nsg([rule(100, "In", "Deny")]) }]) });
    expect(rules(made)).toEqual([]);
    expect(
      made.blockers
        .filter((one) => one.code === "FlowDenied")
        .map((one) => one.title)
        .join(),
    ).toContain("no priority");
  });

  test("does not overwrite a rule that happens to have our name", () => {
    const own = { ...rule(4096, "In", "Deny"), name: "goldsmith-build-probe-60001" };
    const made = plan(body, { subnets: byId([{ ...guarded, nsg: nsg([own]) }]) });
    expect(rules(made)[0]?.name).toBe("Goldsmith-build-probe-60001-2");
  });

  test("warns where it cannot tell", () => {
    const unclear = nsg([rule(100, "In", "Deny", "", "*", "22", { sourceApplicationSecurityGroups: ["/asg"] })]);
    const made = plan(body, { subnets: byId([{ ...guarded, nsg: unclear }]) });
    expect(codes(made.warnings)).toContain("FlowUndetermined");
    expect(rules(made)).toEqual([]);
  });

  test("asks the operator before it changes an NSG of others", () => {
    const shared = nsg([rule(4096, "In", "Deny")], { subnetIds: [buildSubnetId, `${vnetId}/subnets/other`] });
    const made = plan(body, { subnets: byId([{ ...guarded, nsg: shared }]) });
    expect(made.blockers).toMatchObject([{ code: "OutsideFence", scope: nsgId }]);
    const pairs = [{ principalId: "*", role: "addSecurityRule", scope: nsgId }];
    expect(
      plan(body, { subnets: byId([{ ...guarded, nsg: shared }]) }, { fence: { ...policy.fence, pairs } }).blockers,
    ).toEqual([]);
  });

  test("asks the tags of network and NSG", () => {
    const tags = { goldsmith: principalId };
    const targets = byId([galleryId, groupId, vnetId].map((id) => target(id, { tags })));
    const open = { ...guarded, nsg: nsg([rule(4096, "In", "Deny")], { tags }) };
    expect(plan(body, { targets, subnets: byId([open]) }, { optIn: "tag" }).blockers).toEqual([]);
    expect(plan(body, { targets, ...more }, { optIn: "tag" }).blockers).toMatchObject([
      { code: "NotOptedIn", scope: nsgId },
    ]);
  });

  test("with both subnets delegates the container's and touches no policy", () => {
    const both = net({ subnetId: buildSubnetId, containerInstanceSubnetId: estate.containerSubnetId });
    const container = subnet(estate.containerSubnetId, {
      prefixes: ["10.1.1.0/24"],
      privateLinkServiceNetworkPolicies: "Enabled",
    });
    const build = subnet(buildSubnetId, { privateLinkServiceNetworkPolicies: "Enabled" });
    const made = plan(both, { subnets: byId([build, container]) });
    expect(made.changes.filter((change) => change.kind !== "assignRole")).toEqual([
      {
        kind: "delegateSubnet",
        subnetId: estate.containerSubnetId,
        serviceName: "Microsoft.ContainerInstance/containerGroups",
      },
    ]);
  });

  const rules = (made: Plan) =>
    made.changes.flatMap((change) => (change.kind === "addSecurityRule" ? [change.rule] : []));
});

describe("warnings", () => {
  test.each([
    [
      "a version number left to the service",
      template({ distribute: [{ ...estate.galleryTarget, versioning: null }] }),
      "FloatingVersion",
    ],
    [
      "a script that is not pinned",
      template({ customize: [{ type: "Shell", scriptUri: "https://example.com/a.sh" }] }),
      "NotPinned",
    ],
    ["a topology that could be better", net({ subnetId: buildSubnetId }), "BetterTopology"],
  ])("tell of %s", (_, body, code) => expect(codes(plan(body).warnings)).toContain(code));

  test("are none for a template without fault", () => expect(plan().warnings).toEqual([]));

  test("tell which source a smaller set of rights follows", () => {
    expect(codes(plan(template(), {}, { requirementSet: "minimal" }).warnings)).toEqual(["MinimalRights"]);
  });

  test("pass on what could not be read", () => {
    const unread = [{ code: "AuthorizationFailed", title: "locks could not be read" }];
    expect(plan(template(), { unread }).warnings).toEqual(unread);
  });
});

test("a provider is registered where that is allowed, and one that is being registered is left alone", () => {
  const providers = {
    "Microsoft.KeyVault": "NotRegistered",
    "microsoft.storage": "Registering",
    "Microsoft.Compute": "Registered",
  };
  const made = plan(template(), { providers }, { registerProviders: true });
  expect(made.changes.filter((change) => change.kind === "registerProvider")).toEqual([
    { kind: "registerProvider", subscriptionId: subscription.split("/")[2], namespace: "Microsoft.KeyVault" },
  ]);
});

describe("the hash of a plan", () => {
  const { hash } = plan();

  test.each<[string, Plan]>([
    ["texts", plan(template({}, { tags: { a: "b" } }))],
    ["the time of reading", plan(template(), { readAt: "2027-01-01T00:00:00Z" })],
    [
      "casing of ids",
      planBuild(
        {
          ...facts(
            template({ distribute: [{ ...estate.galleryTarget, galleryImageId: estate.definitionId.toLowerCase() }] }),
          ),
        },
        policy,
      ),
    ],
    ["warnings", plan(template(), { unread: [{ code: "x", title: "y" }] })],
  ])("does not depend on %s", (_, other) => expect(other.hash).toBe(hash));

  test.each<[string, Plan]>([
    ["the content", plan(template({ customize: [] }))],
    [
      "the principal",
      plan(template(), { identity: { id: identityId, principalId: principalId.replace("1", "2"), clientId: "c" } }),
    ],
    ["the resolved source", plan(template(), { resolvedSource: estate.sourceVersionId })],
    ["the changes", plan(template(), { grants: [grant(galleryId, roleId("galleryPublisher"))] })],
    ["the requirements", plan(template(), {}, { requirementSet: "minimal" })],
  ])("depends on %s", (_, other) => expect(other.hash).not.toBe(hash));
});

test("whatever the grants, a plan covers what is missing and asks for nothing that stands", () =>
  fc.assert(
    fc.property(fc.subarray([...templateRoles]), fc.subarray([galleryId, groupId, subscription]), (held, scopes) => {
      const grants = held.flatMap((role) => scopes.map((scope) => grant(scope, roleId(role.key))));
      const made = plan(template(), { grants });
      const granted = made.changes.flatMap((change) => (change.kind === "assignRole" ? change.requirements : []));
      const missing = made.requirements.filter((need) => !need.satisfied).map((need) => need.id);
      expect([...granted].sort()).toEqual([...missing].sort());
      expect(plan(template(), { grants: [...grants, ...assigned(made)] }).changes).toEqual([]);
    }),
  ));

/** The grants that a plan would leave behind. */
function assigned(made: Plan) {
  return made.changes.flatMap((change) =>
    change.kind === "assignRole" ? [grant(change.scope, change.roleDefinitionId)] : [],
  );
}

function net(vnetConfig: Readonly<Record<string, unknown>>): TemplateBody {
  return template({ vmProfile: { vnetConfig } });
}

function widened() {
  return Object.fromEntries(
    Object.entries(estate.ownRoles).map(([id, role]) => [id, { ...role, actions: [...role.actions, "*"] }]),
  );
}
