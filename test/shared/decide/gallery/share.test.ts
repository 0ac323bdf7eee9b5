import { normalize } from "../../../../shared/decide/armId.ts";
import { auditDiff } from "../../../../shared/decide/audit/audit.ts";
import {
  adviceOn,
  buildShares,
  directProblem,
  type Grantee,
  levelOf,
  type Share,
  type SharingFacts,
  shareCommand,
  shareOf,
} from "../../../../shared/decide/gallery/share.ts";
import { buildShareProblems } from "../../../../shared/decide/gallery/shareProblems.ts";
import { fenceProblem } from "../../../../shared/decide/planning/fence.ts";
import { planBuild } from "../../../../shared/decide/planning/planBuild.ts";
import type { Policy } from "../../../../shared/decide/planning/policy.ts";
import * as estate from "../estate.ts";

const { definitionId, galleryId, otherSubscription, subscription } = estate;
const versionId = `${definitionId}/versions/1.0.0`;
const guid = (digit: number) => "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx".replaceAll("x", `${digit}`);
const user = { principalId: guid(1), principalType: "User" } as const;
const policy: Policy = {
  ...estate.policy,
  fence: { scopes: [subscription], identities: [], roles: [], shareWith: [guid(1).toUpperCase(), guid(2)], pairs: [] },
};

describe("a share by role", () => {
  test("is one assignment, the same in any casing, at what was named", () => {
    const share = shareOf(versionId, user);
    expect(share).toMatchObject({
      kind: "shareImage",
      scope: versionId,
      principalType: "User",
      roleDefinitionId: expect.stringMatching(/cf7c76d2-98a3-4358-a134-615aa78bf44d$/),
    });
    const again = shareOf(versionId.toUpperCase().replace("/SUBSCRIPTIONS", "/subscriptions"), user);
    expect(again).toMatchObject({ name: (share as { name: string }).name });
    expect(shareOf(versionId, { ...user, role: "Reader" })).not.toMatchObject({
      name: (share as { name: string }).name,
    });
  });

  test.each([
    [galleryId, "gallery", /^Every image of the gallery.*Microsoft recommends this scope/],
    [definitionId, "definition", /^Every version of this image.*Microsoft recommends the gallery/],
    [versionId, "version", /^This version only: the next one needs a share of its own, latest cannot be used/],
  ])("of %s says how far it reaches", (id, level, advice) => {
    expect(levelOf(id)).toBe(level);
    expect(adviceOn(shareOf(id, user))).toMatch(advice);
  });

  test.each([subscription, `${versionId}/x/y`, `${galleryId}/applications/a`, "", "/sharedGalleries/a/images/b"])(
    "there is none of '%s'",
    (id) => expect(levelOf(id)).toBeUndefined(),
  );
});

test("a subscription or tenant gets the gallery, whatever of it was named", () => {
  const subscriptionId = guid(2).toUpperCase();
  expect(shareOf(versionId, { subscriptionId })).toEqual({
    kind: "shareGallery",
    galleryId,
    group: "Subscriptions",
    id: guid(2),
  });
  expect(shareOf(galleryId, { tenantId: guid(3) })).toMatchObject({ galleryId, group: "AADTenants", id: guid(3) });
});

test("commands for somebody who may add and remove exactly that", () => {
  const byRole = shareOf(definitionId, user);
  expect(shareCommand(byRole, "add")).toBe(
    `az role assignment create --role cf7c76d2-98a3-4358-a134-615aa78bf44d --assignee-object-id ${guid(1)} --assignee-principal-type User --scope '${definitionId}'`,
  );
  expect(shareCommand(byRole, "remove")).toBe(
    `az role assignment delete --ids '${definitionId}/providers/Microsoft.Authorization/roleAssignments/${(byRole as { name: string }).name}'`,
  );
  expect(shareCommand(shareOf(galleryId, { tenantId: guid(3) }), "remove")).toMatch(
    new RegExp(
      `^az sig share remove --gallery-name \\w+ --resource-group '\\w+' --subscription \\S+ --tenant-ids ${guid(3)}$`,
    ),
  );
});

describe("the fence", () => {
  const refusal = (imageId: string, grantee: Grantee, by = policy) => fenceProblem(shareOf(imageId, grantee), by);
  const elsewhere = definitionId.replace(subscription, otherSubscription);

  test.each<[string, string, Grantee]>([
    ["a principal it names, in any casing", definitionId, user],
    ["a subscription it names", galleryId, { subscriptionId: guid(2) }],
    ["a tenant it names", galleryId, { tenantId: guid(2).toUpperCase() }],
  ])("lets an image be shared with %s", (_, id, grantee) => expect(refusal(id, grantee)).toBeUndefined());

  test.each<[string, string, Grantee]>([
    ["a principal it does not name", definitionId, { ...user, principalId: guid(3) }],
    ["a subscription it does not name", galleryId, { subscriptionId: guid(3) }],
    ["a tenant it does not name", galleryId, { tenantId: guid(3) }],
    ["a part of a name", galleryId, { tenantId: guid(2).slice(0, 35) }],
    ["nobody", galleryId, { tenantId: "" }],
    ["somebody it names, of an image outside", elsewhere, user],
  ])("lets none be shared with %s", (_, id, grantee) =>
    expect(refusal(id, grantee)).toMatchObject({ code: "OutsideFence", status: 403, fix: [expect.any(String)] }),
  );

  test("that is empty lets nothing through, nor one that names everybody else", () => {
    const nothing = { ...policy, fence: { ...policy.fence, shareWith: [] } };
    expect(refusal(definitionId, user, nothing)).toMatchObject({ code: "OutsideFence" });
    const star = { ...policy, fence: { ...policy.fence, shareWith: ["*"] } };
    expect(refusal(definitionId, user, star)).toMatchObject({ code: "OutsideFence" });
  });
});

describe("sharing directly", () => {
  const share = (id: string, group: "Subscriptions" | "AADTenants" = "Subscriptions") =>
    ({ kind: "shareGallery", galleryId, group, id }) satisfies Share;
  const facts = (more: Partial<SharingFacts> = {}): SharingFacts => ({
    id: galleryId,
    uniqueName: "x-GOLD",
    tags: {},
    permissions: "Groups",
    groups: { Subscriptions: [], AADTenants: [] },
    settled: true,
    ...more,
  });
  const ids = (count: number) => Array.from({ length: count }, (_, i) => `${guid(4).slice(0, -2)}${10 + i}`);

  test("is refused where the gallery was not made for it", () => {
    for (const permissions of ["Private", "Community"])
      expect(directProblem(facts({ permissions }), share(guid(2)))?.code).toBe("GalleryNotShareable");
    expect(directProblem(facts({ permissions: "Private" }), shareOf(galleryId, user))).toBeUndefined();
  });

  test("ends at 30 subscriptions and 5 tenants, those that are shared with already aside", () => {
    const groups = { Subscriptions: ids(30), AADTenants: ids(5) };
    expect(directProblem(facts({ groups }), share(guid(2)))?.title).toContain("30 subscriptions");
    expect(directProblem(facts({ groups }), share(guid(2), "AADTenants"))?.title).toContain("5 tenants");
    expect(directProblem(facts({ groups }), share(ids(30)[0]?.toUpperCase() ?? ""))).toBeUndefined();
    const room = { Subscriptions: ids(29), AADTenants: ids(5) };
    expect(directProblem(facts({ groups: room }), share(guid(2)))).toBeUndefined();
  });
});

describe("what a build is to share", () => {
  const wanted = [{ ...user, scope: "definition" }] as const;
  const problems = (by: Policy, tags: Readonly<Record<string, string>> = {}, share = wanted) => {
    const targets = { [normalize(galleryId)]: { id: galleryId, exists: true, tags } };
    return buildShareProblems({ ...estate.facts(estate.template()), targets }, share, by).map(({ code }) => code);
  };

  test("is looked at when it is planned: the fence, and whether the gallery has opted in", () => {
    const tagged = { ...policy, optIn: "tag" } as const;
    expect(problems({ ...policy, optIn: "none" })).toEqual([]);
    expect(problems(tagged)).toEqual(["NotOptedIn"]);
    expect(problems(tagged, { goldsmith: `${guid(9)} ${guid(1)}` })).toEqual([]);
    expect(problems({ ...policy, fence: { ...policy.fence, shareWith: [] } })).toEqual(["OutsideFence"]);
  });

  test("must be an image version", () => {
    const body = estate.template({ distribute: [{ type: "VHD", runOutputName: "v" }] });
    expect(buildShareProblems(estate.facts(body), wanted, policy)).toMatchObject([{ code: "NothingToShare" }]);
  });

  test("is each version or the definition around it, once", () => {
    const other = `${definitionId}/versions/1.0.1`;
    const shares = buildShares(
      [versionId, other],
      [
        { ...user, scope: "definition" },
        { ...user, scope: "version" },
      ],
    );
    expect(shares.map(([id]) => id)).toEqual([definitionId, versionId, other]);
    expect(shares[0]?.[1]).toEqual(user);
  });
});

test("what was shared with a template's own identity is no grant of others that is too wide", () => {
  const share = shareOf(galleryId, { ...user, principalId: estate.principalId, role: "Reader" });
  const { name, roleDefinitionId } = share as Extract<Share, { kind: "shareImage" }>;
  const reader = {
    id: roleDefinitionId,
    name: "Reader",
    actions: ["*/read"],
    notActions: [],
    dataActions: [],
    notDataActions: [],
    assignableScopes: ["/"],
  };
  const grant = {
    ...estate.grant(galleryId, roleDefinitionId),
    id: `${galleryId}/providers/Microsoft.Authorization/roleAssignments/${name}`,
  };
  const facts = estate.facts(estate.template(), {
    grants: [grant],
    roles: { [roleDefinitionId.split("/").at(-1) ?? ""]: reader },
  });
  const templates = [{ facts, plan: planBuild(facts, estate.policy) }];
  const kinds = (ledger: readonly { change: Share; templateId: string; state: "made" }[]) =>
    auditDiff({ templates, ledger, allTemplates: true }).map(({ kind }) => kind);
  expect(kinds([])).toContain("wider");
  const found = kinds([{ change: share, templateId: galleryId, state: "made" }]);
  for (const kind of ["wider", "excess", "orphaned", "ledgerDiffers"]) expect(found).not.toContain(kind);
});
