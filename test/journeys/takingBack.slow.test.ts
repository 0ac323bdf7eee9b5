import { sampleTemplate } from "../../local/estate.ts";
import type { Build } from "../../shared/build.ts";
import { approver, endStorage, startWorld, type TestWorld, type WorldOptions } from "./world.ts";

// Several builds one after the other, on machines that are busy with other things.
jest.setTimeout(120_000);

/** Taking own work back: by template, by age, by the sweep after builds that died; and what retention leaves alone. */
let world: TestWorld;

const begin = async (options: WorldOptions = {}) => {
  world = await startWorld({ switches: { buildSeconds: [240, 300], replicationSeconds: [10, 20] }, ...options });
};
afterEach(() => world.stop());
afterAll(endStorage);

const rights = "api-version=2022-04-01";
const identities = "api-version=2023-01-31";

/** The sample without a network, into a managed image of its own where one is named. */
function template(name: string, image?: string, identity = world.estate.identity) {
  const { estate } = world;
  const { properties, ...rest } = sampleTemplate({ ...estate, identity });
  const { vnetConfig: _, ...vmProfile } = properties.vmProfile;
  const distribute = image
    ? [
        {
          type: "ManagedImage",
          imageId: `${image}/providers/Microsoft.Compute/images/${name}`,
          location: "westeurope",
          runOutputName: name,
        },
      ]
    : properties.distribute;
  return {
    resourceGroupId: estate.imagesGroup,
    name,
    body: { ...rest, properties: { ...properties, vmProfile, distribute } },
  };
}

const idOf = (name: string) => world.estate.template.replace(/[^/]+$/, name);

async function asked(wish: object): Promise<string> {
  const answer = await world.call<{ id: string }>("POST", "builds", wish);
  expect(answer.status).toBe(202);
  return answer.body.id;
}

async function built(wish: object): Promise<void> {
  expect(await world.built(await asked(wish))).toMatchObject({ state: "succeeded" });
}

const buildOf = async (id: string) => (await world.call<Build>("GET", `builds/${id}`)).body;

/** Scopes at which an identity was granted something, besides what the service did itself. */
async function scopes(identity = world.estate.identity): Promise<readonly string[]> {
  const { arm, estate } = world;
  const found = await arm("GET", `${identity}?${identities}`);
  const { principalId } = (found.body as { properties: { principalId: string } }).properties;
  const filter = encodeURIComponent(`principalId eq '${principalId}'`);
  const listed = await arm(
    "GET",
    `${estate.subscription}/providers/Microsoft.Authorization/roleAssignments?${rights}&$filter=${filter}`,
  );
  const grants = (listed.body as { value: { properties: { scope: string } }[] }).value.map(
    ({ properties }) => properties.scope,
  );
  return grants
    .filter((scope) => !/\/IT_/.test(scope))
    .map((scope) => scope.split("/").at(-1) ?? "")
    .sort();
}

async function undo(body: object): Promise<number> {
  const answer = await world.call<{ id: string; entries: number }>("POST", "undo", body, approver);
  expect(answer.status).toBe(202);
  await world.clock.until(async () => (await world.call("GET", `undo/${answer.body.id}`)).body.state === "done");
  type View = { readonly lines: readonly { readonly outcome: string; readonly problem?: unknown }[] };
  const { lines } = (await world.call<View>("GET", `undo/${answer.body.id}`)).body;
  expect(lines.filter(({ outcome }) => outcome !== "undone")).toEqual([]);
  // A removal is listed for some seconds more.
  await world.clock.advance(60_000);
  return answer.body.entries;
}

test("undo by template takes what that template alone rests on, and leaves what another one uses", async () => {
  await begin();
  const { networkGroup } = world.estate;
  await built({ template: template("a") });
  await built({ template: template("b", networkGroup) });
  await built({ template: template("c") });
  expect(await scopes()).toEqual(["gold", "rg-images", "rg-network"]);
  expect(await undo({ templateId: idOf("a") })).toBe(0);
  expect(await undo({ templateId: idOf("b") })).toBe(1);
  expect(await scopes()).toEqual(["gold", "rg-images"]);
});

test("undo by age takes the older grants back and leaves the younger ones", async () => {
  await begin();
  const { networkGroup } = world.estate;
  await built({ template: template("old") });
  await world.clock.advance(3_600_000);
  const between = new Date(world.clock.now()).toISOString();
  await built({ template: template("young", networkGroup) });
  expect(await undo({ madeBefore: between })).toBe(2);
  expect(await scopes()).toEqual(["rg-network"]);
  expect((await world.call("POST", "undo", { madeBefore: "yesterday" }, approver)).status).toBe(400);
});

test("with a template go the grants that it alone rested on, and nobody else's", async () => {
  await begin();
  const { arm, clock, estate } = world;
  await built({ template: template("a") });
  await built({ template: template("b", estate.networkGroup) });
  const { principalId } = (
    (await arm("GET", `${estate.identity}?${identities}`)).body as { properties: { principalId: string } }
  ).properties;
  const reader = "/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7";
  const theirs = `${estate.definition}/providers/Microsoft.Authorization/roleAssignments/aaaaaaaa-0000-4000-8000-000000000001`;
  await arm("PUT", `${theirs}?${rights}`, {
    properties: { roleDefinitionId: reader, principalId, principalType: "ServicePrincipal" },
  });
  await arm("DELETE", `${idOf("a")}?api-version=2024-02-01`);
  await clock.until(async () => (await scopes()).length < 4);
  await clock.advance(15 * 60_000);
  expect(await scopes()).toEqual([estate.definition.split("/").at(-1), "rg-network"].sort());
});

test.each(["terminated", "terminated and purged"])(
  "a build whose orchestration was %s is ended, told as lost, and what it was granted for its own time is taken back",
  async (how) => {
    // Long enough for the timer to find the build dead while its run goes on.
    await begin({ switches: { buildSeconds: [1800, 2000] } });
    const { clock, host } = world;
    const id = await asked({ template: template("dying"), grants: "justInTime" });
    await clock.until(async () => (await buildOf(id)).stage === "Customizing");
    expect(await scopes()).toEqual(["gold", "rg-images"]);
    const instance = `${host.url}/runtime/webhooks/durabletask/instances/${id}`;
    const code = `code=${"d".repeat(40)}`;
    expect((await fetch(`${instance}/terminate?reason=test&${code}`, { method: "POST" })).status).toBe(202);
    if (how !== "terminated") {
      await clock.advance(5_000);
      expect((await fetch(`${instance}?${code}`, { method: "DELETE" })).status).toBe(200);
    }
    const ended = await world.built(id);
    expect(ended).toMatchObject({ state: "failed", problem: { code: "BuildLost" } });
    await clock.advance(15_000);
    expect(await scopes()).toEqual([]);
    // The template is free: the next build follows the run that goes on.
    expect(await world.built(await asked({ templateId: idOf("dying") }))).toMatchObject({ state: "succeeded" });
    const runs = world
      .record()
      .filter(({ method, url, status }) => method === "POST" && status === 202 && /\/run\?/.test(url));
    expect(runs).toHaveLength(1);
  },
);

test("retention forgets the history of what is over; builds and ledger stay, and what was granted can still be taken back", async () => {
  await begin({ settings: { GOLDSMITH_RETENTION_DAYS: "1", GOLDSMITH_RECONCILE_SCHEDULE: "0 0 * * * *" } });
  const { clock, host } = world;
  const over = await asked({ template: template("over") });
  expect(await world.built(over)).toMatchObject({ state: "succeeded" });
  const status = async () =>
    (await fetch(`${host.url}/runtime/webhooks/durabletask/instances/${over}?code=${"d".repeat(40)}`)).status;
  expect(await status()).toBe(200);
  // The timer passes at half past three; what is younger than a day then stays a day longer.
  await clock.advance(2 * 24 * 3_600_000);
  expect(await status()).toBe(404);
  expect(await buildOf(over)).toMatchObject({ state: "succeeded" });
  expect(await scopes()).toEqual(["gold", "rg-images"]);
  expect(await undo({ all: true })).toBe(2);
  expect(await scopes()).toEqual([]);
});
