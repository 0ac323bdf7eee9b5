import type { Change } from "../../../shared/decide/planning/plan.ts";
import { assignment, gallery, principalId, role, subscription } from "./support/ids.ts";
import { faultOf, refusal } from "./support/refusal.ts";
import { armError, type Stub, startStub } from "./support/stub.ts";

const guid = "aaaaaaaa-0000-0000-0000-000000000001";
const name = "33333333-3333-3333-3333-333333333333";
const change: Extract<Change, { kind: "assignRole" }> = {
  kind: "assignRole",
  name,
  scope: gallery,
  principalId,
  roleDefinitionId: role(guid),
  roleKey: "galleryPublisher",
  requirements: ["distribute/0/gallery"],
};
const list = `GET ${gallery}/providers/Microsoft.Authorization/roleAssignments`;
const standing = (more: object = {}) => ({
  id: assignment(gallery, "44444444-4444-4444-4444-444444444444"),
  name: "44444444-4444-4444-4444-444444444444",
  properties: {
    scope: gallery,
    principalId,
    roleDefinitionId: `/providers/Microsoft.Authorization/roleDefinitions/${guid.toUpperCase()}`,
    ...more,
  },
});

let stub: Stub;
beforeAll(async () => {
  stub = await startStub();
});
afterAll(() => stub.close());
beforeEach(() => stub.reset());

describe("assigning a role", () => {
  const put = `PUT ${assignment(gallery, name)}`;

  it.each([201, 200])(
    "sends the principal's type and the reason under the derived name, and takes %d for made",
    async (status) => {
      stub.on(put, { status, body: { ...standing(), name } });
      expect(await stub.azure.assignRole(change, "because")).toBe("made");
      expect(stub.requests.map((request) => request.path)).toEqual([assignment(gallery, name)]);
      expect(stub.requests[0]?.query.get("api-version")).toBe("2022-04-01");
      expect(stub.requests[0]?.body).toEqual({
        properties: {
          roleDefinitionId: role(guid),
          principalId,
          principalType: "ServicePrincipal",
          description: "because",
        },
      });
    },
  );

  it("counts the same tuple under another name once a list shows it", async () => {
    stub.on(put, armError(409, "RoleAssignmentExists", "The role assignment already exists."));
    stub.on(
      list,
      { status: 200, body: { value: [] } },
      { status: 200, body: { value: [standing({ scope: subscription }), standing()] } },
    );
    expect(await faultOf(stub.azure.assignRole(change, ""))).toContain("no list shows it yet");
    expect(await stub.azure.assignRole(change, "")).toBe("stood");
    expect(stub.requests.at(-1)?.query.get("$filter")).toBe(`principalId eq '${principalId}'`);
  });

  it("does not count an assignment that a condition narrows", async () => {
    stub.on(put, armError(409, "RoleAssignmentExists", "The role assignment already exists."));
    stub.on(list, {
      status: 200,
      body: { value: [standing({ condition: "@Resource[x] StringEquals 'y'", conditionVersion: "2.0" })] },
    });
    expect(await refusal(stub.azure.assignRole(change, ""))).toMatchObject({
      code: "ConditionalGrantExists",
      scope: gallery,
    });
  });

  it("waits for a principal that the directory does not know yet", async () => {
    stub.on(put, armError(400, "PrincipalNotFound", "Principal 2222 does not exist in the directory."));
    expect(await faultOf(stub.azure.assignRole(change, ""))).toContain("PrincipalNotFound");
    expect(stub.requests).toHaveLength(1);
  });

  it.each([400, 409])("refuses a name that belongs to somebody else, with status %d", async (status) => {
    stub.on(
      put,
      armError(
        status,
        "RoleAssignmentUpdateNotPermitted",
        "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
      ),
    );
    expect(await refusal(stub.azure.assignRole(change, ""))).toMatchObject({
      code: "RoleAssignmentUpdateNotPermitted",
      status,
    });
  });

  it("says which action is missing where, and for whom", async () => {
    const text = `The client 'app' with object id '99999999-9999-9999-9999-999999999999' does not have authorization to perform action 'Microsoft.Authorization/roleAssignments/write' over scope '${assignment(gallery, name)}' or the scope is invalid. If access was recently granted, please refresh your credentials.`;
    stub.on(put, armError(403, "AuthorizationFailed", text));
    expect(await refusal(stub.azure.assignRole(change, ""))).toMatchObject({
      code: "AuthorizationFailed",
      status: 403,
      action: "Microsoft.Authorization/roleAssignments/write",
      scope: assignment(gallery, name),
      principalId: "99999999-9999-9999-9999-999999999999",
      correlationId: "correlation-1",
    });
  });
});

describe("reading rights", () => {
  const roleJson = {
    id: role(guid),
    properties: {
      roleName: "Publisher",
      type: "CustomRole",
      permissions: [
        { actions: ["a/read"], notActions: ["a/b/read"], dataActions: ["d/read"], notDataActions: ["d/x"] },
      ],
      assignableScopes: [subscription],
    },
  };

  it("reads a definition whole, or undefined", async () => {
    stub.on(
      `GET ${role(guid)}`,
      { status: 200, body: roleJson },
      armError(404, "RoleDefinitionDoesNotExist", "does not exist"),
    );
    expect(await stub.azure.readRole(role(guid))).toEqual({
      id: role(guid),
      name: "Publisher",
      actions: ["a/read"],
      notActions: ["a/b/read"],
      dataActions: ["d/read"],
      notDataActions: ["d/x"],
      assignableScopes: [subscription],
    });
    expect(await stub.azure.readRole(role(guid))).toBeUndefined();
  });

  it("refuses ids and scopes that would lead elsewhere, without a request", async () => {
    for (const bad of [`${subscription}/../other`, `${gallery}?x=`, "a%2Fb", "#"]) {
      expect((await refusal(stub.azure.readRole(bad))).code).toBe("InvalidResourceId");
      expect((await refusal(stub.azure.assignRole({ ...change, scope: bad }, ""))).code).toBe("InvalidResourceId");
    }
    expect(stub.requests).toEqual([]);
  });

  it("reads a grant, or undefined while it cannot be seen", async () => {
    const get = `GET ${assignment(gallery, name)}`;
    stub.on(get, armError(404, "RoleAssignmentNotFound", "not found"), {
      status: 200,
      body: {
        ...standing({ createdOn: "2026-11-22T10:00:00.1234567Z", description: "because" }),
        id: assignment(gallery, name),
      },
    });
    expect(await stub.azure.readGrant(gallery, name)).toBeUndefined();
    expect(await stub.azure.readGrant(gallery, name)).toMatchObject({
      id: assignment(gallery, name),
      scope: gallery,
      principalId,
      createdOn: "2026-11-22T10:00:00.123Z",
      description: "because",
    });
  });

  it("sees a grant stand under its own name or any other, with one request", async () => {
    const own = { ...standing(), name, id: assignment(gallery, name) };
    const wider = standing({ scope: subscription });
    const narrowed = standing({ condition: "x", conditionVersion: "2.0" });
    const lists = [[own], [wider, standing()], [], [wider, narrowed]];
    stub.on(list, ...lists.map((value) => ({ status: 200, body: { value } })));
    const stands = [];
    for (const _ of lists) stands.push(await stub.azure.changeStands(change));
    expect(stands).toEqual([true, true, false, false]);
    expect(stub.requests).toHaveLength(4);
  });
});
