import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Bench, makeGroup, makeIdentity, startBench } from "../emulator.ts";

let bench: Bench;
beforeEach(async () => {
  bench = await startBench();
});
afterEach(() => bench.stop());

const groupsOf = (at: Bench) => `${at.subscription}/resourceGroups`;

test("a request without a token is refused with 401 and told where to sign in", async () => {
  const reply = await bench.as(undefined)("GET", `${bench.subscription}?api-version=2022-12-01`);
  expect(reply.status).toBe(401);
  expect(reply.body.error.code).toBe("AuthenticationFailed");
  expect(reply.headers["www-authenticate"]).toContain("Bearer authorization_uri=");
});

test("a token that somebody made up is refused", async () => {
  const [head, body] = bench.azure.tokenFor(bench.azure.settings.owner.principalId).split(".");
  for (const token of ["rubbish", `${head}.${body}.${"A".repeat(342)}`]) {
    const reply = await bench.as(undefined)("GET", `${bench.subscription}?api-version=2022-12-01`, undefined, {
      authorization: `Bearer ${token}`,
    });
    expect([reply.status, reply.body.error.code]).toEqual([401, "InvalidAuthenticationToken"]);
  }
});

test("a token for another service is refused", async () => {
  const token = bench.azure.tokenFor(bench.azure.settings.owner.principalId, "https://storage.azure.com");
  const reply = await bench.as(undefined)("GET", `${bench.subscription}?api-version=2022-12-01`, undefined, {
    authorization: `Bearer ${token}`,
  });
  expect([reply.status, reply.body.error.code]).toEqual([401, "InvalidAuthenticationToken"]);
});

test("a token expires in emulated time", async () => {
  const authorization = `Bearer ${bench.azure.tokenFor(bench.azure.settings.owner.principalId)}`;
  const ask = () =>
    bench.as(undefined)("GET", `${bench.subscription}?api-version=2022-12-01`, undefined, { authorization });
  expect((await ask()).status).toBe(200);
  await bench.clock.advance(3_601_000);
  const reply = await ask();
  expect([reply.status, reply.body.error.code]).toEqual([401, "ExpiredAuthenticationToken"]);
  expect(reply.body.error.message).toMatch(
    /^The access token expiry UTC time '.*' is earlier than current UTC time '.*'\.$/,
  );
});

test("the api-version is required, and only those that exist are taken", async () => {
  const missing = await bench.owner("GET", groupsOf(bench));
  expect([missing.status, missing.body.error.code]).toEqual([400, "MissingApiVersionParameter"]);
  const ofArm = await bench.owner("GET", `${groupsOf(bench)}?api-version=1999-01-01`);
  expect([ofArm.status, ofArm.body.error.code]).toEqual([400, "InvalidApiVersionParameter"]);
  const ofProvider = await bench.owner(
    "GET",
    `${bench.subscription}/providers/Microsoft.Network/virtualNetworks?api-version=1999-01-01`,
  );
  expect([ofProvider.status, ofProvider.body.error.code]).toEqual([400, "NoRegisteredProviderFound"]);
});

test("double slashes and any casing lead to the same resource, which keeps the casing it was made with", async () => {
  await makeGroup(bench, "Rg-Mixed");
  const reply = await bench.owner(
    "GET",
    `//${bench.subscription.slice(1)}//RESOURCEGROUPS/rg-mixed?api-version=2024-03-01`,
  );
  expect(reply.status).toBe(200);
  expect(reply.body.id).toBe(`${groupsOf(bench)}/Rg-Mixed`);
});

test("an operation that is not emulated answers 501 and says what was asked", async () => {
  const reply = await bench.owner("GET", `${bench.subscription}/providers/Microsoft.Web/sites?api-version=2024-01-01`);
  expect([reply.status, reply.body.error.code]).toEqual([501, "NotEmulated"]);
  expect(reply.body.error.message).toContain("Microsoft.Web/sites");
});

test("another subscription, and a group that is not there, are 404 of the gateway", async () => {
  const other = await bench.owner("GET", "/subscriptions/11111111-1111-4111-8111-111111111111?api-version=2022-12-01");
  expect([other.status, other.body.error.code]).toEqual([404, "SubscriptionNotFound"]);
  const group = await bench.owner(
    "GET",
    `${groupsOf(bench)}/nowhere/providers/Microsoft.Network/virtualNetworks/v?api-version=2024-05-01`,
  );
  expect([group.status, group.body.error.code, group.body.error.message]).toEqual([
    404,
    "ResourceGroupNotFound",
    "Resource group 'nowhere' could not be found.",
  ]);
  expect(group.headers["x-ms-failure-cause"]).toBe("gateway");
});

test("rights are checked before existence: who may read nothing learns nothing", async () => {
  const { principalId } = await makeIdentity(bench, await makeGroup(bench), "nobody");
  const reply = await bench.as(principalId)("GET", `${groupsOf(bench)}/nowhere?api-version=2024-03-01`);
  expect([reply.status, reply.body.error.code]).toEqual([403, "AuthorizationFailed"]);
  expect(reply.body.error.message).toMatch(
    /^The client '[0-9a-f-]{36}' with object id '[0-9a-f-]{36}' does not have authorization to perform action 'Microsoft.Resources\/subscriptions\/resourceGroups\/read' over scope '.*nowhere' or the scope is invalid\. If access was recently granted, please refresh your credentials\.$/,
  );
});

test("a body that is no JSON is refused", async () => {
  const reply = await bench.owner("PUT", `${groupsOf(bench)}/rg?api-version=2024-03-01`, "{no json");
  expect([reply.status, reply.body.error.code]).toEqual([400, "InvalidRequestContent"]);
});

test("every answer carries request, correlation and routing ids, and the caller's own where it asks for it", async () => {
  const correlation = "0f0e0d0c-0b0a-4908-8706-050403020100";
  const reply = await bench.owner("GET", `${bench.subscription}?api-version=2022-12-01`, undefined, {
    "x-ms-correlation-request-id": correlation,
    "x-ms-client-request-id": "mine",
    "x-ms-return-client-request-id": "true",
  });
  expect(reply.headers["x-ms-correlation-request-id"]).toBe(correlation);
  expect(reply.headers["x-ms-client-request-id"]).toBe("mine");
  expect(reply.headers["x-ms-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  expect(reply.headers["x-ms-routing-request-id"]).toMatch(/^LOCAL:\d{8}T\d{6}Z:[0-9a-f-]{36}$/);
});

test("what was written is there after a restart, with the same tenant, owner and app", async () => {
  const id = await makeGroup(bench, "rg-kept");
  const before = bench.azure.settings;
  bench = await bench.restart();
  expect((await bench.owner("GET", `${id}?api-version=2024-03-01`)).status).toBe(200);
  expect(bench.azure.settings).toMatchObject({ tenantId: before.tenantId, owner: before.owner, app: before.app });
});

test("the record has one line per exchange, with the token masked and who it was", async () => {
  await bench.stop();
  const record = join(bench.directory, "..", `record-${process.pid}.jsonl`);
  bench = await startBench({ record });
  await makeGroup(bench);
  await bench.as(undefined)("GET", `${bench.subscription}?api-version=2022-12-01`);
  const lines = readFileSync(record, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  rmSync(record);
  expect(lines.map((line) => [line.method, line.status, line.caller])).toEqual([
    ["PUT", 201, "owner"],
    ["GET", 401, "anonymous"],
  ]);
  expect(lines[0].requestHeaders.authorization).toBe("Bearer ***");
  expect(lines[0].requestBody).toEqual({ location: "westeurope" });
  expect(lines[0].at).toBe("2026-11-22T12:00:00.000Z");
});
