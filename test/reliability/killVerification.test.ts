import { readFileSync } from "node:fs";
import type { Estate } from "../../local/estate.ts";
import type { Owner } from "../../local/owner.ts";
import { eventually } from "../../local/processes.ts";
import { isVerified, type Proof, type Verification } from "../../shared/verification.ts";
import { makeDefinition } from "../journeys/proving.ts";
import { trust } from "../local/azure/trust.ts";
import { type Fleet, raise } from "./fleet.ts";

/** `kill -9` of the host thirty times while images are verified, at any instant: nothing stays behind, and nothing is proven that was not seen to boot. */
const kills = 30;
/** Verifications under way at a time. */
const atOnce = 3;
const location = "westeurope";
let world: Fleet;
let arm: Owner;
let estate: Estate;
let group: string;
let windowsDefinition: string;

beforeAll(async () => {
  world = await raise(7371, 60, ({ subscription }) => {
    group = `${subscription}/resourceGroups/rg-verify`;
    const scripts = [{ name: "smoke", text: "echo well\nexit 0" }];
    const base = { resourceGroupId: group, sizes: [{ name: "Standard_D2s_v5" }], scripts };
    const windows = { ...base, scripts: [], password: { vaultId: vault() } };
    return { GOLDSMITH_VERIFICATIONS: JSON.stringify({ default: base, pair: { ...base, vms: 2 }, windows }) };
  });
  trust(world.azure.caFile);
  ({ arm, estate } = world);
  await arm("PUT", `${group}?api-version=2024-03-01`, { location });
  await arm("PUT", `${vault()}?api-version=2023-07-01`, { location, properties: { enableRbacAuthorization: true } });
  windowsDefinition = await makeDefinition({ arm, estate }, "windows-2025", "Windows");
}, 120_000);

afterAll(async () => {
  await world.stop();
});

const vault = () => `${group}/providers/Microsoft.KeyVault/vaults/kv-kill`;

test(`after ${kills} kills no machine, interface, disk, network or password is left, and every proof has its boot`, async () => {
  const good = await publish("1.0.0");
  const bad = await publish("2.0.0");
  await control("boot-faults", { imageId: bad, fault: { kind: "provisioningFails" } });
  await officer();
  const windows = await publish("1.0.0", windowsDefinition, "Windows");
  const turns = [
    [good, "pair"],
    [windows, "windows"],
    [bad, "pair"],
    [good, "default"],
  ] as const;
  const asked: string[] = [];
  for (let kill = 0; kill < kills; kill++) {
    while ((await goingOn(asked)) < atOnce) {
      const [image, profile] = turns[asked.length % turns.length] ?? turns[0];
      asked.push(await verify(image, profile));
    }
    await moment(100 + ((kill * 397) % 1500));
    process.kill(world.host.pid() ?? 0, "SIGKILL");
  }
  const ended = await Promise.all(asked.map((id) => eventually("its end", () => over(id), 240_000)));
  expect(await left()).toEqual([vault()]);
  const made = ended.flatMap(({ machines }) => machines.flatMap(({ password }) => password?.secretId ?? []));
  expect(made.length).toBeGreaterThan(3);
  for (const secretId of made) expect([secretId, await secretStatus(secretId)]).toEqual([secretId, 404]);
  const proven = ended.filter(({ state }) => state === "proven");
  expect(proven.length).toBeGreaterThan(3);
  for (const one of ended) expect(one.state).toBe(one.image.id === bad ? "failed" : "proven");
  for (const { proof, machines } of proven) {
    expect(proof?.machines.length).toBe(machines.length);
    for (const { vmId } of machines) expect(seenReady(vmId)).toBe(true);
  }
  console.log(`${kills} kills, ${ended.length} verifications, ${proven.length} proven`);
}, 560_000);

type View = Verification & { readonly proof?: Proof };

const moment = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Asks the app, again and again while its host is down. */
async function call<T>(method: string, path: string, body?: object): Promise<T> {
  return eventually(
    path,
    async () => {
      const headers = { "x-functions-key": world.functionKey, "idempotency-key": JSON.stringify(body ?? "") };
      const sent = { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) };
      const answer = await fetch(`${world.appUrl}/api/${path}`, sent).catch(() => undefined);
      return answer?.ok ? ((await answer.json()) as T) : undefined;
    },
    120_000,
  );
}

let keys = 0;
const verify = async (image: string, profile: string) =>
  // The key makes a question that is asked twice one verification.
  (
    await call<{ id: string }>("POST", "verifications", {
      image,
      profile,
      region: location,
      ...nothing(keys++),
    })
  ).id;

/** A field that is the same for everybody and yet makes every body another. */
const nothing = (n: number) => ({ sshPublicKey: `ssh-ed25519 ${"A".repeat(68)} test${n}` });

async function goingOn(ids: readonly string[]): Promise<number> {
  const views = await Promise.all(ids.map((id) => call<View>("GET", `verifications/${id}`)));
  return views.filter(({ state, open }) => open || !isVerified(state)).length;
}

async function over(id: string): Promise<View | undefined> {
  const view = await call<View>("GET", `verifications/${id}`);
  return isVerified(view.state) && !view.open ? view : undefined;
}

/** Lets the owner look into the vault; by the time anybody looks it works. */
async function officer(): Promise<void> {
  const role = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7";
  const roleDefinitionId = `${estate.subscription}/providers/Microsoft.Authorization/roleDefinitions/${role}`;
  const { principalId } = world.azure.owner;
  const id = `${vault()}/providers/Microsoft.Authorization/roleAssignments/aaaaaaaa-0000-4000-8000-000000000001`;
  await arm("PUT", `${id}?api-version=2022-04-01`, {
    properties: { roleDefinitionId, principalId, principalType: "ServicePrincipal" },
  });
}

/** What the vault says to one of its own officers: 404 once a secret was deleted, as 404 where it never was. */
async function secretStatus(secretId: string): Promise<number> {
  const { armEndpoint, tenantId, owner } = world.azure;
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: owner.clientId,
    client_secret: owner.clientSecret,
    scope: "https://vault.azure.net/.default",
  });
  const signedIn = await fetch(`${armEndpoint}/${tenantId}/oauth2/v2.0/token`, { method: "POST", body: form });
  const { access_token } = (await signedIn.json()) as { access_token: string };
  const headers = { authorization: `Bearer ${access_token}` };
  const name = secretId.split("/").at(-1);
  return (await fetch(`${armEndpoint}/kv-kill.vault/secrets/${name}?api-version=7.4`, { headers })).status;
}

async function left(): Promise<readonly string[]> {
  const { body } = await arm("GET", `${group}/resources?api-version=2024-03-01`);
  return (body as { value: { id: string }[] }).value.map(({ id }) => id);
}

async function publish(name: string, definition = estate.definition, osType = "Linux"): Promise<string> {
  const image = `${estate.imagesGroup}/providers/Microsoft.Compute/images/base-${osType.toLowerCase()}`;
  const storageProfile = { osDisk: { osType, osState: "Generalized", diskSizeGB: 30 } };
  const read = (id: string, version: string) => arm("GET", `${id}?api-version=${version}`);
  const settled = (id: string, version: string) =>
    eventually(
      id,
      async () => (/"Succeeded"/.test(JSON.stringify((await read(id, version)).body)) ? true : undefined),
      60_000,
    );
  await arm("PUT", `${image}?api-version=2024-03-01`, {
    location,
    properties: { hyperVGeneration: "V2", storageProfile },
  });
  await settled(image, "2024-03-01");
  const id = `${definition}/versions/${name}`;
  const properties = {
    publishingProfile: { targetRegions: [{ name: location }] },
    storageProfile: { source: { id: image } },
  };
  await arm("PUT", `${id}?api-version=2023-07-03`, { location, properties });
  await settled(id, "2023-07-03");
  return id;
}

async function control(name: string, body: object): Promise<void> {
  await fetch(`${world.azure.armEndpoint}/emulator/${name}`, { method: "POST", body: JSON.stringify(body) });
}

/** Whether the app ever read the machine with its agent ready. */
function seenReady(vmId: string): boolean {
  return readFileSync(world.record, "utf8")
    .split("\n")
    .some(
      (line) => line.includes(`${vmId}?`) && line.includes('"caller":"app"') && line.includes("Guest Agent is running"),
    );
}
