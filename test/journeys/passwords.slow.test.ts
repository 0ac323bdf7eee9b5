import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { connectStore } from "../../shared/store/index.ts";
import { leftIn, makeDefinition, profiles, publish, seedVerification, verified, verifyGroup } from "./proving.ts";
import { endStorage, startWorld, type TestWorld } from "./world.ts";

/** What the settings name of the operator's: a vault, and a storage account with scripts. */
let world: TestWorld;
let windows: string;
const vaultName = "kv-verify";
const script = "echo all services run\nexit 0";
const hash = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}`;

beforeAll(async () => {
  world = await startWorld({
    settings: (estate) => {
      const vaultId = `${verifyGroup(estate)}/providers/Microsoft.KeyVault/vaults/${vaultName}`;
      const accountId = `${verifyGroup(estate)}/providers/Microsoft.Storage/storageAccounts/stscripts`;
      const blob = (path: string) => ({ scripts: [{ name: "smoke", blob: { accountId, path } }] });
      return {
        GOLDSMITH_RECONCILE_SCHEDULE: "0 0 * * * *",
        ...profiles({
          made: { password: { vaultId } },
          given: { password: { vaultId, secret: "administrator" } },
          missing: { password: { vaultId, secret: "nobody-wrote-it" } },
          policies: { password: { vaultId: vaultId.replace(vaultName, "kv-policies") } },
          scripted: blob("scripts/smoke.sh"),
          unscripted: blob("scripts/none.sh"),
          unreadable: blob("closed/smoke.sh"),
        })(estate),
      };
    },
  });
  await seedVerification(world);
  await seedVaults();
  await seedScripts();
  const definition = await makeDefinition(world, "windows-2025", "Windows");
  await world.clock.advance(60_000);
  windows = await publish(world, "1.0.0", { definition, osType: "Windows" });
});
afterAll(async () => {
  await world.stop();
  await endStorage();
});

const location = "westeurope";
const officer = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7";
const blobReader = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1";
const blobContributor = "ba92f5b4-2d11-453d-a403-e96b0029c9fe";

async function put(id: string, version: string, properties: object): Promise<void> {
  expect((await world.arm("PUT", `${id}?api-version=${version}`, { location, properties })).status).toBeLessThan(300);
}

async function assign(scope: string, role: string, principalId: string): Promise<void> {
  const id = `${scope}/providers/Microsoft.Authorization/roleAssignments/${crypto.randomUUID()}`;
  const roleDefinitionId = `${world.estate.subscription}/providers/Microsoft.Authorization/roleDefinitions/${role}`;
  const body = { properties: { roleDefinitionId, principalId, principalType: "ServicePrincipal" } };
  expect((await world.arm("PUT", `${id}?api-version=2022-04-01`, body)).status).toBe(201);
}

async function seedVaults(): Promise<void> {
  const { azure, clock, estate } = world;
  for (const [name, enableRbacAuthorization] of [
    [vaultName, true],
    ["kv-policies", false],
  ] as const)
    await put(`${verifyGroup(estate)}/providers/Microsoft.KeyVault/vaults/${name}`, "2023-07-01", {
      enableRbacAuthorization,
    });
  await assign(verifyGroup(estate), officer, azure.settings.owner.principalId);
  await clock.advance(20 * 60_000);
  expect((await secret("PUT", "secrets/administrator", { value: given })).status).toBe(200);
}

const given = "Given-by-the-operator-1!";

/** The vault as its officer sees it. */
async function secret(method: string, path: string, body?: object): Promise<{ status: number; text: string }> {
  const { azure } = world;
  const token = azure.tokenFor(azure.settings.owner.principalId, "https://vault.azure.net");
  const answer = await fetch(`${azure.endpoint}/${vaultName}.vault/${path}?api-version=7.4`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { status: answer.status, text: await answer.text() };
}

async function seedScripts(): Promise<void> {
  const { azure, clock, estate } = world;
  const account = `${verifyGroup(estate)}/providers/Microsoft.Storage/storageAccounts/stscripts`;
  await put(account, "2023-05-01", {});
  await assign(account, blobContributor, azure.settings.owner.principalId);
  await assign(`${account}/blobServices/default/containers/scripts`, blobReader, azure.settings.app.principalId);
  await clock.advance(20 * 60_000);
  for (const container of ["scripts", "closed"]) {
    await upload(`${container}?restype=container`);
    await upload(`${container}/smoke.sh`, script);
  }
}

async function upload(path: string, body?: string): Promise<void> {
  const { azure } = world;
  const token = azure.tokenFor(azure.settings.owner.principalId, "https://storage.azure.com");
  const headers = { authorization: `Bearer ${token}`, "x-ms-blob-type": "BlockBlob" };
  const answer = await fetch(`${azure.endpoint}/stscripts/${path}`, {
    method: "PUT",
    headers,
    ...(body ? { body } : {}),
  });
  expect([path, answer.status]).toEqual([path, 201]);
}

/** The passwords that machines were made with, as Azure was sent them. */
const passwords = () =>
  world.record().flatMap(({ method, url, requestBody }) => {
    const { properties } = (requestBody ?? {}) as { properties?: { osProfile?: { adminPassword?: string } } };
    const password = properties?.osProfile?.adminPassword;
    return method === "PUT" && /virtualMachines\/[^/]+\?/i.test(url) && password ? [password] : [];
  });

test("a Windows machine gets a password that its vault alone keeps, and that goes with the machine", async () => {
  const asked = await world.call<{ id: string }>("POST", "verifications", { image: windows, profile: "made" });
  const view = async () =>
    (
      await world.call<{
        machines: { password?: { secretId: string; generated: boolean } }[];
        state: string;
        open: boolean;
      }>("GET", `verifications/${asked.body.id}`)
    ).body;
  await world.clock.until(async () => (await view()).state === "booting");
  const { machines } = await view();
  expect(machines[0]?.password).toMatchObject({
    generated: true,
    secretId: expect.stringMatching(/kv-verify\/secrets\/gv/),
  });
  const name = `secrets/${machines[0]?.password?.secretId.split("/").at(-1)}`;
  const kept = await secret("GET", name);
  const { value, attributes } = JSON.parse(kept.text) as { value: string; attributes: { exp: number } };
  expect(passwords()).toEqual([value]);
  expect(attributes.exp * 1000).toBeGreaterThan(world.clock.now());
  await world.clock.until(async () => !(await view()).open);
  expect((await view()).state).toBe("proven");
  expect((await secret("GET", name)).status).toBe(404);
  expect((await leftIn(world)).filter((id) => !/vaults|storageAccounts/i.test(id))).toEqual([]);
  await mustNowhereBe(value, asked.body.id);
});

/** Not in what the app keeps, answers, logs, nor in durable history; `known` has to be there, or nothing was looked through. */
async function mustNowhereBe(password: string, known: string): Promise<void> {
  const store = connectStore({ kind: "connectionString", connectionString: world.storage });
  const names = await store.documents.list("");
  const documents = await Promise.all(names.map((name) => store.documents.get(name)));
  const hub = readdirSync(world.directory)
    .filter((name) => name.startsWith("hub.db"))
    .map((name) => readFileSync(join(world.directory, name), "latin1"));
  const places: Record<string, string> = {
    documents: names.join() + JSON.stringify(documents),
    record: JSON.stringify(await store.verifications.get(known)),
    timeline: JSON.stringify(await store.timeline.list(known)) + known,
    answers: JSON.stringify((await world.call("GET", `verifications/${known}`)).body),
    log: JSON.stringify(world.log()).replaceAll("makeTestMachine", known),
    history: hub.join(),
  };
  for (const [place, text] of Object.entries(places))
    expect([place, text.includes(known), text.includes(password)]).toEqual([place, true, false]);
}

test("one that the operator names is read, used, and left where it is", async () => {
  const view = await verified(world, { image: windows, profile: "given" });
  expect(view).toMatchObject({ state: "proven", machines: [{ password: { generated: false } }] });
  expect(passwords().at(-1)).toBe(given);
  expect((await secret("GET", "secrets/administrator")).status).toBe(200);
  await mustNowhereBe(given, view.id);
});

test.each([
  ["a secret that nobody wrote", "missing", "SecretMissing"],
  ["a vault that lets nobody in by roles", "policies", "VaultForbidden"],
])("%s is found before anything is made", async (_, profile, code) => {
  const from = world.record().length;
  expect(await verified(world, { image: windows, profile })).toMatchObject({ state: "refused", problem: { code } });
  expect(
    world
      .record()
      .slice(from)
      .filter(({ caller, method }) => caller === "app" && method !== "GET"),
  ).toEqual([]);
});

test("Linux machines need no password, whatever the profile says", async () => {
  const linux = await publish(world, "1.0.0");
  const view = await verified(world, { image: linux, profile: "made" });
  expect(view.state).toBe("proven");
  expect(view.machines[0]).not.toHaveProperty("password");
});

test("a script is read from its blob with the app's own right, run, and named in the proof by the hash of what ran", async () => {
  const linux = await publish(world, "1.0.1");
  const asked = await world.call<{ id: string }>("POST", "verifications", { image: linux, profile: "scripted" });
  const view = async () =>
    (
      await world.call<{ state: string; open: boolean; proof?: { machines: { scripts: object[] }[] } }>(
        "GET",
        `verifications/${asked.body.id}`,
      )
    ).body;
  await world.clock.until(async () => (await view()).state === "booting");
  await upload("scripts/smoke.sh", "exit 1 # changed meanwhile");
  await world.clock.until(async () => !(await view()).open);
  await upload("scripts/smoke.sh", script);
  expect((await view()).proof?.machines[0]?.scripts).toMatchObject([
    { name: "smoke", hash: hash(script), passed: true, output: expect.stringContaining("all services run") },
  ]);
});

test.each([
  ["that is not there", "unscripted", "ScriptMissing"],
  ["in a container that the app may not read", "unreadable", "BlobNotReadable"],
])("a script %s is found before anything is made", async (_, profile, code) => {
  const from = world.record().length;
  const image = `${world.estate.definition}/versions/1.0.1`;
  expect(await verified(world, { image, profile })).toMatchObject({ state: "refused", problem: { code } });
  expect(
    world
      .record()
      .slice(from)
      .filter(({ caller, method }) => caller === "app" && method !== "GET"),
  ).toEqual([]);
});
