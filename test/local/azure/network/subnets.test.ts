import { type Bench, grant, makeGroup, makeIdentity, roles, startBench } from "../emulator.ts";

let bench: Bench;
let network: string;
let group: string;
beforeEach(async () => {
  bench = await startBench({ switches: { networkSeconds: [4, 4] } });
  group = await makeGroup(bench);
  network = `${group}/providers/Microsoft.Network/virtualNetworks/vnet`;
  await bench.owner("PUT", `${network}${version}`, {
    location: "westeurope",
    properties: {
      addressSpace: { addressPrefixes: ["10.0.0.0/16"] },
      subnets: [{ name: "old", properties: { addressPrefix: "10.0.0.0/24" } }],
    },
  });
  await settle();
});
afterEach(() => bench.stop());

const version = "?api-version=2025-05-01";
const settle = () => bench.clock.advance(5_000);
const at = (name: string) => `${network}/subnets/${name}${version}`;
const put = (name: string, properties: object, headers = {}) => bench.owner("PUT", at(name), { properties }, headers);
const get = (name: string) => bench.owner("GET", at(name));
const codeOf = (reply: { status: number; body: { error: { code: string } } }) => [reply.status, reply.body.error.code];
const makeNsg = async (name = "nsg") => {
  const id = `${group}/providers/Microsoft.Network/networkSecurityGroups/${name}`;
  await bench.owner("PUT", `${id}${version}`, { location: "westeurope", properties: {} });
  return id;
};

test("a new subnet is 201, Updating, with the defaults on record; the status URL is signed and says Succeeded later", async () => {
  const made = await put("new", { addressPrefix: "10.0.1.0/24" });
  expect(made.status).toBe(201);
  expect(made.body.etag).toMatch(/^W\/"[0-9a-f-]{36}"$/);
  expect(made.body.properties).toEqual({
    provisioningState: "Updating",
    addressPrefix: "10.0.1.0/24",
    delegations: [],
    privateEndpointNetworkPolicies: "Disabled",
    privateLinkServiceNetworkPolicies: "Enabled",
  });
  const url = made.headers["azure-asyncoperation"] ?? "";
  expect(url).toMatch(
    /^https:\/\/localhost:\d+\/subscriptions\/.*\/providers\/Microsoft\.Network\/locations\/westeurope\/operations\/[0-9a-f-]{36}\?api-version=2025-05-01&t=\d+&c=.*&s=.*&h=/,
  );
  expect(url.length).toBeGreaterThan(1024);
  const status = () => bench.owner("GET", url.slice(bench.azure.endpoint.length));
  const running = await status();
  expect([running.body, running.headers["retry-after"]]).toEqual([{ status: "InProgress" }, "1"]);
  await settle();
  expect((await status()).body).toEqual({ status: "Succeeded" });
  const read = await get("new");
  expect([read.body.properties.provisioningState, read.headers.etag]).toEqual(["Succeeded", read.body.etag]);
});

test("a PUT replaces: what it leaves out is gone, what is unknown stays as it was sent", async () => {
  const nsg = await makeNsg();
  await settle();
  const delegations = [{ name: "aci", properties: { serviceName: "Microsoft.ContainerInstance/containerGroups" } }];
  await put("new", {
    addressPrefix: "10.0.1.0/24",
    networkSecurityGroup: { id: nsg },
    delegations,
    serviceEndpoints: [{ service: "Microsoft.Storage" }],
    futureThing: { deep: [1] },
  });
  await settle();
  const full = (await get("new")).body.properties;
  expect(full).toMatchObject({
    networkSecurityGroup: { id: nsg },
    futureThing: { deep: [1] },
    serviceEndpoints: [{ service: "Microsoft.Storage" }],
  });
  expect(full.delegations[0].properties).toMatchObject({
    serviceName: "Microsoft.ContainerInstance/containerGroups",
    provisioningState: "Succeeded",
  });
  await put("new", { addressPrefix: "10.0.1.0/24", privateLinkServiceNetworkPolicies: "Disabled" });
  await settle();
  expect((await get("new")).body.properties).toEqual({
    provisioningState: "Succeeded",
    addressPrefix: "10.0.1.0/24",
    delegations: [],
    privateEndpointNetworkPolicies: "Disabled",
    privateLinkServiceNetworkPolicies: "Disabled",
  });
});

test("a PUT that changes nothing is 200 and Succeeded at once, still with a status URL", async () => {
  const before = await get("old");
  const reply = await put("old", before.body.properties);
  expect([reply.status, reply.body.properties.provisioningState, reply.body.etag]).toEqual([
    200,
    "Succeeded",
    before.body.etag,
  ]);
  const status = await bench.owner(
    "GET",
    (reply.headers["azure-asyncoperation"] ?? "").slice(bench.azure.endpoint.length),
  );
  expect(status.body).toEqual({ status: "Succeeded" });
});

test("a subnet that is missing is the provider's 404, a network that is missing the gateway's", async () => {
  const subnet = await get("none");
  expect([subnet.status, subnet.body]).toEqual([
    404,
    { error: { code: "NotFound", message: `Resource ${network}/subnets/none not found.`, details: [] } },
  ]);
  const vnet = await bench.owner("GET", `${network}2${version}`);
  expect([vnet.status, vnet.body.error.code, vnet.headers["x-ms-failure-cause"]]).toEqual([
    404,
    "ResourceNotFound",
    "gateway",
  ]);
  expect(vnet.body.error.message).toBe(
    "The Resource 'Microsoft.Network/virtualNetworks/vnet2' under resource group 'rg-test' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
  );
  expect(codeOf(await bench.owner("GET", `${network}2/subnets/x${version}`))).toEqual([404, "ParentResourceNotFound"]);
});

describe("etags", () => {
  const change = (etag: string) =>
    put("old", { addressPrefix: "10.0.0.0/24", privateLinkServiceNetworkPolicies: "Disabled" }, { "if-match": etag });

  test("If-Match with another etag is 412, and nothing is written", async () => {
    const reply = await change('W/"stale"');
    expect(codeOf(reply)).toEqual([412, "PreconditionFailed"]);
    expect(reply.body.error.details[0].code).toBe("PreconditionFailedEtagMismatch");
    expect(reply.body.error.details[0].message).toMatch(
      /^Etag provided in if-match header W\/"stale" does not match etag W\/".*" of resource .*\/subnets\/old in NRP data store\.$/,
    );
    expect((await get("old")).body.properties.privateLinkServiceNetworkPolicies).toBe("Enabled");
  });

  test("If-Match with the etag that was read is taken, once", async () => {
    const { etag } = (await get("old")).body;
    expect((await change(etag)).status).toBe(200);
    await settle();
    expect((await change(etag)).status).toBe(412);
  });

  test("by the switch subnets do not look at If-Match", async () => {
    await bench.as(undefined)("POST", "/emulator/switches", { subnetsHonourIfMatch: false });
    expect((await change('W/"stale"')).status).toBe(200);
  });

  test("an etag moves when a sibling subnet is written, unless the switch says otherwise", async () => {
    const etag = async () => (await get("old")).body.etag;
    const before = await etag();
    await put("new", { addressPrefix: "10.0.1.0/24" });
    await settle();
    const moved = await etag();
    expect(moved).not.toBe(before);
    await bench.as(undefined)("POST", "/emulator/switches", { subnetEtagsMoveWithNetwork: false });
    await put("third", { addressPrefix: "10.0.2.0/24" });
    await settle();
    expect(await etag()).toBe(moved);
  });

  test("a virtual network looks at If-Match too", async () => {
    const body = { location: "westeurope", properties: { addressSpace: { addressPrefixes: ["10.0.0.0/16"] } } };
    expect((await bench.owner("PUT", `${network}${version}`, body, { "if-match": 'W/"stale"' })).status).toBe(412);
  });
});

describe("a second write while one is under way in the network", () => {
  const firstWrite = () => put("one", { addressPrefix: "10.0.1.0/24" });
  const secondWrite = () => put("two", { addressPrefix: "10.0.2.0/24" });
  const turn = (networkConcurrency: string) =>
    bench.as(undefined)("POST", "/emulator/switches", { networkConcurrency });

  test("is a conflict that names the operation, until the first is done", async () => {
    const first = await firstWrite();
    const reply = await secondWrite();
    expect(codeOf(reply)).toEqual([409, "AnotherOperationInProgress"]);
    const operation = (first.headers["azure-asyncoperation"] ?? "").split("?")[0];
    expect(reply.body.error.message).toContain(
      `To retrieve status of the operation use uri: ${operation}?api-version=`,
    );
    await settle();
    expect((await secondWrite()).status).toBe(201);
  });

  test.each([
    ["retryable", "10"],
    ["retryableWithoutRetryAfter", undefined],
  ])("by the switch %s is 429 RetryableError, Retry-After %s", async (mode, retryAfter) => {
    await turn(mode);
    await firstWrite();
    const reply = await secondWrite();
    expect(codeOf(reply)).toEqual([429, "RetryableError"]);
    expect(reply.headers["retry-after"]).toBe(retryAfter);
    expect(reply.body.error.details[0]).toMatchObject({
      code: "ReferencedResourceNotProvisioned",
      message: expect.stringContaining("PutSubnetOperation"),
    });
  });

  test("by the switch supersedes the first, whose write is gone", async () => {
    await turn("supersede");
    const first = await firstWrite();
    expect((await secondWrite()).status).toBe(201);
    await settle();
    expect((await get("one")).status).toBe(404);
    const status = await bench.owner(
      "GET",
      (first.headers["azure-asyncoperation"] ?? "").slice(bench.azure.endpoint.length),
    );
    expect(status.body).toMatchObject({
      status: "Canceled",
      error: { code: "Canceled", details: [{ code: "CanceledAndSupersededDueToAnotherOperation" }] },
    });
  });
});

test("a subnet cannot be tied to an NSG that is being written", async () => {
  const nsg = await makeNsg();
  const reply = await put("old", { addressPrefix: "10.0.0.0/24", networkSecurityGroup: { id: nsg } });
  expect(codeOf(reply)).toEqual([429, "RetryableError"]);
});

test("what a PUT repeats takes join rights: without them it is a linked 403", async () => {
  const nsg = await makeNsg();
  await settle();
  const { principalId } = await makeIdentity(bench, group, "editor");
  await grant(bench, network, roles.networkContributor, principalId);
  const reply = await bench.as(principalId)("PUT", at("old"), {
    properties: { addressPrefix: "10.0.0.0/24", networkSecurityGroup: { id: nsg } },
  });
  expect(codeOf(reply)).toEqual([403, "LinkedAuthorizationFailed"]);
  expect(reply.body.error.message).toContain(
    "has permission to perform action 'Microsoft.Network/virtualNetworks/subnets/write'",
  );
  expect(reply.body.error.message).toContain(
    `'Microsoft.Network/networkSecurityGroups/join/action' on the linked scope(s) '${nsg}'`,
  );
  await grant(bench, nsg, roles.networkContributor, principalId);
  expect(
    (
      await bench.as(principalId)("PUT", at("old"), {
        properties: { addressPrefix: "10.0.0.0/24", networkSecurityGroup: { id: nsg } },
      })
    ).status,
  ).toBe(200);
});

test.each([
  ["outside the network", { addressPrefix: "10.1.0.0/24" }, "NetcfgInvalidSubnet"],
  ["overlapping another", { addressPrefix: "10.0.0.128/25" }, "NetcfgSubnetRangesOverlap"],
  ["of a prefix that is none", { addressPrefix: "10.0.1.0" }, "InvalidCIDRNotation"],
  ["of a prefix with host bits", { addressPrefix: "10.0.1.7/24" }, "InvalidCIDRNotation"],
  [
    "with a policy value that does not exist",
    { addressPrefix: "10.0.1.0/24", privateLinkServiceNetworkPolicies: "Off" },
    "InvalidRequestFormat",
  ],
  [
    "with an NSG that is not there",
    {
      addressPrefix: "10.0.1.0/24",
      networkSecurityGroup: {
        id: "/subscriptions/x/resourceGroups/y/providers/Microsoft.Network/networkSecurityGroups/z",
      },
    },
    "InvalidResourceReference",
  ],
])("a subnet %s is refused", async (_, properties, code) => {
  // The owner has no rights in a subscription that does not exist; the reference test therefore uses one of ours.
  const text = JSON.stringify(properties).replace("/subscriptions/x/resourceGroups/y", group);
  expect(codeOf(await put("new", JSON.parse(text)))).toEqual([400, code]);
});

test("a delete is 202 with both URLs; the result URL is 202 until done; the second delete 204", async () => {
  const reply = await bench.owner("DELETE", at("old"));
  expect([reply.status, reply.body]).toEqual([202, undefined]);
  expect(reply.headers["azure-asyncoperation"]).toContain("/operations/");
  const result = () => bench.owner("GET", (reply.headers.location ?? "").slice(bench.azure.endpoint.length));
  expect((await result()).status).toBe(202);
  await settle();
  expect((await result()).status).toBe(200);
  expect((await bench.owner("DELETE", at("old"))).status).toBe(204);
});

test("a network PUT with subnets replaces them all; without, it keeps them from 2023-11-01 on", async () => {
  const body = (more: object) => ({
    location: "westeurope",
    properties: { addressSpace: { addressPrefixes: ["10.0.0.0/16"] }, ...more },
  });
  const names = async () =>
    (await bench.owner("GET", `${network}${version}`)).body.properties.subnets.map((one: { name: string }) => one.name);
  await bench.owner("PUT", `${network}${version}`, body({}));
  await settle();
  expect(await names()).toEqual(["old"]);
  await bench.owner(
    "PUT",
    `${network}${version}`,
    body({ subnets: [{ name: "next", properties: { addressPrefix: "10.0.5.0/24" } }] }),
  );
  await settle();
  expect(await names()).toEqual(["next"]);
  await bench.owner("PUT", `${network}?api-version=2022-01-01`, body({}));
  await settle();
  expect(await names()).toEqual([]);
});

test("a write under way when the emulator is killed is finished after the restart", async () => {
  await put("new", { addressPrefix: "10.0.1.0/24" });
  bench = await bench.restart();
  expect((await get("new")).body.properties.provisioningState).toBe("Updating");
  await settle();
  expect((await get("new")).body.properties.provisioningState).toBe("Succeeded");
});

test("by the switch a status URL takes the right to read operations", async () => {
  const { principalId } = await makeIdentity(bench, group, "poller");
  const made = await put("new", { addressPrefix: "10.0.1.0/24" });
  const path = (made.headers["azure-asyncoperation"] ?? "").slice(bench.azure.endpoint.length);
  expect((await bench.as(principalId)("GET", path)).status).toBe(200);
  expect((await bench.as(principalId)("GET", path.split("&h=")[0] ?? "")).status).toBe(403);
  await bench.as(undefined)("POST", "/emulator/switches", { operationUrlsNeedRights: true });
  expect(codeOf(await bench.as(principalId)("GET", path))).toEqual([403, "AuthorizationFailed"]);
});
