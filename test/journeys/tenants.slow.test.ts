import { type Application, addApplication, addTenant, type Tenant } from "../../local/azure/tenants.ts";
import { publish, verified } from "./proving.ts";
import { endStorage, startWorld, type TestWorld } from "./world.ts";

let world: TestWorld;
let other: Tenant;
let app: Application;
let image: string;

const reader = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const contributor = "b24988ac-6180-42a0-ab88-20f7382dd24c";
const group = () => `/subscriptions/${other.subscriptionId}/resourceGroups/rg-consumer`;

/** Asks ARM as a principal of any tenant. */
async function ask(principalId: string, method: string, path: string, body?: object) {
  const { endpoint } = world.azure;
  const token = world.azure.tokenFor(principalId);
  const answer = await fetch(`${endpoint}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { status: answer.status, body: (await answer.json()) as { error?: { code: string; message: string } } };
}

function assign(by: string, scope: string, role: string, principalId: string) {
  const name = crypto.randomUUID();
  const roleDefinitionId = `/subscriptions/${scope.split("/")[2]}/providers/Microsoft.Authorization/roleDefinitions/${role}`;
  const path = `${scope}/providers/Microsoft.Authorization/roleAssignments/${name}?api-version=2022-04-01`;
  return ask(by, "PUT", path, { properties: { roleDefinitionId, principalId, principalType: "ServicePrincipal" } });
}

beforeAll(async () => {
  world = await startWorld({
    settings: (estate, azure) => {
      const home = azure.settings.tenantId;
      other = addTenant(azure.world, "consumer");
      app = addApplication(azure.world, { subject: azure.settings.app.principalId, tenantIds: [home, other.tenantId] });
      const profile = {
        resourceGroupId: group(),
        sizes: [{ name: "Standard_D2s_v5" }],
        tenants: { clientId: app.clientId, tenantId: other.tenantId, imageTenantIds: [home] },
      };
      return {
        GOLDSMITH_FENCE: estate.subscription,
        GOLDSMITH_WATCH: estate.imagesGroup,
        GOLDSMITH_VERIFICATIONS: JSON.stringify({ default: profile }),
      };
    },
  });
  expect(
    (await ask(other.ownerId, "PUT", `${group()}?api-version=2024-03-01`, { location: "westeurope" })).status,
  ).toBe(201);
  image = await publish(world, "1.0.0");
}, 60_000);
afterAll(async () => {
  await world.stop();
  await endStorage();
});

const inTenant = (tenantId: string) => app.principals[tenantId.toLowerCase()] ?? "";
const home = () => world.azure.settings.tenantId;
const granted = () => world.clock.advance(15 * 60_000);

test("a token of one tenant opens nothing in the other's subscription", async () => {
  const { owner } = world.azure.settings;
  const { status, body } = await ask(owner.principalId, "GET", `${group()}?api-version=2024-03-01`);
  expect([status, body.error?.code]).toEqual([401, "InvalidAuthenticationTokenTenant"]);
});

test("whoever is not in the gallery's tenant cannot be given its images", async () => {
  const { owner } = world.azure.settings;
  const { status, body } = await assign(owner.principalId, world.estate.definition, reader, inTenant(other.tenantId));
  expect([status, body.error?.code]).toEqual([400, "PrincipalNotFound"]);
});

test("the consumer's rights are looked at first, in the source and in the target", async () => {
  expect(await verified(world, { image })).toMatchObject({
    state: "refused",
    problem: {
      code: "AuthorizationFailed",
      action: "Microsoft.Compute/galleries/images/read",
      principalId: inTenant(home()),
    },
  });
  const { owner } = world.azure.settings;
  expect((await assign(owner.principalId, world.estate.definition, reader, inTenant(home()))).status).toBe(201);
  await granted();
  expect(await verified(world, { image })).toMatchObject({
    state: "refused",
    problem: { code: "ConsumerRightsMissing", scope: group() },
  });
});

test("with rights in both, a machine is made in the other tenant from the image of this one, and no secret is anywhere", async () => {
  expect((await assign(other.ownerId, group(), contributor, inTenant(other.tenantId))).status).toBe(201);
  await granted();
  const view = await verified(world, { image });
  expect(view.problem).toBeUndefined();
  expect(view).toMatchObject({
    state: "proven",
    versionId: image,
    machines: [{ vmId: expect.stringContaining(group()) }],
  });
  const made = world.record().find(({ method, url }) => method === "PUT" && /virtualMachines/.test(url));
  expect(made).toMatchObject({ status: 201, caller: inTenant(other.tenantId) });
  const left = await ask(other.ownerId, "GET", `${group()}/resources?api-version=2024-03-01`);
  expect(left.body).toMatchObject({ value: [] });
});

test("without the auxiliary token Azure says which subscription is foreign", async () => {
  const nicId = `${group()}/providers/Microsoft.Network/networkInterfaces/none`;
  const { status, body } = await ask(
    inTenant(other.tenantId),
    "PUT",
    `${group()}/providers/Microsoft.Compute/virtualMachines/vm?api-version=2024-07-01`,
    {
      location: "westeurope",
      properties: {
        hardwareProfile: { vmSize: "Standard_D2s_v5" },
        storageProfile: { imageReference: { id: image }, osDisk: { createOption: "FromImage" } },
        networkProfile: { networkInterfaces: [{ id: nicId }] },
      },
    },
  );
  expect([status, body.error?.code]).toEqual([403, "LinkedAuthorizationFailed"]);
  expect(body.error?.message).toContain(
    `is not authorized to access linked subscription '${world.estate.subscription.split("/")[2]}'`,
  );
});
