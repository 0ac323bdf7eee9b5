import fc from "fast-check";
import { within } from "../../../../shared/decide/armId.ts";
import type { TemplateBody } from "../../../../shared/decide/planning/facts.ts";
import { factsWanted } from "../../../../shared/decide/planning/factsWanted.ts";
import type { Change, Plan } from "../../../../shared/decide/planning/plan.ts";
import { planBuild } from "../../../../shared/decide/planning/planBuild.ts";
import type { Policy } from "../../../../shared/decide/planning/policy.ts";
import * as estate from "../estate.ts";

const {
  buildSubnetId,
  byId,
  definitionId,
  facts,
  galleryTarget,
  identityId,
  marketplace,
  otherSubscription,
  subnet,
  subscription,
  template,
} = estate;

/** The fence is one group for galleries and one for images; everything else belongs to others. */
const mine = [`${subscription}/resourceGroups/galleries`, `${subscription}/resourceGroups/images`];
const policy: Policy = { ...estate.policy, fence: { ...estate.policy.fence, scopes: mine } };
const foreign = `${otherSubscription}/resourceGroups/theirs/providers`;
const gallery = (galleryImageId: string) => template({ distribute: [{ ...galleryTarget, galleryImageId }] });
const vm = (profile: object) => template({ vmProfile: profile });

const attacks: Readonly<Record<string, TemplateBody>> = {
  "a gallery of another subscription": gallery(`${foreign}/Microsoft.Compute/galleries/g/images/i`),
  "a gallery of another group": gallery(definitionId.replace("/galleries/providers", "/theirs/providers")),
  "a group whose name begins like ours": gallery(definitionId.replace("/galleries/providers", "/galleries2/providers")),
  "a way out by dots": gallery(`${mine[0]}/../theirs/providers/Microsoft.Compute/galleries/g/images/i`),
  "a way out by encoded dots": gallery(`${mine[0]}/%2e%2e/theirs/providers/Microsoft.Compute/galleries/g/images/i`),
  "an encoded slash": gallery(`${mine[0]}%2F..%2Ftheirs/providers/Microsoft.Compute/galleries/g/images/i`),
  "double slashes": gallery(definitionId.replaceAll("/", "//")),
  "a slash at the end": gallery(`${definitionId}/`),
  "a child of a definition": gallery(`${definitionId}/versions/1.0.0/extensions/x`),
  "a query behind the id": gallery(`${definitionId}?x=${foreign}`),
  "a gallery that is a subscription": gallery(subscription),
  "a managed image of somebody's group": template({
    distribute: [{ ...estate.imageTarget, imageId: `${foreign}/Microsoft.Compute/images/i` }],
  }),
  "a managed image straight in a subscription": template({
    distribute: [{ ...estate.imageTarget, imageId: `${subscription}/providers/Microsoft.Compute/images/i` }],
  }),
  "somebody's source image": template({
    source: {
      type: "ManagedImage",
      imageId: `${subscription}/resourceGroups/theirs/providers/Microsoft.Compute/images/i`,
    },
  }),
  "somebody's source gallery": template({
    source: {
      type: "SharedImageVersion",
      imageVersionId: `${foreign}/Microsoft.Compute/galleries/g/images/i/versions/latest`,
    },
  }),
  "somebody's network": vm({ vnetConfig: { subnetId: `${foreign}/Microsoft.Network/virtualNetworks/v/subnets/s` } }),
  "a network of our subscription outside the fence": vm({ vnetConfig: { subnetId: buildSubnetId } }),
  "somebody's identity on the VM": vm({
    userAssignedIdentities: [`${foreign}/Microsoft.ManagedIdentity/userAssignedIdentities/admin`],
  }),
  "an identity of ours on the VM, with a script that reads its token": template({
    customize: [
      { type: "Shell", inline: ["curl -H Metadata:true http://169.254.169.254/metadata/identity/oauth2/token"] },
    ],
    vmProfile: { userAssignedIdentities: [estate.vmIdentityId] },
  }),
  "somebody's group as staging group": template({ stagingResourceGroup: `${otherSubscription}/resourceGroups/theirs` }),
  "our own group as staging group": template({ stagingResourceGroup: mine[1] }),
  "a subscription as staging group": template({ stagingResourceGroup: subscription }),
  "somebody's storage": template({
    customize: [{ type: "Shell", scriptUri: "https://scripts01.blob.core.windows.net/secrets/x" }],
  }),
  "a VHD into somebody's storage": template({
    distribute: [{ type: "VHD", runOutputName: "v", uri: "https://scripts01.blob.core.windows.net/vhds/x.vhd" }],
  }),
};

/** Facts in which all that the attacker names exists, so that nothing but the fence stands in the way. */
function standing(body: TemplateBody) {
  const wanted = factsWanted({ id: estate.templateId, body }, { scripts01: estate.accountId });
  const targets = byId(wanted.scopes.map((id) => estate.target(id)));
  const subnets = byId(wanted.subnetIds.map((id) => subnet(id, { privateLinkServiceNetworkPolicies: "Enabled" })));
  return facts(body, { targets, subnets });
}

const places = (plan: Plan) => plan.changes.map(placeOf);

function placeOf(change: Change): string {
  if (change.kind === "assignRole") return change.scope;
  if (change.kind === "addSecurityRule") return change.nsgId;
  if (change.kind === "ensureRoleDefinition") return change.roleDefinitionId;
  return change.kind === "registerProvider" ? `/subscriptions/${change.subscriptionId}` : change.subnetId;
}

test.each(Object.entries(attacks))("%s is refused before anything is written", (_, body) => {
  const plan = planBuild(standing(body), policy);
  expect(plan.blockers.length).toBeGreaterThan(0);
  for (const blocker of plan.blockers)
    expect(["OutsideFence", "InvalidResourceId", "InvalidTopology", "StagingGroupShared"]).toContain(blocker.code);
});

test("the same templates pass for whoever owns all of it, unless they are malformed", () => {
  const everything = { ...policy, fence: { ...policy.fence, scopes: [subscription, otherSubscription] } };
  const passing = Object.values(attacks).filter((body) => planBuild(standing(body), everything).blockers.length === 0);
  expect(passing.length).toBeGreaterThanOrEqual(8);
});

test("no odd id is even asked for", () => {
  for (const body of Object.values(attacks)) {
    const wanted = factsWanted({ id: estate.templateId, body });
    for (const id of [...wanted.scopes, ...wanted.grantScopes, ...wanted.subnetIds])
      expect(id).not.toMatch(/\.\.|%|\/\/|\?|\/$/);
  }
});

test("an identity of elsewhere gets nothing, even inside the fence", () => {
  const body = template(
    {},
    { identity: { type: "UserAssigned", userAssignedIdentities: { [`${foreign}/x/y/z`]: {} } } },
  );
  const theirs = identityId.replace(subscription, otherSubscription);
  const plan = planBuild({ ...standing(body), identity: { id: theirs, principalId: "p", clientId: "c" } }, policy);
  expect(plan.blockers).toContainEqual(expect.objectContaining({ code: "OutsideFence", scope: theirs }));
});

test("a tag that names somebody else opts nobody in", () => {
  const tags = { goldsmith: "99999999-0000-4000-8000-000000000009" };
  const read = facts(template(), {
    targets: byId([estate.target(estate.galleryId, { tags }), estate.target(mine[0]!, { tags })]),
  });
  expect(planBuild(read, { ...policy, optIn: "tag" }).blockers.map((one) => one.code)).toEqual([
    "NotOptedIn",
    "NotOptedIn",
  ]);
});

const segment = fc.oneof(
  fc.constantFrom(
    "..",
    ".",
    "",
    "%2e%2e",
    "%2F",
    "resourceGroups",
    "providers",
    "subscriptions",
    "galleries",
    "images",
    "Microsoft.Compute",
  ),
  fc.stringMatching(/^[a-zA-Z0-9._-]{1,6}$/),
);
const anyId = fc.oneof(
  fc.array(segment, { maxLength: 12 }).map((parts) => `/${parts.join("/")}`),
  fc
    .tuple(fc.constantFrom(...mine, subscription, otherSubscription), fc.array(segment, { maxLength: 8 }))
    .map(([head, parts]) => [head, ...parts].join("/")),
);

test("whatever ids a template is made of, a plan without blockers changes nothing outside the fence", () =>
  fc.assert(
    fc.property(anyId, anyId, anyId, anyId, (imageId, galleryImageId, subnetId, stagingResourceGroup) => {
      const body = template({
        source: fc.sample(fc.constantFrom({ type: "ManagedImage", imageId }, marketplace), {
          numRuns: 1,
          seed: imageId.length,
        })[0],
        distribute: [{ ...galleryTarget, galleryImageId }],
        vmProfile: { vnetConfig: { subnetId } },
        stagingResourceGroup,
      });
      const plan = planBuild(standing(body), policy);
      if (plan.blockers.length === 0)
        for (const place of places(plan)) expect(mine.some((scope) => within(scope, place))).toBe(true);
    }),
    { numRuns: 500 },
  ));
