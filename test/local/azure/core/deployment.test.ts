import roles from "../../../../infra/roles.json" with { type: "json" };
import { roleDefinitionGuid } from "../../../../shared/decide/permissions/roles.ts";
import { type Bench, roles as builtIn, makeGroup, makeIdentity, startBench } from "../emulator.ts";

let bench: Bench;
let groupId: string;
beforeEach(async () => {
  bench = await startBench();
  groupId = await makeGroup(bench);
});
afterEach(() => bench.stop());

const app = () => bench.as(bench.azure.settings.app.principalId);
let number = 0;
const give = (role: string, principalId: string, more: object = {}) =>
  app()(
    "PUT",
    `${groupId}/providers/Microsoft.Authorization/roleAssignments/fafafafa-0000-4000-8000-${String(++number).padStart(12, "0")}?api-version=2022-04-01`,
    {
      properties: {
        roleDefinitionId: `${bench.subscription}/providers/Microsoft.Authorization/roleDefinitions/${role}`,
        principalId,
        principalType: "ServicePrincipal",
        ...more,
      },
    },
  );

test("every role of roles.json stands, under its name with the environment, and works at once", async () => {
  // The role manager's is made only where roles are managed.
  for (const role of roles.roles.filter((one) => one.for !== "roleManager")) {
    const guid = roleDefinitionGuid("local", role.key);
    const { body } = await bench.owner(
      "GET",
      `${bench.subscription}/providers/Microsoft.Authorization/roleDefinitions/${guid}?api-version=2022-04-01`,
    );
    expect(body.properties.roleName).toBe(`${role.name} (local)`);
    expect(body.properties.permissions).toEqual([
      { actions: role.actions, notActions: [], dataActions: role.dataActions, notDataActions: [] },
    ]);
  }
  expect((await app()("GET", `${groupId}?api-version=2024-03-01`)).status).toBe(200);
});

test("the app may give every role for templates to a service principal, and take it back", async () => {
  const { principalId } = await makeIdentity(bench, groupId, "template");
  for (const role of roles.roles.filter((one) => one.for === "template")) {
    const made = await give(roleDefinitionGuid("local", role.key), principalId);
    expect([role.key, made.status]).toEqual([role.key, 201]);
    expect((await app()("DELETE", `${made.body.id}?api-version=2022-04-01`)).status).toBe(200);
  }
});

test("the app may give no other role, none to a user, and none to itself that would widen it", async () => {
  const { principalId } = await makeIdentity(bench, groupId, "template");
  expect((await give(builtIn.owner, principalId)).status).toBe(403);
  expect((await give(builtIn.contributor, principalId)).status).toBe(403);
  expect(
    (await give(roleDefinitionGuid("local", "galleryReader"), principalId, { principalType: "User" })).status,
  ).toBe(403);
  expect((await give(roleDefinitionGuid("local", "appGrantor"), bench.azure.settings.app.principalId)).status).toBe(
    403,
  );
});

test("the app may neither write role definitions nor delete groups", async () => {
  const definition = `${bench.subscription}/providers/Microsoft.Authorization/roleDefinitions/${roleDefinitionGuid("local", "galleryReader")}?api-version=2022-04-01`;
  expect((await app()("PUT", definition, { properties: {} })).status).toBe(403);
  expect((await app()("DELETE", `${groupId}?api-version=2024-03-01`)).status).toBe(403);
});

test("another environment has other names and GUIDs, and a start without a deployment has none", async () => {
  await bench.stop();
  bench = await startBench({ deployment: { environment: "test" } });
  const guid = roleDefinitionGuid("test", "galleryReader");
  const { body } = await bench.owner(
    "GET",
    `${bench.subscription}/providers/Microsoft.Authorization/roleDefinitions/${guid}?api-version=2022-04-01`,
  );
  expect(body.properties.roleName).toMatch(/ \(test\)$/);
  await bench.stop();
  bench = await startBench({ deployment: "none" });
  expect((await app()("GET", `${bench.subscription}?api-version=2022-12-01`)).status).toBe(403);
});

test("a restart deploys nothing twice", async () => {
  const count = async () => {
    const { body } = await bench.owner(
      "GET",
      `${bench.subscription}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01`,
    );
    return body.value.length;
  };
  const before = await count();
  bench = await bench.restart();
  expect(await count()).toBe(before);
});
