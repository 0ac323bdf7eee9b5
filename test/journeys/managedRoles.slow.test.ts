import { sampleTemplate } from "../../local/estate.ts";
import { roleDefinitionId, templateRoles } from "../../shared/decide/permissions/roles.ts";
import { approver, endStorage, startWorld, type TestWorld } from "./world.ts";

afterAll(endStorage);

test("where roles are predefined nothing is written, and the answer says what to do", async () => {
  const predefined = await startWorld();
  try {
    const body = {
      Name: "Image looker",
      Description: "Looks.",
      Actions: ["Microsoft.Compute/images/read"],
      AssignableScopes: [predefined.estate.subscription],
    };
    type Problem = { code: string; fix: string[] };
    const answer = await predefined.call<Problem>("POST", "role-definitions/apply", body, approver);
    expect(answer).toMatchObject({ status: 409, body: { code: "RolesPredefined" } });
    expect(answer.body.fix.join()).toContain("GOLDSMITH_ROLES");
    const writes = predefined.record().filter(({ method, caller }) => method === "PUT" && caller !== "owner");
    expect(writes).toEqual([]);
  } finally {
    await predefined.stop();
  }
});

let world: TestWorld;

const version = "api-version=2022-04-01";
const authorization = "providers/Microsoft.Authorization";
const idOf = (key: string) => roleDefinitionId("local", world.estate.subscription.split("/")[2] ?? "", key);
const writesOfRoles = (from = 0) =>
  world
    .record()
    .slice(from)
    .filter(({ method, url }) => method === "PUT" && /\/roleDefinitions\//.test(url));

async function build(name: string) {
  const template = { resourceGroupId: world.estate.imagesGroup, name, body: sampleTemplate(world.estate) };
  const asked = await world.call<{ id: string }>("POST", "builds", { template });
  return world.built(asked.body.id);
}

describe("where roles are managed", () => {
  beforeAll(async () => {
    world = await startWorld({ managedRoles: true });
  }, 60_000);
  afterAll(() => world.stop());

  test("a deployment without the roles: the plan says which are written, the second identity writes them, the build succeeds", async () => {
    for (const { key } of templateRoles) expect((await world.arm("GET", `${idOf(key)}?${version}`)).status).toBe(404);
    const done = await build("first");
    expect(done.problem).toBeUndefined();
    expect(done.state).toBe("succeeded");
    const planned = done.plan?.changes.flatMap((change) =>
      change.kind === "ensureRoleDefinition" ? [change.roleDefinitionId] : [],
    );
    expect(new Set(planned)).toEqual(new Set(["galleryPublisher", "imageWriter", "subnetJoiner"].map(idOf)));
    const manager = world.azure.settings.roleManager?.principalId;
    expect(new Set(writesOfRoles().map(({ caller }) => caller))).toEqual(new Set([manager]));
    const others = world.record().filter(({ caller }) => caller === manager);
    expect(others.every(({ url }) => /\/roleDefinitions\//.test(url))).toBe(true);
  });

  test("a role that somebody edited is not granted before it is as roles.json says again", async () => {
    const { arm, clock, estate } = world;
    const id = idOf("galleryPublisher");
    const guid = id.slice(-36);
    type Role = { properties: { permissions: [{ actions: string[] }] } };
    const { properties } = (await arm("GET", `${id}?${version}`)).body as Role;
    const [permission] = properties.permissions;
    const permissions = [{ ...permission, actions: [...permission.actions, "Microsoft.Compute/galleries/delete"] }];
    expect((await arm("PUT", `${id}?${version}`, { properties: { ...properties, permissions } })).status).toBe(201);
    type Grants = { value: { id: string; properties: { roleDefinitionId: string } }[] };
    const listed = (await arm("GET", `${estate.subscription}/${authorization}/roleAssignments?${version}`))
      .body as Grants;
    for (const grant of listed.value)
      if (grant.properties.roleDefinitionId.endsWith(guid)) await arm("DELETE", `${grant.id}?${version}`);
    await clock.advance(20 * 60_000);
    const from = world.record().length;
    expect((await build("second")).state).toBe("succeeded");
    const puts = world
      .record()
      .slice(from)
      .filter(({ method }) => method === "PUT");
    const mended = puts.findIndex(({ url }) => url.includes(`roleDefinitions/${guid}`));
    const granted = puts.findIndex(({ url }) => /\/roleAssignments\//.test(url));
    expect(mended).toBeGreaterThanOrEqual(0);
    expect(granted).toBeGreaterThan(mended);
    expect(JSON.stringify((await arm("GET", `${id}?${version}`)).body)).not.toContain("galleries/delete");
  });

  describe("roles that an approver asks for", () => {
    const role = (more: object = {}) => ({
      Name: "Image looker",
      Description: "Looks at images.",
      Actions: ["Microsoft.Compute/images/read"],
      AssignableScopes: [world.estate.subscription],
      ...more,
    });
    const apply = (body: object, headers: Record<string, string> = approver) =>
      world.call<{ id?: string; code?: string; outcome?: string }>("POST", "role-definitions/apply", body, headers);

    test("are written, once, and told apart from what others wrote", async () => {
      const first = await apply(role());
      expect([201, 202]).toContain(first.status);
      await world.clock.advance(60_000);
      expect(await apply(role())).toMatchObject({ status: 200, body: { id: first.body.id, outcome: "stood" } });
      const standing = (await world.arm("GET", `${first.body.id}?${version}`)).body;
      expect(standing).toMatchObject({ properties: { roleName: "Image looker" } });
      const theirs = "aaaaaaaa-0000-4000-8000-00000000000f";
      const id = `${world.estate.subscription}/${authorization}/roleDefinitions/${theirs}`;
      const properties = {
        roleName: "Theirs",
        description: "x",
        assignableScopes: [world.estate.subscription],
        permissions: [{ actions: ["Microsoft.Compute/disks/read"] }],
      };
      expect((await world.arm("PUT", `${id}?${version}`, { properties })).status).toBe(201);
      await world.clock.advance(60_000);
      const over = await apply(role({ Id: theirs, Name: "Ours now" }));
      expect(over).toMatchObject({ status: 409, body: { code: "RoleStands" } });
    });

    const elsewhere = "/subscriptions/99999999-0000-4000-8000-000000000000";
    const refused: [about: string, more: object, code: string][] = [
      ["a wildcard", { Actions: ["Microsoft.Compute/*"] }, "RoleTooBroad"],
      ["a right to grant", { Actions: ["Microsoft.Authorization/roleAssignments/write"] }, "RoleTooBroad"],
      ["another subscription", { AssignableScopes: [elsewhere] }, "OutsideFence"],
      ["the name of one of Goldsmith's own", { Name: "Goldsmith gallery publisher (local)" }, "RoleReserved"],
    ];

    test.each(refused)("are refused with %s, and nothing is written", async (_, more, code) => {
      const from = world.record().length;
      expect((await apply(role(more))).body.code).toBe(code);
      expect(writesOfRoles(from)).toEqual([]);
    });

    test("are nothing for a builder's key", async () => {
      expect((await apply(role(), {})).status).toBe(401);
    });
  });
});
