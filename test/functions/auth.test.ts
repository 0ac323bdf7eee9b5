import { request } from "node:http";
import type { Caller } from "../../functions/http/caller.ts";
import { admit, authLevel, callerOf, keepWithin, reaches } from "../../functions/http/caller.ts";
import { routes } from "../../functions/http/index.ts";
import { type OpenApi, openApi } from "../../functions/http/openapi.ts";
import type { RouteRole } from "../../functions/http/route.ts";
import { type Estate, sampleTemplate } from "../../local/estate.ts";
import { endStorage, startWorld, type TestWorld } from "../journeys/world.ts";
import { entra, issuer, somebody, tokenFor, tokenOf } from "../support/entra.ts";

afterAll(endStorage);

const templateType = "/providers/Microsoft.VirtualMachineImages/imageTemplates";
const forged = (...roles: string[]) => ({
  "x-ms-client-principal-id": "somebody",
  "x-ms-client-principal": Buffer.from(
    JSON.stringify({ role_typ: "roles", claims: roles.map((val) => ({ typ: "roles", val })) }),
  ).toString("base64"),
});

describe("signed in by App Service", () => {
  let world: TestWorld;
  const nobody = { "x-functions-key": "" };
  const limitedIn = ({ imagesGroup, networkGroup }: Estate) => ({
    "Builder.images": [imagesGroup],
    "Reader.network": [networkGroup],
    "Approver.images": [imagesGroup],
  });
  beforeAll(async () => {
    world = await startWorld({
      settings: (estate) => ({
        GOLDSMITH_AUTH: "entra",
        GOLDSMITH_ISSUER: issuer,
        GOLDSMITH_ROLE_SCOPES: JSON.stringify(limitedIn(estate)),
      }),
      host: { auth: "entra", entra },
    });
  });
  afterAll(() => world.stop());

  function signedIn(...roles: string[]): Record<string, string> {
    return { ...nobody, authorization: `Bearer ${tokenOf(world.clock.now(), ...roles)}` };
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

  test("a badge is for readers unless the operator opens badges", async () => {
    const badge = (headers: Record<string, string>) =>
      world.call("GET", "templates/badge.svg?id=x", undefined, headers);
    expect((await badge(nobody)).status).toBe(401);
    const seen = await badge(signedIn("Reader"));
    expect([seen.status, seen.headers.get("cache-control")]).toEqual([200, "private, max-age=60"]);
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
    expect(body.origin).toEqual({ kind: "http", who: somebody });
  });

  test("an approver is no builder", async () => {
    expect((await build(signedIn("Approver"))).status).toBe(403);
  });

  test("whoever asked for a build does not decide about it, with whatever roles; a decision needs a build that waits", async () => {
    const { estate } = world;
    const template = { resourceGroupId: estate.imagesGroup, name: "own", body: sampleTemplate(estate) };
    const { id } = (await build(signedIn("Builder"), { template })).body;
    const decide = (headers: Record<string, string>) =>
      world.call("POST", `builds/${id}/approvals`, { decision: "approve" }, headers);
    expect(await decide(signedIn("Builder"))).toMatchObject({ status: 403, body: { code: "AppRoleMissing" } });
    expect(await decide(signedIn("Builder", "Approver"))).toMatchObject({ status: 403, body: { code: "OwnApproval" } });
    const other = tokenFor("77777777-7777-7777-7777-777777777777", world.clock.now(), "Approver");
    expect(await decide({ ...nobody, authorization: `Bearer ${other}` })).toMatchObject({
      status: 409,
      body: { code: "NothingToDecide" },
    });
  });

  test("an Idempotency-Key is its caller's own: another's request of the same key is another request", async () => {
    const begun = async (oid: string) => {
      const authorization = `Bearer ${tokenFor(oid, world.clock.now(), "Reader")}`;
      const headers = { ...nobody, authorization, "idempotency-key": "nightly" };
      return (await world.call("POST", "audits", {}, headers)).body.id;
    };
    const mine = await begun(somebody);
    expect(await begun(somebody)).toBe(mine);
    expect(await begun("77777777-7777-7777-7777-777777777777")).not.toBe(mine);
  });

  test("a role that holds in one group opens what lies there, and nothing else", async () => {
    const { estate } = world;
    const { imagesGroup, networkGroup } = estate;
    const asking = (resourceGroupId: string, name: string) => ({
      template: { resourceGroupId, name, body: sampleTemplate(estate) },
    });
    const there = await build(signedIn("Builder.images"), asking(imagesGroup, "inside"));
    expect(there.status).toBe(202);
    const beyond = { status: 403, body: { code: "OutsideAppRole", scope: expect.stringContaining(networkGroup) } };
    expect(await build(signedIn("Builder.images"), asking(networkGroup, "beyond"))).toMatchObject(beyond);
    const plan = (role: string) => world.call("POST", "plans", asking(networkGroup, "beyond"), signedIn(role));
    expect(await plan("Builder.images")).toMatchObject(beyond);
    expect((await plan("Reader.network")).status).toBe(200);
    const one = (role: string, path = "") =>
      world.call("GET", `builds/${there.body.id}${path}`, undefined, signedIn(role));
    expect((await one("Builder.images")).status).toBe(200);
    for (const path of ["", "/log", "/events"])
      expect(await one("Reader.network", path)).toMatchObject({ status: 403, body: { code: "OutsideAppRole" } });
    const listed = async (role: string) => (await list(signedIn(role))).body.value as { templateId: string }[];
    expect(await listed("Reader.network")).toEqual([]);
    expect((await listed("Builder.images")).length).toBe((await listed("Reader")).length);
  });

  test("a role that is not listed, or only reads, builds nothing", async () => {
    for (const role of ["Builder.other", "Builder.", "Builder.__proto__", "Reader.network"])
      expect(await build(signedIn(role))).toMatchObject({ status: 403, body: { code: "AppRoleMissing" } });
  });

  test("what concerns everything takes a role that holds everywhere", async () => {
    const { imagesGroup } = world.estate;
    const undo = (role: string, body: object) => world.call("POST", "undo", body, signedIn(role));
    expect(await undo("Approver.images", { all: true })).toMatchObject({
      status: 403,
      body: { code: "OutsideAppRole" },
    });
    const own = await undo("Approver.images", { templateId: `${imagesGroup}${templateType}/none` });
    expect(own.status).toBe(202);
    const look = (role: string) => world.call("GET", `undo/${own.body.id}`, undefined, signedIn(role));
    expect(await look("Approver.images")).toMatchObject({ status: 200, body: { origin: { who: somebody } } });
    expect((await look("Reader.network")).status).toBe(403);
    expect((await world.call("POST", "audits", {}, signedIn("Builder.images"))).status).toBe(403);
    expect((await world.call("POST", "audits", { scopes: [imagesGroup] }, signedIn("Builder.images"))).status).toBe(
      202,
    );
  });

  test("whoever cancels is named in the build's story", async () => {
    const template = {
      resourceGroupId: world.estate.imagesGroup,
      name: "to-cancel",
      body: sampleTemplate(world.estate),
    };
    const { id } = (await build(signedIn("Builder"), { template })).body;
    expect((await world.call("POST", `builds/${id}/cancel`, {}, signedIn("Builder"))).status).toBe(202);
    const { body } = await world.call("GET", `builds/${id}`, undefined, signedIn("Reader"));
    expect(body.timeline).toContainEqual(
      expect.objectContaining({ what: "cancelBuild", detail: `asked for by ${somebody}` }),
    );
  });

  test("the contract asks for a token of this issuer, and for the role that each route takes", async () => {
    const { components, paths } = (await world.call<OpenApi>("GET", "openapi.json", undefined, nobody)).body;
    expect(components.securitySchemes).toMatchObject({
      entra: { type: "openIdConnect", openIdConnectUrl: `${issuer}/.well-known/openid-configuration` },
    });
    expect(paths["/builds"]?.post?.security).toEqual([{ entra: ["Builder"] }]);
    expect(paths["/builds"]?.get?.security).toEqual(
      ["Reader", "Builder", "Approver"].map((role) => ({ entra: [role] })),
    );
    expect(paths["/undo"]?.post?.security).toEqual([{ entra: ["Approver"] }]);
    expect(paths["/health"]?.get?.security).toEqual([]);
    expect(openApi(routes, { auth: "entra" }).components.securitySchemes).toMatchObject({
      entra: { scheme: "bearer" },
    });
  });

  test("the probe answers anybody", async () => {
    expect((await world.call("GET", "health", undefined, nobody)).status).toBe(200);
  });
});

describe("with function keys", () => {
  let world: TestWorld;
  beforeAll(async () => {
    world = await startWorld({ settings: { GOLDSMITH_BADGES: "anyone" } });
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

  test("a badge needs no key where the operator opened badges, and says what came of the lineage, by any of its names", async () => {
    const { estate } = world;
    const template = { resourceGroupId: estate.imagesGroup, name: "badged", body: sampleTemplate(estate) };
    const { id } = (await world.call<{ id: string }>("POST", "builds", { template })).body;
    const badge = (of: string, headers = {}) =>
      world.call("GET", `templates/badge.json?id=${encodeURIComponent(of)}`, undefined, {
        "x-functions-key": "",
        ...headers,
      });
    const { templateId, lineage } = (await world.call("GET", `builds/${id}`)).body;
    expect((await badge(String(templateId))).body).toMatchObject({ message: "unknown", color: "lightgrey" });
    expect((await world.built(id)).state).toBe("succeeded");
    const first = await badge(String(templateId));
    expect(first.body).toMatchObject({
      schemaVersion: 1,
      message: expect.stringMatching(/^0\.0\.\d$/),
      color: "brightgreen",
      isError: false,
    });
    expect(first.headers.get("cache-control")).toBe("public, max-age=60");
    expect((await badge(String(lineage))).body).toEqual(first.body);
    const etag = String(first.headers.get("etag"));
    expect((await badge(String(templateId), { "if-none-match": etag })).status).toBe(304);
    const path = `templates/badge.svg?id=${encodeURIComponent(String(lineage))}`;
    const svg = await world.call<string>("GET", path, undefined, { "x-functions-key": "" });
    expect(svg.headers.get("content-type")).toContain("image/svg+xml");
    expect(svg.body).toMatch(/golden image: 0\.0\.\d/);
  });

  test("a request under a name that only leads here, or from another site's page, is answered by nobody", async () => {
    const ask = (headers: Record<string, string>) =>
      new Promise<number | undefined>((resolve, reject) =>
        request(`${world.host.url}/api/dashboard`, { headers }, (answer) => resolve(answer.resume().statusCode))
          .on("error", reject)
          .end(),
      );
    expect(await ask({})).toBe(200);
    expect(await ask({ host: "evil.example" })).toBe(403);
    expect(await ask({ origin: "https://evil.example" })).toBe(403);
  });
});

describe("the rules", () => {
  const principal = (...roles: string[]): Caller => ({ kind: "principal", id: "p", name: "p", roles });
  const enters = (role: RouteRole, caller: Caller) => {
    try {
      admit({ role }, caller, {});
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

  test.each([
    [["Builder.a"], ["/subscriptions/s/resourceGroups/a"]],
    [
      ["Builder.a", "Builder.b"],
      ["/subscriptions/s/resourceGroups/a", "/subscriptions/t"],
    ],
    [["Builder.a", "Builder"], "everything"],
    [["Reader.a"], "refused"],
    [["Builder.c"], "refused"],
    [["Builder.toString"], "refused"],
  ])("roles %j build in %j", (roles, reach) => {
    const scopes = { "Builder.a": ["/subscriptions/s/resourceGroups/a"], "Builder.b": ["/subscriptions/t"] };
    const found = () =>
      admit({ role: "builder" }, principal(...roles), { ...scopes, "Reader.a": ["/subscriptions/s"] });
    if (reach === "refused") expect(found).toThrow("app role Builder");
    else expect(found()).toEqual(reach);
  });

  test("a reach ends at the segment, whatever the casing", () => {
    const reach = ["/subscriptions/s/resourceGroups/rg-a"];
    expect(reaches(reach, "/SUBSCRIPTIONS/S/resourcegroups/RG-A/providers/p/t/n")).toBe(true);
    expect(reaches(reach, "/subscriptions/s/resourceGroups/rg-ab/providers/p/t/n")).toBe(false);
    expect(reaches(reach, "/subscriptions/s/resourceGroups/rg-a/../rg-b/providers/p/t/n")).toBe(false);
    expect(() =>
      keepWithin(reach, principal(), ["/subscriptions/s/resourceGroups/rg-a", "/subscriptions/s"]),
    ).toThrow();
    expect(() => keepWithin(reach, principal(), "everything")).toThrow("concerns everything");
    expect(() => keepWithin(reach, principal(), [])).not.toThrow();
  });

  test("every route but the probe, the contract and the page without its data asks for somebody", () => {
    const open = routes.filter(({ role }) => role === "anyone").map(({ name }) => name);
    expect(open.sort()).toEqual(["getDashboard", "getDashboardFile", "getHealth", "getOpenApi"]);
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
