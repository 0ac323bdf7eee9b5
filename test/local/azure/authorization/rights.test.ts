import { type Bench, grant, makeGroup, makeIdentity, roles, startBench } from "../emulator.ts";

let bench: Bench;
let groupId: string;
let principalId: string;
beforeEach(async () => {
  bench = await startBench({
    switches: { grantEffectiveSeconds: [100, 100], grantVisibleSeconds: [10, 10], revokeEffectiveSeconds: [200, 200] },
  });
  groupId = await makeGroup(bench);
  ({ principalId } = await makeIdentity(bench, groupId, "holder"));
});
afterEach(() => bench.stop());

const name = "dddddddd-0000-4000-8000-000000000001";
const at = () => `${groupId}/providers/Microsoft.Authorization/roleAssignments/${name}?api-version=2022-04-01`;
const assign = (role: string, more: object = {}) =>
  bench.owner("PUT", at(), {
    properties: {
      roleDefinitionId: `${bench.subscription}/providers/Microsoft.Authorization/roleDefinitions/${role}`,
      principalId,
      principalType: "ServicePrincipal",
      ...more,
    },
  });
const reads = async () => (await bench.as(principalId)("GET", `${groupId}?api-version=2024-03-01`)).status;

test("a grant is seen by reads, works, and stops working each in its own time", async () => {
  await assign(roles.reader);
  expect((await bench.owner("GET", at())).body.error.code).toBe("RoleAssignmentNotFound");
  expect(bench.azure.world.rights.decide(principalId, "Microsoft.Compute/images/read", groupId)).toEqual({
    kind: "denied",
    pending: true,
  });
  await bench.clock.advance(10_000);
  expect((await bench.owner("GET", at())).status).toBe(200);
  expect(await reads()).toBe(403);
  await bench.clock.advance(90_000);
  expect(await reads()).toBe(200);
  await bench.owner("DELETE", at());
  expect((await bench.owner("GET", at())).status).toBe(404);
  expect(await reads()).toBe(200);
  await bench.clock.advance(200_000);
  expect(await reads()).toBe(403);
});

test("rights reach down, never up or sideways, and not by the beginning of a name", async () => {
  await assign(roles.reader);
  await bench.clock.advance(100_000);
  const allowed = (scope: string) =>
    bench.azure.world.rights.decide(principalId, "Microsoft.Compute/images/read", scope).kind === "allowed";
  expect(allowed(`${groupId.toUpperCase()}/providers/Microsoft.Compute/images/i`)).toBe(true);
  expect([
    allowed(bench.subscription),
    allowed(`${groupId}-2`),
    allowed(`${bench.subscription}/resourceGroups/other`),
  ]).toEqual([false, false, false]);
});

test("NotActions subtract from their own role alone", async () => {
  await assign(roles.contributor);
  await bench.clock.advance(100_000);
  const decide = () =>
    bench.azure.world.rights.decide(principalId, "Microsoft.Authorization/roleAssignments/write", groupId).kind;
  expect(decide()).toBe("denied");
  await grant(bench, groupId, roles.rbacAdministrator, principalId);
  expect(decide()).toBe("allowed");
});

test("Managed Identity Operator may assign identities although its action has a wildcard in the middle", async () => {
  await assign(roles.managedIdentityOperator);
  await bench.clock.advance(100_000);
  const decide = (action: string) => bench.azure.world.rights.decide(principalId, action, groupId).kind;
  expect(decide("Microsoft.ManagedIdentity/userAssignedIdentities/assign/action")).toBe("allowed");
  expect(decide("Microsoft.ManagedIdentity/userAssignedIdentities/write")).toBe("denied");
});

test("data actions and actions are worlds apart", async () => {
  await assign("2a2b9908-6ea1-4ae2-8e65-a410df84e7d1");
  await bench.clock.advance(100_000);
  const action = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read";
  const { rights } = bench.azure.world;
  expect(rights.decide(principalId, action, groupId, { dataAction: true }).kind).toBe("allowed");
  expect(rights.decide(principalId, action, groupId).kind).toBe("denied");
});

test("a deny assignment wins over every role, except for those it excludes", async () => {
  await assign(roles.contributor);
  await bench.clock.advance(100_000);
  const path = `${groupId}/providers/Microsoft.Authorization/denyAssignments/dddddddd-0000-4000-8000-000000000002?api-version=2024-07-01-preview`;
  const deny = (excludePrincipals: object[]) => ({
    properties: {
      denyAssignmentName: "no images",
      permissions: [{ actions: ["Microsoft.Compute/images/*"] }],
      principals: [{ id: "00000000-0000-0000-0000-000000000000" }],
      excludePrincipals,
    },
  });
  expect((await bench.owner("PUT", path, deny([]))).status).toBe(400);
  expect((await bench.owner("PUT", path, deny([{ id: bench.azure.settings.owner.principalId }]))).status).toBe(201);
  const { rights } = bench.azure.world;
  expect(rights.decide(principalId, "Microsoft.Compute/images/read", `${groupId}/x`).kind).toBe("denied");
  expect(rights.decide(bench.azure.settings.owner.principalId, "Microsoft.Compute/images/read", groupId).kind).toBe(
    "allowed",
  );
  await bench.owner("DELETE", path);
  expect(rights.decide(principalId, "Microsoft.Compute/images/read", groupId).kind).toBe("allowed");
});

describe("a condition on the right to grant", () => {
  const attribute = (source: string, of: string) => `@${source}[Microsoft.Authorization/roleAssignments:${of}]`;
  const clause = (action: string, source: string) =>
    `((!(ActionMatches{'Microsoft.Authorization/roleAssignments/${action}'})) OR (${attribute(source, "RoleDefinitionId")} ForAnyOfAnyValues:GuidEquals {${roles.reader}} AND ${attribute(source, "PrincipalType")} StringEqualsIgnoreCase 'ServicePrincipal'))`;
  const condition = `${clause("write", "Request")} AND ${clause("delete", "Resource")}`;
  const give = (role: string, more: object = {}) =>
    bench.as(principalId)(
      "PUT",
      `${groupId}/providers/Microsoft.Authorization/roleAssignments/eeeeeeee-0000-4000-8000-000000000001?api-version=2022-04-01`,
      {
        properties: {
          roleDefinitionId: `/providers/Microsoft.Authorization/roleDefinitions/${role}`,
          principalId: bench.azure.settings.app.principalId,
          principalType: "ServicePrincipal",
          ...more,
        },
      },
    );

  beforeEach(async () => {
    await assign(roles.rbacAdministrator, { condition, conditionVersion: "2.0" });
    await bench.clock.advance(100_000);
  });

  test("lets through what it names", async () => {
    expect((await give(roles.reader)).status).toBe(201);
  });

  test("refuses another role with the plain 403 that says nothing of a condition", async () => {
    const reply = await give(roles.contributor);
    expect([reply.status, reply.body.error.code]).toEqual([403, "AuthorizationFailed"]);
    expect(reply.body.error.message).not.toMatch(/condition/i);
  });

  test("sees the request's body alone: without principalType it fails", async () => {
    expect((await give(roles.reader, { principalType: undefined })).status).toBe(403);
  });

  test("looks at the assignment that stands when one is deleted", async () => {
    const foreign = await grant(bench, groupId, roles.contributor, bench.azure.settings.app.principalId);
    const own = await give(roles.reader);
    const remove = async (id: string) => (await bench.as(principalId)("DELETE", `${id}?api-version=2022-04-01`)).status;
    expect([await remove(foreign.body.id), await remove(own.body.id)]).toEqual([403, 200]);
  });

  test("is no hindrance to anything else", async () => {
    expect(await reads()).toBe(200);
  });

  test("must be readable and of version 2.0", async () => {
    const other = (more: object) => assign(roles.rbacAdministrator, more);
    expect((await other({ condition: "((nonsense", conditionVersion: "2.0" })).status).toBe(400);
    expect((await other({ condition, conditionVersion: "1.0" })).status).toBe(400);
  });

  test("works as late as a new grant when it is changed", async () => {
    await assign(roles.rbacAdministrator);
    expect((await give(roles.contributor)).status).toBe(403);
    await bench.clock.advance(100_000);
    expect((await give(roles.contributor)).status).toBe(201);
  });
});

test("what a group is granted or denied counts for its members, and for those of groups in it", async () => {
  const { principals, rights } = bench.azure.world;
  const inner = principals.create("inner", "Group", { members: [principalId.toUpperCase()] });
  const outer = principals.create("outer", "Group", { members: [inner.principalId] });
  await assign(roles.reader, { principalId: outer.principalId, principalType: "Group" });
  const decides = (id: string) => rights.decide(id, "Microsoft.Compute/images/read", groupId);
  expect(decides(principalId)).toEqual({ kind: "denied", pending: true });
  await bench.clock.advance(100_000);
  expect(await reads()).toBe(200);
  const listed = async (filter: string) => {
    const path = `${groupId}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter=${filter}`;
    return (await bench.owner("GET", encodeURI(path))).body.value.length;
  };
  expect(await listed(`assignedTo('${principalId}')`)).toBe(1);
  expect(await listed(`principalId eq '${principalId}'`)).toBe(0);
  principals.create("inner", "Group", { ...inner, members: [] });
  expect(await reads()).toBe(403);
});
