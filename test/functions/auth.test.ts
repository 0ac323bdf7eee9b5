import { createSign, generateKeyPairSync } from "node:crypto";
import type { Caller } from "../../functions/http/caller.ts";
import { admit, authLevel, callerOf } from "../../functions/http/caller.ts";
import { routes } from "../../functions/http/index.ts";
import type { RouteRole } from "../../functions/http/route.ts";
import { sampleTemplate } from "../../local/estate.ts";
import { endStorage, startWorld, type TestWorld } from "../journeys/world.ts";

afterAll(endStorage);

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const issuer = "https://tenant.example/v2.0";
const text = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const forged = (...roles: string[]) => ({
  "x-ms-client-principal-id": "somebody",
  "x-ms-client-principal": Buffer.from(
    JSON.stringify({ role_typ: "roles", claims: roles.map((val) => ({ typ: "roles", val })) }),
  ).toString("base64"),
});

describe("signed in by App Service", () => {
  let world: TestWorld;
  const nobody = { "x-functions-key": "" };
  beforeAll(async () => {
    const keys = async () => [{ ...publicKey.export({ format: "jwk" }), kid: "k" }];
    const entra = { keys, issuers: [issuer], audiences: ["api://goldsmith"] };
    world = await startWorld({ settings: { GOLDSMITH_AUTH: "entra" }, host: { auth: "entra", entra } });
  });
  afterAll(() => world.stop());

  function signedIn(...roles: string[]): Record<string, string> {
    const exp = Math.floor(world.clock.now() / 1_000) + 3_600;
    const claims = { iss: issuer, aud: "api://goldsmith", exp, oid: "66666666-6666-6666-6666-666666666666", roles };
    const signed = `${text({ alg: "RS256", kid: "k" })}.${text(claims)}`;
    const token = `${signed}.${createSign("RSA-SHA256").update(signed).sign(privateKey, "base64url")}`;
    return { ...nobody, authorization: `Bearer ${token}` };
  }
  const list = (headers: Record<string, string>) => world.call("GET", "builds", undefined, headers);
  const build = (headers: Record<string, string>, body: object = {}) => world.call("POST", "builds", body, headers);

  test("nobody comes in without a token, a function key is worth nothing", async () => {
    expect(await list(nobody)).toMatchObject({ status: 401, body: { code: "NotSignedIn" } });
    expect((await world.call("GET", "builds")).status).toBe(401);
  });

  test("a principal header that a caller wrote itself is worth nothing", async () => {
    expect((await list({ ...nobody, ...forged("Reader") })).status).toBe(401);
    expect((await build({ ...signedIn("Reader"), ...forged("Builder") })).body).toMatchObject({
      code: "AppRoleMissing",
    });
  });

  test("a token without role opens nothing", async () => {
    expect(await list(signedIn())).toMatchObject({ status: 403, body: { code: "AppRoleMissing" } });
  });

  test("a reader reads and does not build", async () => {
    expect((await list(signedIn("Reader"))).status).toBe(200);
    expect(await build(signedIn("Reader"))).toMatchObject({ status: 403, body: { code: "AppRoleMissing" } });
  });

  test("a builder reads and builds, and the build says who asked", async () => {
    const { estate } = world;
    expect((await list(signedIn("Builder"))).status).toBe(200);
    const template = { resourceGroupId: estate.imagesGroup, name: "asked-for", body: sampleTemplate(estate) };
    const asked = await build(signedIn("Builder"), { template });
    expect(asked.status).toBe(202);
    const { body } = await world.call("GET", `builds/${asked.body.id}`, undefined, signedIn("Reader"));
    expect(body.origin).toEqual({ kind: "http", who: "66666666-6666-6666-6666-666666666666" });
  });

  test("an approver is no builder", async () => {
    expect((await build(signedIn("Approver"))).status).toBe(403);
  });

  test("the probe answers anybody", async () => {
    expect((await world.call("GET", "health", undefined, nobody)).status).toBe(200);
  });
});

describe("with function keys", () => {
  let world: TestWorld;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world.stop());

  test("no key and a wrong key are refused, also with a forged principal", async () => {
    for (const key of ["", "wrong"])
      for (const headers of [{}, forged("Builder", "Approver", "Reader")])
        expect((await world.call("GET", "builds", undefined, { "x-functions-key": key, ...headers })).status).toBe(401);
  });

  test("a forged principal beside a good key changes nothing: nobody is named as who asked", async () => {
    const { estate } = world;
    const template = { resourceGroupId: estate.imagesGroup, name: "asked-for", body: sampleTemplate(estate) };
    const asked = await world.call("POST", "builds", { template }, forged("Builder"));
    expect((await world.call("GET", `builds/${asked.body.id}`)).body.origin).toEqual({ kind: "http" });
  });
});

describe("the rules", () => {
  const principal = (...roles: string[]): Caller => ({ kind: "principal", id: "p", name: "p", roles });
  const enters = (role: RouteRole, caller: Caller) => {
    try {
      admit({ role }, caller);
      return true;
    } catch {
      return false;
    }
  };

  test.each([
    ["reader", ["Reader", "Builder", "Approver"]],
    ["builder", ["Builder"]],
    ["approver", ["Approver"]],
  ] as const)("a route for a %s is open to %j", (role, open) => {
    const roles = ["Reader", "Builder", "Approver", "reader", "Owner", ""];
    expect(roles.filter((one) => enters(role, principal(one)))).toEqual(open);
    expect(enters(role, { kind: "nobody" })).toBe(false);
  });

  test("every route but the probe and the contract asks for somebody", () => {
    const open = routes.filter(({ role }) => role === "anyone").map(({ name }) => name);
    expect(open.sort()).toEqual(["getHealth", "getOpenApi"]);
  });

  test("with keys, approving takes the master key", () => {
    const levels = (["anyone", "reader", "builder", "approver"] as const).map((role) => authLevel({ role }, "keys"));
    expect(levels).toEqual(["anonymous", "function", "function", "admin"]);
    expect(authLevel({ role: "approver" }, "entra")).toBe("anonymous");
  });

  const headers = (principal: unknown) =>
    new Headers({ "x-ms-client-principal": Buffer.from(JSON.stringify(principal)).toString("base64") });

  test.each([
    ["roles", undefined],
    ["http://schemas.microsoft.com/ws/2008/06/identity/claims/role", undefined],
    ["groups-as-roles", "groups-as-roles"],
  ])("roles come in claims of type %s", (typ, role_typ) => {
    const caller = callerOf(headers({ role_typ, claims: [{ typ, val: "Reader" }] }), "entra");
    expect(caller).toMatchObject({ roles: ["Reader"] });
  });

  test.each([[null], ["text"], [{}], [{ claims: "Reader" }], [[]]])("the header %j names nobody", (value) => {
    expect(callerOf(headers(value), "entra")).toEqual({ kind: "nobody" });
  });

  test("a header that is no JSON, or longer than App Service writes, names nobody", () => {
    expect(callerOf(new Headers({ "x-ms-client-principal": "%%%" }), "entra")).toEqual({ kind: "nobody" });
    const long = { claims: [{ typ: "roles", val: "Reader" }], filler: "x".repeat(40_000) };
    expect(callerOf(headers(long), "entra")).toEqual({ kind: "nobody" });
  });

  test("claims that are none are passed over", () => {
    const caller = callerOf(headers({ claims: [null, 1, {}, { typ: "roles", val: "Reader" }] }), "entra");
    expect(caller).toMatchObject({ roles: ["Reader"] });
  });
});
