import { type Bench, makeGroup, makeIdentity, roles, startBench } from "../emulator.ts";

let bench: Bench;
let groupId: string;
let principalId: string;
beforeEach(async () => {
  bench = await startBench();
  groupId = await makeGroup(bench);
  ({ principalId } = await makeIdentity(bench, groupId, "holder"));
});
afterEach(() => bench.stop());

const first = "bbbbbbbb-0000-4000-8000-000000000001";
const second = "bbbbbbbb-0000-4000-8000-000000000002";
const at = (name: string, scope = groupId) =>
  `${scope}/providers/Microsoft.Authorization/roleAssignments/${name}?api-version=2022-04-01`;
const definition = (guid: string) => `${bench.subscription}/providers/Microsoft.Authorization/roleDefinitions/${guid}`;
const body = (more: object = {}) => ({
  properties: { roleDefinitionId: definition(roles.reader), principalId, principalType: "ServicePrincipal", ...more },
});
const put = (name: string, more: object = {}, scope = groupId) => bench.owner("PUT", at(name, scope), body(more));
const codeOf = (reply: { status: number; body: { error: { code: string } } }) => [reply.status, reply.body.error.code];

test("an assignment answers 201 when made, 200 when only its description changes", async () => {
  const made = await put(first);
  expect([made.status, made.body.properties.scope, made.body.name]).toEqual([201, groupId, first]);
  const changed = await put(first, { description: "why" });
  expect([changed.status, changed.body.properties.description]).toEqual([200, "why"]);
});

test("the same principal, role and scope under another name already exist", async () => {
  await put(first);
  const reply = await put(second);
  expect(codeOf(reply)).toEqual([409, "RoleAssignmentExists"]);
  expect(reply.body.error.message).toBe("The role assignment already exists.");
});

test("the same name for another principal, role or scope is not an update", async () => {
  await put(first);
  const other = await makeIdentity(bench, groupId, "other");
  const expected = [400, "RoleAssignmentUpdateNotPermitted"];
  expect(codeOf(await put(first, { principalId: other.principalId }))).toEqual(expected);
  expect(codeOf(await put(first, { roleDefinitionId: definition(roles.contributor) }))).toEqual(expected);
  const elsewhere = await put(first, {}, bench.subscription);
  expect(codeOf(elsewhere)).toEqual(expected);
  expect(elsewhere.body.error.message).toBe(
    "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
  );
});

test("a fresh principal is unknown unless the request names its type", async () => {
  const id = `${groupId}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/fresh?api-version=2023-01-31`;
  const fresh = (await bench.owner("PUT", id, { location: "westeurope" })).body.properties.principalId;
  const refused = await put(first, { principalId: fresh, principalType: undefined });
  expect(codeOf(refused)).toEqual([400, "PrincipalNotFound"]);
  expect(refused.body.error.message).toContain(
    `Principal ${fresh.replaceAll("-", "")} does not exist in the directory ${bench.azure.settings.tenantId}.`,
  );
  expect((await put(first, { principalId: fresh })).status).toBe(201);
  await bench.clock.advance(61_000);
  expect((await put(second, { principalId: fresh, principalType: undefined }, bench.subscription)).status).toBe(201);
});

test("a client id in place of the principal id is a principal that does not exist", async () => {
  const identity = await bench.owner(
    "GET",
    `${groupId}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/holder?api-version=2023-01-31`,
  );
  const reply = await put(first, { principalId: identity.body.properties.clientId, principalType: undefined });
  expect(codeOf(reply)).toEqual([400, "PrincipalNotFound"]);
});

test("a wrong principal type is refused, misspelling and all", async () => {
  const reply = await put(first, { principalType: "User" });
  expect(codeOf(reply)).toEqual([400, "UnmatchedPrincipalType"]);
  expect(reply.body.error.message).toContain("PrinciaplType 'User'");
});

test("a role that does not exist, or is not for this scope, cannot be assigned", async () => {
  expect(codeOf(await put(first, { roleDefinitionId: definition("99999999-0000-4000-8000-000000000000") }))).toEqual([
    404,
    "RoleDefinitionDoesNotExist",
  ]);
  const narrow = "cccccccc-0000-4000-8000-000000000001";
  await bench.owner(
    "PUT",
    `${groupId}/providers/Microsoft.Authorization/roleDefinitions/${narrow}?api-version=2022-04-01`,
    {
      properties: { roleName: "Narrow", permissions: [{ actions: ["*/read"] }], assignableScopes: [groupId] },
    },
  );
  expect((await put(first, { roleDefinitionId: definition(narrow) }, bench.subscription)).status).toBe(400);
  expect((await put(first, { roleDefinitionId: definition(narrow) })).status).toBe(201);
});

test("nothing can be assigned at a resource that is not there", async () => {
  const scope = `${groupId}/providers/Microsoft.Compute/galleries/none`;
  expect(codeOf(await put(first, {}, scope))).toEqual([404, "ResourceNotFound"]);
});

test("a name that is no GUID is refused", async () => {
  expect(codeOf(await put("reader"))).toEqual([400, "InvalidRoleAssignmentId"]);
});

test("the limit of assignments per subscription holds", async () => {
  await bench.as(undefined)("POST", "/emulator/switches", { roleAssignmentLimit: 1 });
  expect(codeOf(await put(first))).toEqual([400, "RoleAssignmentLimitExceeded"]);
});

test("a delete answers with what it deleted, then 204", async () => {
  await put(first);
  const deleted = await bench.owner("DELETE", at(first));
  expect([deleted.status, deleted.body.name]).toEqual([200, first]);
  expect((await bench.owner("DELETE", at(first))).status).toBe(204);
});

test("a lock on the scope keeps its assignments from being deleted", async () => {
  await put(first);
  await bench.owner("PUT", `${groupId}/providers/Microsoft.Authorization/locks/keep?api-version=2020-05-01`, {
    properties: { level: "CanNotDelete" },
  });
  expect(codeOf(await bench.owner("DELETE", at(first)))).toEqual([409, "ScopeLocked"]);
  expect((await put(second, { roleDefinitionId: definition(roles.contributor) })).status).toBe(201);
  await bench.owner("DELETE", `${groupId}/providers/Microsoft.Authorization/locks/keep?api-version=2020-05-01`);
  expect((await bench.owner("DELETE", at(first))).status).toBe(200);
});

test("the last owner of a subscription cannot be removed", async () => {
  const { body: list } = await bench.owner(
    "GET",
    `${bench.subscription}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter=principalId eq '${bench.azure.settings.owner.principalId}'`.replaceAll(
      " ",
      "%20",
    ),
  );
  const reply = await bench.owner("DELETE", `${list.value[0].id}?api-version=2022-04-01`);
  expect(reply.body.error.message).toBe("Cannot delete the last RBAC admin assignment.");
});

describe("what is listed", () => {
  const list = async (scope: string, filter: string) => {
    const path = `${scope}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter=${encodeURIComponent(filter)}`;
    return await bench.owner("GET", path);
  };
  const names = async (scope: string, filter: string) =>
    (await list(scope, filter)).body.value.map((one: { name: string }) => one.name);

  test("atScope is at and above the scope, principalId also below, assignedTo the same", async () => {
    await put(first);
    await put(second, {}, bench.subscription);
    expect(await names(groupId, `atScope() and assignedTo('${principalId}')`)).toEqual([first, second]);
    expect(await names(bench.subscription, `atScope() and assignedTo('${principalId}')`)).toEqual([second]);
    expect(await names(bench.subscription, `principalId eq '${principalId}'`)).toEqual([first, second]);
    expect(await names(bench.subscription, `assignedTo('${principalId}')`)).toEqual([first, second]);
  });

  test("principalId cannot be combined with atScope", async () => {
    expect((await list(groupId, `atScope() and principalId eq '${principalId}'`)).status).toBe(400);
  });

  test("pages are followed by nextLink", async () => {
    await bench.as(undefined)("POST", "/emulator/switches", { pageSize: 1 });
    await put(first);
    await put(second, {}, bench.subscription);
    const page = await list(bench.subscription, `assignedTo('${principalId}')`);
    expect(page.body.value).toHaveLength(1);
    const next = await bench.owner("GET", page.body.nextLink.slice(bench.azure.endpoint.length));
    expect(next.body.value.map((one: { name: string }) => one.name)).toEqual([second]);
    expect(next.body.nextLink).toBeUndefined();
  });
});
