import { type Bench, grant, location, makeGroup, makeIdentity, roles, startBench } from "../emulator.ts";

let bench: Bench;
beforeEach(async () => {
  bench = await startBench();
});
afterEach(() => bench.stop());

/** Makes a further subscription and answers its id as a scope. */
async function another(more: object = {}): Promise<string> {
  const { status, body } = await bench.owner("POST", "/emulator/subscriptions", { displayName: "hub", ...more });
  expect(status).toBe(201);
  return `/subscriptions/${body.subscriptionId}`;
}

const app = () => bench.as(bench.azure.settings.app.principalId);
const groups = (subscription: string) => `${subscription}/resourceGroups?api-version=2024-03-01`;

test("a further subscription belongs to the owner, shows in the list and survives a restart", async () => {
  const hub = await another();
  bench = await bench.restart();
  const { body } = await bench.owner("GET", "/subscriptions?api-version=2022-12-01");
  expect(body.value.map(({ id }: { id: string }) => id).sort()).toEqual([bench.subscription, hub].sort());
  expect((await bench.owner("GET", `${hub}?api-version=2022-12-01`)).body).toMatchObject({
    displayName: "hub",
    tenantId: bench.azure.settings.tenantId,
  });
  const made = await bench.owner("PUT", `${hub}/resourceGroups/rg?api-version=2024-03-01`, { location });
  expect([made.status, made.body.id]).toEqual([201, `${hub}/resourceGroups/rg`]);
});

test("nobody else has a right there, and rights of one subscription say nothing in the other", async () => {
  const hub = await another();
  expect((await app()("GET", groups(bench.subscription))).status).toBe(200);
  expect((await app()("GET", groups(hub))).body.error.code).toBe("AuthorizationFailed");
  expect((await app()("GET", "/subscriptions?api-version=2022-12-01")).body.value).toHaveLength(1);
  const { principalId } = await makeIdentity(bench, await makeGroup(bench), "id-one");
  await grant(bench, hub, roles.reader, principalId);
  expect((await bench.as(principalId)("GET", groups(hub))).status).toBe(200);
  expect((await bench.as(principalId)("GET", groups(bench.subscription))).status).toBe(403);
});

test("an onboarded subscription gives the app its rights, the right to grant under its condition", async () => {
  const hub = await another({ onboarded: true });
  const { principalId } = await makeIdentity(bench, await makeGroup(bench), "id-one");
  expect((await app()("GET", groups(hub))).status).toBe(200);
  const path = (name: string) =>
    `${hub}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-9000-00000000000${name}?api-version=2022-04-01`;
  const assign = (role: string) => ({
    properties: {
      roleDefinitionId: `${hub}/providers/Microsoft.Authorization/roleDefinitions/${role}`,
      principalId,
      principalType: "ServicePrincipal",
    },
  });
  const known = await bench.owner(
    "GET",
    `${hub}/providers/Microsoft.Authorization/roleDefinitions?api-version=2022-04-01`,
  );
  const imageReader = known.body.value.find(({ properties }: { properties: { roleName: string } }) =>
    /image reader/i.test(properties.roleName),
  );
  expect((await app()("PUT", path("1"), assign(imageReader.name))).status).toBe(201);
  expect((await app()("PUT", path("2"), assign(roles.owner))).body.error.code).toBe("AuthorizationFailed");
});

test("a role that is assignable in the first subscription alone cannot be assigned in the second", async () => {
  const hub = await another();
  const { principalId } = await makeIdentity(bench, await makeGroup(bench), "id-one");
  const known = await bench.owner(
    "GET",
    `${bench.subscription}/providers/Microsoft.Authorization/roleDefinitions?$filter=type%20eq%20'CustomRole'&api-version=2022-04-01`,
  );
  const reply = await grant(bench, hub, known.body.value[0].name, principalId);
  expect([reply.status, reply.body.error.code]).toEqual([400, "RoleDefinitionScopeMismatch"]);
});
