import { guid } from "../../../../shared/decide/guid.ts";
import * as roles from "../../../../shared/decide/permissions/roles.ts";
import { standingRole } from "../estate.ts";

const publisher = roles.roleSpec("galleryPublisher");

test("names and GUIDs of custom roles carry the environment, for names are unique in a tenant", () => {
  expect(roles.roleDefinitionGuid("prod", "galleryPublisher")).toBe(guid("goldsmith-prod-galleryPublisher"));
  expect(roles.roleDefinitionName("prod", "galleryPublisher")).toBe("Goldsmith gallery publisher (prod)");
  expect(roles.roleDefinitionId("prod", "s", "galleryPublisher")).toBe(
    `/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/${guid("goldsmith-prod-galleryPublisher")}`,
  );
  expect(roles.roleDefinitionGuid("prod", "imageWriter")).not.toBe(roles.roleDefinitionGuid("test", "imageWriter"));
});

test("built-in roles keep Azure's own name and GUID", () => {
  expect(roles.roleDefinitionGuid("prod", "contributor")).toBe("b24988ac-6180-42a0-ab88-20f7382dd24c");
  expect(roles.roleDefinitionName("prod", "storageBlobDataReader")).toBe("Storage Blob Data Reader");
});

test("a key that nobody defined is an error, not a role", () => {
  expect(() => roles.roleDefinitionGuid("prod", "superuser")).toThrow("superuser");
});

test("no custom role has a wildcard, doubles, or the action set of another", () => {
  const all = [...roles.templateRoles, ...roles.appRoles];
  // The sharer's is the grantor's: Azure assigns a role to somebody at a scope once, so under one condition.
  const others = all.filter(({ key }) => key !== "appSharer");
  const sets = others.map((role) => [...role.actions, ...role.dataActions].sort().join());
  expect(all.flatMap((role) => role.actions).filter((action) => action.includes("*"))).toEqual([]);
  expect(new Set(sets).size).toBe(others.length);
  for (const role of all) expect(new Set(role.actions).size).toBe(role.actions.length);
});

test("the app itself may neither write role definitions nor delete groups, and of data it may read blobs (under a condition: build logs) and keep the passwords of its own machines", () => {
  const actions = roles.appRoles.flatMap((role) => role.actions.map((action) => action.toLowerCase()));
  expect(actions).not.toContain("microsoft.authorization/roledefinitions/write");
  expect(actions).not.toContain("microsoft.resources/subscriptions/resourcegroups/delete");
  expect(roles.appRoles.flatMap((role) => role.dataActions)).toEqual([
    "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",
    "Microsoft.KeyVault/vaults/secrets/delete",
    "Microsoft.KeyVault/vaults/secrets/getSecret/action",
    "Microsoft.KeyVault/vaults/secrets/setSecret/action",
  ]);
});

test("Contributor and Managed Identity Operator are broad, gallery rights are not", () => {
  expect(["contributor", "managedIdentityOperator", "appGrantor"].map(roles.isBroad)).toEqual([true, true, true]);
  expect(["galleryPublisher", "storageBlobDataReader"].map(roles.isBroad)).toEqual([false, false]);
});

describe("a standing definition", () => {
  const standing = (actions: readonly string[], more = {}) => standingRole("/x", "x", actions, more);
  const [first = "", ...rest] = publisher.actions;

  test("is ours with the same actions in any order and casing", () => {
    expect(roles.sameRole(standing([...rest, first.toUpperCase()]), "galleryPublisher")).toBe(true);
    expect(roles.sameRole(standing([...publisher.actions, first]), "galleryPublisher")).toBe(true);
  });

  test.each([
    ["an action more", standing([...publisher.actions, "Microsoft.Compute/galleries/write"])],
    ["an action less", standing(rest)],
    ["a wildcard instead", standing(["Microsoft.Compute/galleries/*"])],
    ["a data action", standing(publisher.actions, { dataActions: ["Microsoft.Storage/x/read"] })],
    ["something taken away", standing(publisher.actions, { notActions: [first] })],
    ["data taken away", standing(publisher.actions, { notDataActions: ["x"] })],
    ["nothing", standing([])],
  ])("with %s is not", (_, role) => expect(roles.sameRole(role, "galleryPublisher")).toBe(false));
});
