import { type Bench, grant, makeGroup, makeIdentity, roles, startBench } from "../emulator.ts";

let bench: Bench;
beforeEach(async () => {
  bench = await startBench();
});
afterEach(() => bench.stop());

const first = "aaaaaaaa-0000-4000-8000-000000000001";
const second = "aaaaaaaa-0000-4000-8000-000000000002";
const at = (guid: string, { subscription }: Bench = bench) =>
  `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${guid}?api-version=2022-04-01`;

const role = (more: object = {}) => ({
  properties: {
    roleName: "Image Tester",
    description: "tests",
    type: "CustomRole",
    permissions: [{ actions: ["Microsoft.Compute/images/read"], notActions: [], dataActions: [], notDataActions: [] }],
    assignableScopes: [bench.subscription],
    ...more,
  },
});

test("a role definition answers 201 when it is made and when it is changed", async () => {
  expect((await bench.owner("PUT", at(first), role())).status).toBe(201);
  const changed = await bench.owner("PUT", at(first), role({ description: "other" }));
  expect([changed.status, changed.body.properties.description]).toEqual([201, "other"]);
  expect(changed.body.id).toBe(`${bench.subscription}/providers/Microsoft.Authorization/roleDefinitions/${first}`);
});

test("a name can be used once in the tenant", async () => {
  await bench.owner("PUT", at(first), role());
  const reply = await bench.owner("PUT", at(second), role({ roleName: "IMAGE TESTER" }));
  expect([reply.status, reply.body.error.code, reply.body.error.message]).toEqual([
    409,
    "RoleDefinitionWithSameNameExists",
    "A role definition cannot be updated with a name that already exists.",
  ]);
});

test("a fresh definition is not found until replicas have it", async () => {
  await bench.as(undefined)("POST", "/emulator/switches", { definitionVisibleSeconds: [5, 5] });
  await bench.owner("PUT", at(first), role());
  const early = await bench.owner("GET", at(first));
  expect([early.status, early.body.error.code]).toEqual([404, "RoleDefinitionDoesNotExist"]);
  expect(early.body.error.message).toBe(
    `The specified role definition with ID '${first.replaceAll("-", "")}' does not exist.`,
  );
  await bench.clock.advance(5_000);
  expect((await bench.owner("GET", at(first))).status).toBe(200);
});

test.each([
  ["two permission entries", () => ({ permissions: [{ actions: ["a/read"] }, { actions: ["b/read"] }] })],
  ["no action at all", () => ({ permissions: [{ actions: [] }] })],
  ["two wildcards in one action", () => ({ permissions: [{ actions: ["Microsoft.Compute/*/images/*"] }] })],
  ["the root as a scope", () => ({ assignableScopes: ["/"] })],
  ["a wildcard as a scope", () => ({ assignableScopes: ["/subscriptions/*"] })],
  ["no scope", () => ({ assignableScopes: [] })],
  [
    "two management groups",
    () => ({
      assignableScopes: [
        "/providers/Microsoft.Management/managementGroups/a",
        "/providers/Microsoft.Management/managementGroups/b",
      ],
    }),
  ],
  ["no name", () => ({ roleName: " " })],
  ["a name of 513 characters", () => ({ roleName: "x".repeat(513) })],
])("a definition with %s is refused", async (_, more) => {
  const reply = await bench.owner("PUT", at(first), role(more()));
  expect(reply.status).toBe(400);
  expect((await bench.owner("GET", at(first))).status).toBe(404);
});

test("writing a definition takes the right on every assignable scope", async () => {
  const groupId = await makeGroup(bench);
  const { principalId } = await makeIdentity(bench, groupId, "author");
  await grant(bench, groupId, roles.owner, principalId);
  const path = `${groupId}/providers/Microsoft.Authorization/roleDefinitions/${first}?api-version=2022-04-01`;
  const reply = await bench.as(principalId)("PUT", path, role({ assignableScopes: [groupId, bench.subscription] }));
  expect([reply.status, reply.body.error.code]).toEqual([403, "LinkedAuthorizationFailed"]);
  expect(reply.body.error.message).toContain(`on the linked scope(s) '${bench.subscription}'`);
  expect((await bench.as(principalId)("PUT", path, role({ assignableScopes: [groupId] }))).status).toBe(201);
});

test("a definition that is assigned cannot be deleted, and 204 says that there is none", async () => {
  await bench.owner("PUT", at(first), role());
  const { principalId } = await makeIdentity(bench, await makeGroup(bench), "holder");
  await grant(bench, bench.subscription, first, principalId);
  const refused = await bench.owner("DELETE", at(first));
  expect([refused.status, refused.body.error.code]).toEqual([400, "RoleDefinitionHasAssignments"]);
  expect((await bench.owner("DELETE", at(second))).status).toBe(204);
});

test("built-in roles can be read, not changed, and found by name", async () => {
  const reader = await bench.owner("GET", at(roles.reader));
  expect(reader.body.properties).toMatchObject({
    roleName: "Reader",
    type: "BuiltInRole",
    permissions: [{ actions: ["*/read"] }],
  });
  expect((await bench.owner("PUT", at(roles.reader), role())).status).toBe(403);
  const named = await bench.owner(
    "GET",
    `${at("").replace("/?", "?")}&$filter=${encodeURIComponent("roleName eq 'reader'")}`,
  );
  expect(named.body.value).toHaveLength(1);
  const tenantForm = await bench.owner(
    "GET",
    `/providers/Microsoft.Authorization/roleDefinitions/${roles.reader}?api-version=2022-04-01`,
  );
  expect([tenantForm.status, tenantForm.body.id]).toEqual([
    200,
    `/providers/Microsoft.Authorization/roleDefinitions/${roles.reader}`,
  ]);
});

test("an edited definition keeps working as it was until the caches let go", async () => {
  const groupId = await makeGroup(bench);
  const { principalId } = await makeIdentity(bench, groupId, "holder");
  await bench.owner("PUT", at(first), role());
  await grant(bench, bench.subscription, first, principalId);
  const allowed = (action: string) => bench.azure.world.rights.decide(principalId, action, groupId).kind;
  expect(allowed("Microsoft.Compute/images/read")).toBe("allowed");
  await bench.owner("PUT", at(first), role({ permissions: [{ actions: ["Microsoft.Compute/images/write"] }] }));
  expect([allowed("Microsoft.Compute/images/read"), allowed("Microsoft.Compute/images/write")]).toEqual([
    "allowed",
    "denied",
  ]);
  await bench.clock.advance(301_000);
  expect([allowed("Microsoft.Compute/images/read"), allowed("Microsoft.Compute/images/write")]).toEqual([
    "denied",
    "allowed",
  ]);
});
