import fc from "fast-check";
import { coverage, matchesAction, reaches, roleAllows } from "../../../../shared/decide/permissions/grants.ts";
import { requirement } from "../../../../shared/decide/permissions/requirement.ts";
import { roleSpec } from "../../../../shared/decide/permissions/roles.ts";
import * as estate from "../estate.ts";

const { galleryId, subscription, standingRole, grant } = estate;
const group = `${subscription}/resourceGroups/galleries`;

describe("an action pattern", () => {
  test.each([
    ["*", "Microsoft.Compute/images/read"],
    ["*/read", "Microsoft.Compute/galleries/images/versions/read"],
    ["Microsoft.Compute/*", "Microsoft.Compute/images/write"],
    ["microsoft.compute/IMAGES/read", "Microsoft.Compute/images/read"],
    ["Microsoft.CostManagement/exports/*", "Microsoft.CostManagement/exports/run/action"],
    [
      "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
      "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
    ],
    [
      "Microsoft.ManagedIdentity/userAssignedIdentities/*/read",
      "Microsoft.ManagedIdentity/userAssignedIdentities/read",
    ],
    ["Microsoft.Authorization/*/Write", "Microsoft.Authorization/roleAssignments/write"],
  ])("%s matches %s", (pattern, action) => expect(matchesAction(pattern, action)).toBe(true));

  test.each([
    ["*/read", "Microsoft.Compute/images/write"],
    ["Microsoft.Compute/images/read", "Microsoft.Compute/images/read/action"],
    ["Microsoft.Compute/images/read", "XMicrosoft.Compute/images/read"],
    ["Microsoft.Compute/*", "Microsoft.ComputeX/images/read"],
    ["Microsoft.Compute/images/read", "Microsoft-Compute/images/read"],
    ["", "Microsoft.Compute/images/read"],
  ])("%s does not match %s", (pattern, action) => expect(matchesAction(pattern, action)).toBe(false));

  test("without a star matches itself and nothing else, whatever characters it has", () =>
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        const [left, right] = [a.replaceAll("*", ""), b.replaceAll("*", "")];
        expect(matchesAction(left, right)).toBe(left.toLowerCase() === right.toLowerCase());
      }),
    ));
});

test("notActions take away within a role only", () => {
  const role = standingRole("/x/contributorish", "x", ["*"], { notActions: ["Microsoft.Authorization/*/Write"] });
  expect(roleAllows(role, "Microsoft.Compute/images/write")).toBe(true);
  expect(roleAllows(role, "Microsoft.Authorization/roleAssignments/write")).toBe(false);
  expect(roleAllows(role, "Microsoft.Storage/x/blobs/read", "dataAction")).toBe(false);
});

test("grants at management groups reach what they were listed for, if that is one subscription", () => {
  const management = "/providers/Microsoft.Management/managementGroups/corp";
  expect(reaches(management, galleryId, true)).toBe(true);
  expect(reaches(management, galleryId, false)).toBe(false);
  expect(reaches("/", galleryId, false)).toBe(true);
  expect(reaches(`${galleryId}/images/a`, galleryId, true)).toBe(false);
  expect(reaches("/providers/Microsoft.Elsewhere/x/y", galleryId, true)).toBe(false);
});

const publisher = requirement(
  { principalId: estate.principalId, environment: "test", roleSubscriptionId: "s", requirementSet: "documented" },
  {
    id: "distribute/0/gallery",
    scope: galleryId,
    roleKey: "galleryPublisher",
    because: "",
    source: "",
    neededAt: "submission",
  },
);
const roles = {
  contributor: standingRole("/r/contributor", "Contributor", ["*"], {
    notActions: ["Microsoft.Authorization/*/Write"],
  }),
  reader: standingRole("/r/reader", "Reader", ["*/read"]),
  writer: standingRole("/r/writer", "Writer", ["Microsoft.Compute/galleries/images/versions/write"]),
  nowrite: standingRole("/r/nowrite", "NoWrite", ["Microsoft.Compute/*"], { notActions: ["*/write"] }),
  exact: standingRole("/r/exact", "Exact", roleSpec("galleryPublisher").actions),
  data: standingRole("/r/data", "Data", [], { dataActions: ["*"] }),
};
const at = (scope: string, role: string, more = {}) => grant(scope, `/r/${role}`, more);

describe("a requirement", () => {
  test.each([
    ["an equal grant", [at(galleryId, "exact")]],
    [
      "an equal grant in other casing",
      [at(galleryId.toUpperCase().replace("/SUBSCRIPTIONS", "/subscriptions"), "EXACT")],
    ],
    ["a wider role", [at(galleryId, "contributor")]],
    ["a grant inherited from the group", [at(group, "exact")]],
    ["a grant inherited from the subscription", [at(subscription, "contributor")]],
    [
      "a grant inherited from a management group",
      [at("/providers/Microsoft.Management/managementGroups/m", "contributor")],
    ],
    ["a grant at the root", [at("/", "contributor")]],
    ["several grants together", [at(group, "reader"), at(galleryId, "writer")]],
    ["what one role takes away and another gives", [at(galleryId, "nowrite"), at(galleryId, "writer")]],
  ])("is met by %s", (_, grants) => {
    const found = coverage(publisher, grants, roles, true);
    expect(found.satisfied).toBe(true);
    expect(found.by).toEqual(grants);
  });

  test.each([
    ["nothing", []],
    ["a part of it", [at(galleryId, "reader")]],
    ["a role that takes the write away", [at(galleryId, "nowrite")]],
    ["a grant below it", [at(`${galleryId}/images/ubuntu`, "contributor")]],
    ["a grant beside it", [at(`${galleryId}2`, "contributor")]],
    ["a grant to somebody else", [at(galleryId, "exact", { principalId: "aaaaaaaa-0000-4000-8000-000000000002" })]],
    ["rights on data only", [at(galleryId, "data")]],
    ["a grant with a condition", [at(galleryId, "exact", { condition: "@Resource[x] StringEquals 'y'" })]],
    ["a role that could not be read", [at(galleryId, "secret")]],
  ])("is not met by %s", (_, grants) => expect(coverage(publisher, grants, roles, true).satisfied).toBe(false));

  test("says which grants are unclear, if they could matter at all", () => {
    const conditioned = at(galleryId, "exact", { condition: "x" });
    const unread = at(galleryId, "secret");
    const beside = at(galleryId, "data", { condition: "x" });
    expect(coverage(publisher, [conditioned, unread, beside], roles, true).unclear).toEqual([conditioned, unread]);
  });

  test("of nobody is never met", () => {
    const nobody = { ...publisher, principalId: "" };
    expect(coverage(nobody, [at(galleryId, "exact", { principalId: "" })], roles, true).satisfied).toBe(false);
  });

  test("for everything is met by Contributor or Owner alone, not by a role that looks alike", () => {
    const need = { ...publisher, actions: ["*"] };
    const known = (guid: string) => ({ [guid]: standingRole(`/r/${guid}`, "x", ["*"]) });
    const contributor = "b24988ac-6180-42a0-ab88-20f7382dd24c";
    const owner = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
    expect(coverage(need, [at(group, contributor)], known(contributor), true).satisfied).toBe(true);
    expect(coverage(need, [at(group, owner)], known(owner), true).satisfied).toBe(true);
    expect(coverage(need, [at(group, "contributor")], roles, true).satisfied).toBe(false);
  });
});
