import { createSign, generateKeyPairSync } from "node:crypto";
import type { TenantKey } from "../../../../local/host/http/tokenCheck.ts";
import { origin, type TestHost, testHost } from "../support.ts";

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const key: TenantKey = { ...publicKey.export({ format: "jwk" }), kid: "k1" };
const now = origin / 1_000;
const good = {
  iss: "https://tenant/",
  aud: "api",
  exp: now + 3_600,
  nbf: now,
  oid: "object-1",
  tid: "t",
  appid: "client-1",
  roles: ["Builder", "Auditor"],
};
const text = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

function token(claims: object = good, head: object = { alg: "RS256", kid: "k1" }): string {
  const signed = `${text(head)}.${text(claims)}`;
  return `${signed}.${createSign("RSA-SHA256").update(signed).sign(privateKey, "base64url")}`;
}

type Principal = Record<string, string>;

describe("built-in authentication", () => {
  let host: TestHost;
  const entra = { keys: async () => [key], issuers: [good.iss], audiences: ["api"] };
  beforeAll(async () => {
    host = await testHost("web", { auth: "entra", entra });
  });
  afterAll(() => host.stop());
  const call = (headers: Record<string, string>) => host.call("/v1/caller", { headers });
  const caller = async (headers: Record<string, string>) => (await (await call(headers)).json()) as Principal;

  test("tells the app who a token is about", async () => {
    const seen = await caller({ authorization: `Bearer ${token()}` });
    expect(seen).toMatchObject({
      "x-ms-client-principal-id": "object-1",
      "x-ms-client-principal-name": "client-1",
      "x-ms-client-principal-idp": "aad",
    });
    const principal = JSON.parse(Buffer.from(seen["x-ms-client-principal"]!, "base64").toString());
    expect(principal).toMatchObject({ auth_typ: "aad", role_typ: "roles" });
    expect(principal.claims).toEqual(
      expect.arrayContaining([
        { typ: "roles", val: "Builder" },
        { typ: "roles", val: "Auditor" },
        { typ: "http://schemas.microsoft.com/identity/claims/objectidentifier", val: "object-1" },
      ]),
    );
  });

  test("takes off what a caller says about itself", async () => {
    expect(await caller({ "x-ms-client-principal": "forged", "X-MS-CLIENT-PRINCIPAL-ID": "somebody" })).toEqual({});
  });

  test.each([
    ["expired", token({ ...good, exp: now - 301 })],
    ["not valid yet", token({ ...good, nbf: now + 301 })],
    ["for another application", token({ ...good, aud: "other" })],
    ["of another tenant", token({ ...good, iss: "https://elsewhere/" })],
    ["changed", token().replace(/\.[^.]+\./, `.${text({ ...good, oid: "object-2" })}.`)],
    ["of an unknown key", token(good, { alg: "RS256", kid: "k2" })],
    ["without signature", `${text({ alg: "none" })}.${text(good)}.`],
    ["no token at all", "nonsense"],
  ])("answers 401 to a token that is %s", async (_what, bad) => {
    const answer = await call({ authorization: `Bearer ${bad}` });
    expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
  });

  test("leaves webhooks to their keys", async () => {
    const path = `/runtime/webhooks/durabletask/instances/none?code=${host.host.keys.master}`;
    expect((await host.call(path, { headers: { authorization: "Bearer nonsense" } })).status).toBe(404);
  });
});

test("callers without a token can be kept out", async () => {
  const entra = {
    keys: async () => [key],
    issuers: [good.iss],
    audiences: ["api"],
    unauthenticated: "refuse" as const,
  };
  const host = await testHost("web", { auth: "entra", entra });
  expect((await host.call("/v1/caller")).status).toBe(401);
  expect((await host.call("/v1/caller", { headers: { authorization: `Bearer ${token()}` } })).status).toBe(200);
  await host.stop();
});

test("without it headers of that name come through, as on a bare host", async () => {
  const host = await testHost("web");
  const answer = await host.call("/v1/caller", { headers: { "x-ms-client-principal-id": "me" } });
  expect(await answer.json()).toEqual({ "x-ms-client-principal-id": "me" });
  await host.stop();
});
