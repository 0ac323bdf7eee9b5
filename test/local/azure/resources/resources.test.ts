import { type Bench, grant, location, makeGroup, makeIdentity, roles, startBench } from "../emulator.ts";

let bench: Bench;
beforeEach(async () => {
  bench = await startBench({ switches: { registrationSeconds: [30, 30] } });
});
afterEach(() => bench.stop());

const group = (name: string) => `${bench.subscription}/resourceGroups/${name}?api-version=2024-03-01`;
const provider = (name: string, verb = "") => `${bench.subscription}/providers/${name}${verb}?api-version=2021-04-01`;

test("a group is made with 201, changed with 200, and found by HEAD", async () => {
  expect((await bench.owner("PUT", group("rg"), { location })).status).toBe(201);
  const changed = await bench.owner("PUT", group("RG"), { location: "West Europe", tags: { goldsmith: "yes" } });
  expect([changed.status, changed.body.name, changed.body.tags]).toEqual([200, "rg", { goldsmith: "yes" }]);
  expect((await bench.owner("HEAD", group("rg"))).status).toBe(204);
  expect((await bench.owner("HEAD", group("none"))).status).toBe(404);
});

test("a group cannot move to another location", async () => {
  await bench.owner("PUT", group("rg"), { location });
  const reply = await bench.owner("PUT", group("rg"), { location: "eastus" });
  expect([reply.status, reply.body.error.code]).toEqual([409, "InvalidResourceGroupLocation"]);
});

test("a group is deleted with all that is in it, after a while", async () => {
  const groupId = await makeGroup(bench, "rg");
  await makeGroup(bench, "rg-2");
  const { id } = await makeIdentity(bench, groupId, "id-one");
  const reply = await bench.owner("DELETE", group("rg"));
  expect([reply.status, reply.headers.location]).toEqual([202, expect.stringContaining("/operationResults/")]);
  await bench.clock.advance(10_000);
  expect((await bench.owner("GET", `${id}?api-version=2023-01-31`)).body.error.code).toBe("ResourceGroupNotFound");
  expect((await bench.owner("GET", group("rg-2"))).status).toBe(200);
});

test("a group with a lock below it cannot be deleted", async () => {
  const groupId = await makeGroup(bench, "rg");
  const { id } = await makeIdentity(bench, groupId, "id-one");
  await bench.owner("PUT", `${id}/providers/Microsoft.Authorization/locks/l?api-version=2020-05-01`, {
    properties: { level: "CanNotDelete" },
  });
  expect((await bench.owner("DELETE", group("rg"))).body.error.code).toBe("ScopeLocked");
});

test("a read-only lock also refuses writes", async () => {
  const groupId = await makeGroup(bench, "rg");
  await bench.owner("PUT", `${groupId}/providers/Microsoft.Authorization/locks/l?api-version=2020-05-01`, {
    properties: { level: "ReadOnly" },
  });
  const path = `${groupId}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-one?api-version=2023-01-31`;
  const reply = await bench.owner("PUT", path, { location });
  expect([reply.status, reply.body.error.code]).toEqual([409, "ScopeLocked"]);
});

test("a namespace that is not registered refuses writes with 409 until it is registering", async () => {
  await bench.stop();
  bench = await startBench({ switches: { registeredProviders: [], registrationSeconds: [30, 30] } });
  const path = `${await makeGroup(bench)}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-one?api-version=2023-01-31`;
  const refused = await bench.owner("PUT", path, { location });
  expect([refused.status, refused.body.error.code, refused.body.error.message]).toEqual([
    409,
    "MissingSubscriptionRegistration",
    "The subscription is not registered to use namespace 'Microsoft.ManagedIdentity'. See https://aka.ms/rps-not-found for how to register subscriptions.",
  ]);
  expect(refused.body.error.details[0].target).toBe("Microsoft.ManagedIdentity");
  const registering = await bench.owner("POST", provider("Microsoft.ManagedIdentity", "/register"));
  expect([registering.status, registering.body.registrationState]).toEqual([200, "Registering"]);
  expect((await bench.owner("PUT", path, { location })).status).toBe(201);
  await bench.clock.advance(30_000);
  expect((await bench.owner("GET", provider("Microsoft.ManagedIdentity"))).body.registrationState).toBe("Registered");
});

test("a namespace in use cannot be unregistered, one that does not exist not be found", async () => {
  await makeIdentity(bench, await makeGroup(bench), "id-one");
  const reply = await bench.owner("POST", provider("Microsoft.ManagedIdentity", "/unregister"));
  expect(reply.status).toBe(409);
  expect((await bench.owner("GET", provider("Microsoft.Nonsense"))).body.error.code).toBe("InvalidResourceNamespace");
});

test("registering takes the provider's own right", async () => {
  const { principalId } = await makeIdentity(bench, await makeGroup(bench), "reader");
  const reply = await bench.as(principalId)("POST", provider("Microsoft.Compute", "/register"));
  expect(reply.body.error.message).toContain("'Microsoft.Compute/register/action'");
});

test("an identity keeps its principal when written again, and gets another when made anew", async () => {
  const groupId = await makeGroup(bench);
  const first = await makeIdentity(bench, groupId, "id-one");
  expect((await makeIdentity(bench, groupId, "id-one")).principalId).toBe(first.principalId);
  expect((await bench.owner("DELETE", `${first.id}?api-version=2023-01-31`)).status).toBe(200);
  expect((await bench.owner("DELETE", `${first.id}?api-version=2023-01-31`)).status).toBe(204);
  expect((await makeIdentity(bench, groupId, "id-one")).principalId).not.toBe(first.principalId);
});

test("lists come in pages", async () => {
  await bench.as(undefined)("POST", "/emulator/switches", { pageSize: 2 });
  const groupId = await makeGroup(bench);
  for (const name of ["id-a", "id-b", "id-c"]) await makeIdentity(bench, groupId, name);
  const first = await bench.owner("GET", `${groupId}/resources?api-version=2024-03-01`);
  expect(first.body.value.map((one: { name: string }) => one.name)).toEqual(["id-a", "id-b"]);
  const next = await bench.owner("GET", first.body.nextLink.slice(bench.azure.endpoint.length));
  expect([next.body.value.length, next.body.nextLink]).toEqual([1, undefined]);
});

test("a subscription is listed for whoever has a role anywhere in it, and for nobody else", async () => {
  const groupId = await makeGroup(bench);
  const { principalId } = await makeIdentity(bench, groupId, "id-one");
  const listed = async () =>
    (await bench.as(principalId)("GET", "/subscriptions?api-version=2022-12-01")).body.value.length;
  expect(await listed()).toBe(0);
  await grant(bench, groupId, roles.reader, principalId);
  expect(await listed()).toBe(1);
});

test("tags can be merged, replaced and taken away by themselves, and only where something is", async () => {
  const groupId = await makeGroup(bench);
  const at = (scope: string) => `${scope}/providers/Microsoft.Resources/tags/default?api-version=2021-04-01`;
  const patch = async (operation: string, tags: object) =>
    (await bench.owner("PATCH", at(groupId), { operation, properties: { tags } })).body.properties?.tags;
  expect(await patch("Merge", { goldsmith: "yes" })).toEqual({ goldsmith: "yes" });
  expect(await patch("Merge", { team: "a" })).toEqual({ goldsmith: "yes", team: "a" });
  expect(await patch("Delete", { team: "a", goldsmith: "no" })).toEqual({ goldsmith: "yes" });
  expect(await patch("Replace", { other: "b" })).toEqual({ other: "b" });
  expect((await bench.owner("GET", `${groupId}?api-version=2024-03-01`)).body.tags).toEqual({ other: "b" });
  expect((await bench.owner("PATCH", at(groupId), { operation: "Add", properties: { tags: {} } })).status).toBe(400);
  expect((await bench.owner("GET", at(`${groupId}-none`))).body.error.code).toBe("ResourceNotFound");
});

test("the list of resources keeps to its filter, and refuses one it does not know", async () => {
  const groupId = await makeGroup(bench, "rg");
  const { id } = await makeIdentity(bench, groupId, "id-one");
  await makeIdentity(bench, await makeGroup(bench, "rg-2"), "id-two");
  await bench.owner("PATCH", `${id}?api-version=2023-01-31`, { tags: { team: "gold" } });
  const list = async (filter: string) => {
    const query = `$filter=${encodeURIComponent(filter)}&api-version=2021-04-01`;
    const { status, body } = await bench.owner("GET", `${bench.subscription}/resources?${query}`);
    return status === 200 ? body.value.map(({ name }: { name: string }) => name).sort() : body.error.code;
  };
  expect(await list("resourceGroup eq 'RG'")).toEqual(["id-one"]);
  expect(await list("resourceType eq 'Microsoft.ManagedIdentity/userAssignedIdentities'")).toEqual([
    "id-one",
    "id-two",
  ]);
  expect(await list("resourceGroup eq 'rg-2' and name eq 'id-one'")).toEqual([]);
  expect(await list("tagName eq 'team' and tagValue eq 'gold'")).toEqual(["id-one"]);
  expect(await list("startswith(tagName, 'te')")).toBe("NotEmulated");
});
