import {
  roleDefinitionGuid,
  roleDefinitionId,
  roleDefinitionName,
  roleSpec,
} from "../../shared/decide/permissions/roles.ts";
import { endStorage, startWorld, type TestWorld } from "../journeys/world.ts";

/** Each test takes one thing away and looks whether the probe names it; then the next world begins whole. */
let world: TestWorld;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.stop());
afterAll(endStorage);

interface Health {
  readonly status: string;
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly detail?: string }[];
}
const nobody = { "x-functions-key": "" };
const look = () => world.call<Health>("GET", "health", undefined, nobody);

/** Lets time pass until the probe says what it should; exactly one check is then not well. */
async function complains(name: string, about: RegExp): Promise<void> {
  await world.clock.until(async () => (await look()).status === 503);
  const { body } = await look();
  expect(body.status).toBe("degraded");
  const wrong = body.checks.filter(({ ok }) => !ok);
  expect(wrong).toEqual([{ name, ok: false, detail: expect.stringMatching(about) }]);
}

const version = "api-version=2022-04-01";
async function unassign(wanted: (one: { roleDefinitionId: string; scope: string }) => boolean): Promise<void> {
  const { arm, azure, estate } = world;
  const filter = encodeURIComponent(`principalId eq '${azure.settings.app.principalId}'`);
  const list = `${estate.subscription}/providers/Microsoft.Authorization/roleAssignments?${version}&$filter=${filter}`;
  type Listed = { value: { id: string; properties: { roleDefinitionId: string; scope: string } }[] };
  const { value } = (await arm("GET", list)).body as Listed;
  const found = value.filter(({ properties }) => wanted(properties));
  expect(found).toHaveLength(1);
  expect((await arm("DELETE", `${found[0]?.id}?${version}`)).status).toBe(200);
}
const held = (key: string) => (one: { roleDefinitionId: string }) =>
  one.roleDefinitionId.endsWith(roleDefinitionGuid("local", key));

test("all is well where all is there, and everything was looked at", async () => {
  const { status, body } = await look();
  expect([status, body.checks.map(({ name, ok }) => [name, ok])]).toEqual([
    200,
    ["settings", "storage", "rights", "roles", "topics"].map((name) => [name, true]),
  ]);
});

test.each(["appBuilder", "appNetwork", "appGrantor", "appLogReader"])("without its role %s it says so", async (key) => {
  await unassign(held(key));
  await complains("rights", new RegExp(`the role ${roleSpec(key).name} is not assigned at `));
});

test("without the right to read it says that it may not look", async () => {
  await unassign(held("appReader"));
  await world.clock.until(async () => (await look()).body.checks.some(({ ok }) => !ok));
  const { body } = await look();
  expect(body.checks.filter(({ ok }) => !ok).map(({ name }) => name)).toContain("rights");
});

test("a role definition that somebody widened is named", async () => {
  const { arm, estate } = world;
  const id = roleDefinitionId("local", estate.subscription.split("/")[2] ?? "", "galleryReader");
  const properties = {
    roleName: roleDefinitionName("local", "galleryReader"),
    type: "CustomRole",
    assignableScopes: [estate.subscription],
    permissions: [{ actions: ["Microsoft.Compute/*"] }],
  };
  expect((await arm("PUT", `${id}?${version}`, { properties })).status).toBe(201);
  await complains("roles", /missing or changed role definitions: Goldsmith gallery reader/);
});

test("a topic that does not let it in is named", async () => {
  await unassign(({ scope }) => /\/topics\//i.test(scope));
  await complains("topics", /builds: the app may not send to it/);
});

test("a topic that is gone is named", async () => {
  const { azure } = world;
  const topic = azure.world.store.resources("Microsoft.EventGrid/topics")[0];
  azure.world.store.deleteResource(topic?.id ?? "");
  await complains("topics", /builds: it does not exist/);
});
