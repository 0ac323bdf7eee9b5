import { randomUUID } from "node:crypto";
import { grantCondition } from "../../local/azure/deployment.ts";
import {
  appRoles,
  builtInRole,
  roleDefinitionGuid,
  roleDefinitionId,
  sharingRoles,
  templateRoles,
} from "../../shared/decide/permissions/roles.ts";
import { type Bench, grant, makeGroup, makeIdentity, startBench } from "../local/azure/emulator.ts";

/** What the app may assign and take away, asked of the emulated Azure Resource Manager with the app's own token, under the deployment's condition. */
let bench: Bench;
let fence: string;
let outside: string;
let machine: string;
const version = "api-version=2022-04-01";
const owner = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
const userAccessAdministrator = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9";

const consumer = "99999999-0000-4000-8000-000000000001";

const app = () => bench.as(bench.azure.settings.app.principalId);
const custom = (key: string) => roleDefinitionId("local", bench.azure.settings.subscriptionId, key);
const builtIn = (guid: string) => `${bench.subscription}/providers/Microsoft.Authorization/roleDefinitions/${guid}`;
const path = (scope: string, name: string) =>
  `${scope}/providers/Microsoft.Authorization/roleAssignments/${name}?${version}`;

async function assign(roleDefinitionId: string, more: object = {}, scope = fence): Promise<number> {
  const properties = { roleDefinitionId, principalId: machine, principalType: "ServicePrincipal", ...more };
  return (await app()("PUT", path(scope, randomUUID()), { properties })).status;
}

beforeAll(async () => {
  bench = await startBench({ deployment: { shareWith: [consumer] } });
  fence = await makeGroup(bench, "rg-fence");
  outside = await makeGroup(bench, "rg-outside");
  ({ principalId: machine } = await makeIdentity(bench, fence, "template"));
  // The emulated deployment gives the right to grant at the subscription; a fence of one group gives it there alone.
  const filter = encodeURIComponent(`principalId eq '${bench.azure.settings.app.principalId}'`);
  const list = `${bench.subscription}/providers/Microsoft.Authorization/roleAssignments?${version}&$filter=${filter}`;
  type Listed = { value: { id: string; properties: { roleDefinitionId: string } }[] };
  const grantor = roleDefinitionGuid("local", "appGrantor");
  for (const { id, properties } of ((await bench.owner("GET", list)).body as Listed).value)
    if (properties.roleDefinitionId.endsWith(grantor)) await bench.owner("DELETE", `${id}?${version}`);
  const given = {
    roleDefinitionId: custom("appGrantor"),
    principalId: bench.azure.settings.app.principalId,
    principalType: "ServicePrincipal",
    condition: grantCondition("local"),
    conditionVersion: "2.0",
  };
  expect((await bench.owner("PUT", path(fence, randomUUID()), { properties: given })).status).toBe(201);
  await bench.clock.advance(60 * 60_000);
});
afterAll(() => bench.stop());

test.each(templateRoles.map(({ key }) => key))("%s may be given inside the fence", async (key) => {
  expect(await assign(custom(key))).toBe(201);
});

test.each(appRoles.map(({ key }) => key))("%s, a role of the app itself, may not", async (key) => {
  expect(await assign(custom(key))).toBe(403);
});

test("nor may Owner, User Access Administrator, Contributor or any broad role", async () => {
  const broad = ["contributor", "managedIdentityOperator"].map((key) => builtInRole(key)?.id ?? "");
  for (const guid of [owner, userAccessAdministrator, ...broad])
    expect([guid, await assign(builtIn(guid))]).toEqual([guid, 403]);
});

test("nobody but a service principal gets anything, nor whoever does not say what he is", async () => {
  for (const principalType of ["User", "Group", "ForeignGroup", undefined])
    expect([principalType, await assign(custom("galleryReader"), { principalType })]).toEqual([principalType, 403]);
});

test("outside the fence nothing is given: beside it, above it, or at somebody's resource", async () => {
  for (const scope of [outside, bench.subscription, `${outside}/providers/Microsoft.Compute/galleries/theirs`])
    expect([scope, await assign(custom("galleryReader"), {}, scope)]).toEqual([scope, 403]);
});

test("what others assigned cannot be taken away, where the role is not one of ours", async () => {
  await grant(bench, fence, owner, machine);
  const all = `${fence}/providers/Microsoft.Authorization/roleAssignments?${version}&$filter=atScope()`;
  type Listed = { value: { id: string; properties: { roleDefinitionId: string; scope: string } }[] };
  const { value } = (await bench.owner("GET", all)).body as Listed;
  const theirs = value.find(
    ({ properties }) => properties.roleDefinitionId.endsWith(owner) && properties.scope === fence,
  );
  expect((await app()("DELETE", `${theirs?.id}?${version}`)).status).toBe(403);
});

test("the right to share gives nobody but who is listed anything, and him nothing but to read", async () => {
  const to = (principalId: string, principalType: string) => ({ principalId, principalType });
  for (const { id, name } of sharingRoles) {
    expect([name, await assign(builtIn(id), to(consumer, "User"))]).toEqual([name, 201]);
    expect([name, await assign(builtIn(id), to(machine, "ServicePrincipal"))]).toEqual([name, 403]);
    expect([name, await assign(builtIn(id), to(randomUUID(), "Group"))]).toEqual([name, 403]);
  }
  const more = [builtIn(owner), custom("galleryReader"), custom("galleryPublisher"), custom("appSharer")];
  for (const role of more) expect([role, await assign(role, to(consumer, "User"))]).toEqual([role, 403]);
});

test("role definitions are not the app's to write", async () => {
  const properties = {
    roleName: "wider",
    type: "CustomRole",
    assignableScopes: [bench.subscription],
    permissions: [{ actions: ["*"] }],
  };
  expect((await app()("PUT", `${custom("galleryReader")}?${version}`, { properties })).status).toBe(403);
});
