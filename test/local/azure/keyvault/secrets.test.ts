import { type Bench, grant, location, makeGroup, makeIdentity, startBench } from "../emulator.ts";

const secretsUser = "4633458b-17de-408a-b874-0445c86b69e6";
const secretsOfficer = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7";
const vaults = "https://vault.azure.net";

let bench: Bench;
let group: string;
let vault: string;
let reader: string;
let officer: string;
let nobody: string;

async function makeVault(name: string, enableRbacAuthorization: boolean): Promise<string> {
  const id = `${group}/providers/Microsoft.KeyVault/vaults/${name}`;
  const properties = {
    tenantId: bench.azure.settings.tenantId,
    sku: { family: "A", name: "standard" },
    enableRbacAuthorization,
  };
  const { status, body } = await bench.owner("PUT", `${id}?api-version=2023-07-01`, { location, properties });
  expect([status, body.properties.vaultUri]).toEqual([200, `${bench.azure.endpoint}/${name}.vault/`]);
  return id;
}

beforeAll(async () => {
  bench = await startBench();
  group = await makeGroup(bench);
  await bench.owner("POST", `${bench.subscription}/providers/Microsoft.KeyVault/register?api-version=2021-04-01`);
  await bench.clock.advance(120_000);
  vault = await makeVault("kv-test", true);
  await makeVault("kv-policies", false);
  const somebody = async (name: string) => (await makeIdentity(bench, group, name)).principalId;
  [reader, officer, nobody] = [await somebody("reader"), await somebody("officer"), await somebody("nobody")];
  await grant(bench, vault, secretsUser, reader);
  await grant(bench, vault, secretsOfficer, officer);
  await grant(bench, group, secretsOfficer, officer);
});
afterAll(() => bench.stop());

const ask = (
  who: string | undefined,
  method: string,
  path: string,
  body?: unknown,
  audience = vaults,
  name = "kv-test",
) =>
  bench.as(undefined)(
    method,
    `/${name}.vault${path}${path.includes("?") ? "" : "?api-version=7.4"}`,
    body,
    who === undefined ? {} : { authorization: `Bearer ${bench.azure.tokenFor(who, audience)}` },
  );

test("without a token, and with one for ARM, a vault challenges: where to sign in, and for what", async () => {
  for (const reply of [
    await ask(undefined, "GET", "/secrets/a"),
    await ask(officer, "GET", "/secrets/a", undefined, "https://management.azure.com"),
  ]) {
    expect([reply.status, reply.body.error.code]).toEqual([401, "Unauthorized"]);
    expect(reply.headers["www-authenticate"]).toMatch(
      /^Bearer authorization="https:.*", resource="https:\/\/vault\.azure\.net"$/,
    );
  }
});

test("who may set a secret sets it, and who may get secrets gets the newest version, or the one he names", async () => {
  const first = await ask(officer, "PUT", "/secrets/turns", { value: "one", tags: { of: "test" } });
  expect(first).toMatchObject({
    status: 200,
    body: { value: "one", attributes: { enabled: true }, tags: { of: "test" } },
  });
  await ask(officer, "PUT", "/secrets/turns", { value: "two" });
  expect((await ask(reader, "GET", "/secrets/turns")).body.value).toBe("two");
  const version = String(first.body.id).split("/").at(-1);
  expect((await ask(reader, "GET", `/secrets/turns/${version}`)).body.value).toBe("one");
});

test("every data action is asked for by itself; owners of the subscription have none", async () => {
  await ask(officer, "PUT", "/secrets/mine", { value: "secret" });
  for (const [method, body] of [
    ["PUT", { value: "x" }],
    ["DELETE", undefined],
  ] as const)
    expect(await ask(reader, method, "/secrets/mine", body)).toMatchObject({
      status: 403,
      body: { error: { code: "Forbidden", innererror: { code: "ForbiddenByRbac" } } },
    });
  for (const who of [nobody, bench.azure.settings.owner.principalId])
    expect((await ask(who, "GET", "/secrets/mine")).status).toBe(403);
});

test("where a vault goes by its access policies, no role counts", async () => {
  const reply = await ask(officer, "PUT", "/secrets/a", { value: "x" }, vaults, "kv-policies");
  expect([reply.status, reply.body.error.innererror.code]).toEqual([403, "AccessDenied"]);
});

test("what was deleted is gone, can be recovered, and keeps its name until it is purged", async () => {
  await ask(officer, "PUT", "/secrets/short", { value: "lived" });
  expect(await ask(officer, "DELETE", "/secrets/short")).toMatchObject({
    status: 200,
    body: { recoveryId: expect.any(String) },
  });
  expect(await ask(officer, "GET", "/secrets/short")).toMatchObject({
    status: 404,
    body: { error: { code: "SecretNotFound" } },
  });
  expect((await ask(officer, "DELETE", "/secrets/short")).status).toBe(404);
  expect(await ask(officer, "PUT", "/secrets/short", { value: "again" })).toMatchObject({
    status: 409,
    body: { error: { innererror: { code: "ObjectIsDeletedButRecoverable" } } },
  });
  expect((await ask(officer, "GET", "/deletedsecrets/short")).body).not.toHaveProperty("value");
  await ask(officer, "POST", "/deletedsecrets/short/recover");
  expect((await ask(officer, "GET", "/secrets/short")).body.value).toBe("lived");
  await ask(officer, "DELETE", "/secrets/short");
  expect((await ask(officer, "DELETE", "/deletedsecrets/short")).status).toBe(204);
  expect((await ask(officer, "PUT", "/secrets/short", { value: "again" })).status).toBe(200);
});

test("an api-version that is none, a body without value, and what is not emulated, are refused; no state that is shown holds a secret", async () => {
  const bad = { status: 400, body: { error: { code: "BadParameter" } } };
  expect(await ask(officer, "GET", "/secrets/a?api-version=1.0")).toMatchObject(bad);
  for (const body of [{}, "", [], { value: 1 }, { value: "x".repeat(25_601) }])
    expect(await ask(officer, "PUT", "/secrets/a", body)).toMatchObject(bad);
  expect((await ask(officer, "GET", "/secrets")).status).toBe(501);
  const { body } = await bench.as(undefined)("GET", "/emulator/state");
  expect(JSON.stringify(body)).not.toContain("lived");
});
