import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ComputeManagementClient, type VirtualMachine } from "@azure/arm-compute";
import { auxiliaryAuthenticationHeaderPolicy } from "@azure/core-rest-pipeline";
import { type AzureEmulator, startAzure } from "../../../../local/azure/index.ts";
import { addApplication, addTenant } from "../../../../local/azure/tenants.ts";
import { scaledClock } from "../../../../local/clock.ts";
import { trust } from "../trust.ts";

/** Seed 004, row by row: a machine from an image that was shared by RBAC or directly, in the tenant and across tenants. */
let azure: AzureEmulator;
let directory: string;
let owner: string;
let client: ComputeManagementClient;
let gallery: string;

const location = "westeurope";
const reader = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const contributor = "b24988ac-6180-42a0-ab88-20f7382dd24c";
const group = (subscriptionId: string) => `/subscriptions/${subscriptionId}/resourceGroups/myResourceGroup`;
const home = () => azure.settings.subscriptionId;

const credential = (principalId: string) => ({
  getToken: async () => ({ token: azure.tokenFor(principalId), expiresOnTimestamp: Date.now() + 60_000 }),
});

async function ask(principalId: string, method: string, path: string, body?: object) {
  const headers = { authorization: `Bearer ${azure.tokenFor(principalId)}`, "content-type": "application/json" };
  const sent = { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) };
  const answer = await fetch(`${azure.endpoint}${path}`, sent);
  return {
    status: answer.status,
    body: (await answer.json()) as { error?: { code: string; message: string } } & Record<string, unknown>,
  };
}

/** A network with an interface in a consumer's subscription. */
async function makeInterface(by: string, subscriptionId: string, name: string): Promise<string> {
  const network = `${group(subscriptionId)}/providers/Microsoft.Network`;
  const subnets = [{ name: "mySubnet", properties: { addressPrefix: "192.168.1.0/24" } }];
  const settled = async (path: string) => {
    while (!/"Succeeded"/.test(JSON.stringify((await ask(by, "GET", path)).body.properties ?? {})));
  };
  await ask(by, "PUT", `${group(subscriptionId)}?api-version=2024-03-01`, { location });
  const vnet = `${network}/virtualNetworks/MYvNET?api-version=2024-01-01`;
  await ask(by, "PUT", vnet, {
    location,
    properties: { addressSpace: { addressPrefixes: ["192.168.0.0/16"] }, subnets },
  });
  await settled(vnet);
  const id = `${network}/networkInterfaces/${name}`;
  const subnet = { id: `${network}/virtualNetworks/MYvNET/subnets/mySubnet` };
  const properties = { ipConfigurations: [{ name: "ip", properties: { subnet } }] };
  const made = await ask(by, "PUT", `${id}?api-version=2024-01-01`, { location, properties });
  expect(made.status).toBeLessThan(300);
  await settled(`${id}?api-version=2024-01-01`);
  return id;
}

async function publish(definition: string, osState: string, name: string, regions = [location]): Promise<string> {
  const image = await client.images.createOrUpdate("rg-images", `base-${definition}`, {
    location,
    hyperVGeneration: "V1",
    storageProfile: { osDisk: { osType: "Linux", osState: osState as "Generalized" } },
  });
  await client.galleryImages.createOrUpdate("rg-images", "gold", definition, {
    location,
    osType: "Linux",
    osState: osState as "Generalized",
    hyperVGeneration: "V1",
    identifier: { publisher: "p", offer: "o", sku: definition },
  });
  const version = await client.galleryImageVersions.createOrUpdate("rg-images", "gold", definition, name, {
    location,
    publishingProfile: { targetRegions: regions.map((region) => ({ name: region })) },
    storageProfile: { source: { id: image.id ?? "" } },
  });
  return version.id ?? "";
}

let version: string;
let specialized: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "goldsmith-seed004-"));
  const real = Date.now();
  const clock = scaledClock(() => ({ real, virtual: real, speed: 600 }));
  azure = await startAzure({ dataDirectory: directory, port: 0, clock, switches: { grantEffectiveSeconds: [0, 0] } });
  trust(azure.caFile);
  owner = azure.settings.owner.principalId;
  client = new ComputeManagementClient(credential(owner), home(), { endpoint: azure.endpoint });
  await ask(owner, "PUT", `/subscriptions/${home()}/resourceGroups/rg-images?api-version=2024-03-01`, { location });
  gallery =
    (
      await client.galleries.createOrUpdate("rg-images", "gold", {
        location,
        sharingProfile: { permissions: "Groups" },
      })
    ).id ?? "";
  version = await publish("myDefinition", "Generalized", "1.0.0");
  specialized = await publish("mySpecialized", "Specialized", "1.0.0");
}, 60_000);
afterAll(async () => {
  await azure.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** The body of the seed, with the parts that rows vary. */
const machine = (nicId: string, imageReference: object, osProfile: object | null = profile): VirtualMachine => ({
  location,
  hardwareProfile: { vmSize: "Standard_D1_v2" },
  storageProfile: {
    imageReference,
    osDisk: { createOption: "FromImage", caching: "ReadWrite", managedDisk: { storageAccountType: "Standard_LRS" } },
  },
  ...(osProfile ? { osProfile } : {}),
  networkProfile: { networkInterfaces: [{ id: nicId, primary: true }] },
});
const profile = { adminUsername: "azureuser", computerName: "myVM", adminPassword: "Correct-horse-1" };

async function make(name: string, imageReference: object, osProfile: object | null = profile) {
  const nicId = await makeInterface(owner, home(), `${name}-nic`);
  const wanted = machine(nicId, imageReference, osProfile);
  return client.virtualMachines.createOrUpdate("myResourceGroup", name, wanted);
}

describe("in the tenant", () => {
  test("by the id of a version", async () => {
    const made = await make("byVersion", { id: version });
    expect(made).toMatchObject({
      provisioningState: "Succeeded",
      storageProfile: { imageReference: { id: version, exactVersion: "1.0.0" } },
    });
    expect(JSON.stringify(made)).not.toContain("Correct-horse-1");
    const view = await client.virtualMachines.instanceView("myResourceGroup", "byVersion");
    expect(view.statuses?.map(({ code }) => code)).toEqual(["ProvisioningState/succeeded", "PowerState/running"]);
  });

  test("by the id of a definition, which is latest", async () => {
    const made = await make("byDefinition", { id: version.replace("/versions/1.0.0", "") });
    expect(made.storageProfile?.imageReference?.exactVersion).toBe("1.0.0");
  });

  test("a specialized image is told apart: it takes no account, a generalized one needs one", async () => {
    await expect(make("special", { id: specialized })).rejects.toMatchObject({
      code: "InvalidParameter",
      message: "Parameter 'osProfile' is not allowed.",
    });
    expect(await make("special", { id: specialized }, null)).toMatchObject({ provisioningState: "Succeeded" });
    await expect(make("general", { id: version }, null)).rejects.toMatchObject({
      message: "Required parameter 'osProfile' is missing (null).",
    });
  });

  test("not where the image is not, and not by a size that cannot boot it", async () => {
    const nicId = await makeInterface(owner, home(), "elsewhere-nic");
    const elsewhere = { ...machine(nicId, { id: version }), location: "eastus" };
    await expect(
      client.virtualMachines.createOrUpdate("myResourceGroup", "elsewhere", elsewhere),
    ).rejects.toMatchObject({
      code: "GalleryImageNotFound",
      message: `The gallery image ${version} is not available in eastus region. Please contact image owner to replicate to this region, or change your requested region.`,
    });
    const arm = { ...machine(nicId, { id: version }), hardwareProfile: { vmSize: "Standard_D2ps_v5" } };
    await expect(client.virtualMachines.createOrUpdate("myResourceGroup", "arm", arm)).rejects.toMatchObject({
      code: "BadRequest",
    });
  });
});

describe("shared directly", () => {
  let uniqueName: string;

  beforeAll(async () => {
    const groups = [{ type: "Subscriptions", ids: [home()] }];
    await client.gallerySharingProfile.update("rg-images", "gold", { operationType: "Add", groups });
    const shown = await client.galleries.get("rg-images", "gold", { expand: "SharingProfile/Groups" });
    expect(shown.sharingProfile).toEqual({ permissions: "Groups", groups });
    uniqueName = `${home()}-GOLD`;
  });

  test("the id is found as the seed reads it", async () => {
    const path = `/subscriptions/${home()}/providers/Microsoft.Compute/Locations/${location}/sharedGalleries/${uniqueName}/Images/myDefinition/Versions/1.0.0?api-version=2021-07-01`;
    expect((await ask(owner, "GET", path)).body).toMatchObject({
      name: "1.0.0",
      identifier: { uniqueId: `/SharedGalleries/${uniqueName}/Images/myDefinition/Versions/1.0.0` },
    });
  });

  test.each(["2021-03-01", "2021-07-01"])(
    "the REST body of the seed makes a machine with api-version %s",
    async (apiVersion) => {
      const nic = await makeInterface(owner, home(), `shared-${apiVersion}`);
      const reference = { sharedGalleryImageId: `/sharedGalleries/${uniqueName}/images/myDefinition/versions/1.0.0` };
      const { location: region, networkProfile: _, ...properties } = machine(nic, reference);
      const interfaces = [{ id: nic, properties: { primary: true } }];
      const wanted = {
        location: region,
        properties: { ...properties, networkProfile: { networkInterfaces: interfaces } },
      };
      const path = `${group(home())}/providers/Microsoft.Compute/virtualMachines/shared-${apiVersion}?api-version=${apiVersion}`;
      const { status, body } = await ask(owner, "PUT", path, wanted);
      expect([status, body.error]).toEqual([201, undefined]);
    },
  );

  test("latest of a shared image, through the client", async () => {
    const reference = { sharedGalleryImageId: `/sharedGalleries/${uniqueName}/images/myDefinition/versions/latest` };
    expect(await make("sharedLatest", reference)).toMatchObject({ provisioningState: "Succeeded" });
  });
});

test("from another tenant: with the token of the gallery's tenant beside one's own, and not without", async () => {
  const other = addTenant(azure.world, "consumer");
  const app = addApplication(azure.world, {
    subject: azure.settings.app.principalId,
    tenantIds: [azure.settings.tenantId, other.tenantId],
  });
  const [atHome = "", there = ""] = [azure.settings.tenantId, other.tenantId].map(
    (id) => app.principals[id.toLowerCase()],
  );
  const assign = (by: string, scope: string, role: string, principalId: string) =>
    ask(
      by,
      "PUT",
      `${scope}/providers/Microsoft.Authorization/roleAssignments/${crypto.randomUUID()}?api-version=2022-04-01`,
      {
        properties: {
          principalId,
          principalType: "ServicePrincipal",
          roleDefinitionId: `/subscriptions/${scope.split("/")[2]}/providers/Microsoft.Authorization/roleDefinitions/${role}`,
        },
      },
    );
  const nicId = await makeInterface(other.ownerId, other.subscriptionId, "myNic");
  expect((await assign(owner, gallery, reader, atHome)).status).toBe(201);
  expect((await assign(other.ownerId, group(other.subscriptionId), contributor, there)).status).toBe(201);
  const auxiliary = auxiliaryAuthenticationHeaderPolicy({
    credentials: [credential(atHome)],
    scopes: "https://management.azure.com/.default",
  });
  const options = { endpoint: azure.endpoint };
  const plain = new ComputeManagementClient(credential(there), other.subscriptionId, options);
  const withBoth = new ComputeManagementClient(credential(there), other.subscriptionId, {
    ...options,
    additionalPolicies: [{ policy: auxiliary, position: "perRetry" }],
  });
  await expect(
    plain.virtualMachines.createOrUpdate("myResourceGroup", "myVM", machine(nicId, { id: version })),
  ).rejects.toMatchObject({
    code: "LinkedAuthorizationFailed",
    message: expect.stringContaining(`is not authorized to access linked subscription '${home()}'`),
  });
  expect(
    await withBoth.virtualMachines.createOrUpdate("myResourceGroup", "myVM", machine(nicId, { id: version })),
  ).toMatchObject({
    provisioningState: "Succeeded",
    storageProfile: { imageReference: { id: version } },
  });
});

test("where a version of Compute's API is older than the member, it says so", async () => {
  await fetch(`${azure.endpoint}/emulator/switches`, {
    method: "POST",
    body: JSON.stringify({ sharedGalleryImageSince: "2021-07-01" }),
  });
  const nicId = await makeInterface(owner, home(), "older-nic");
  const {
    location: region,
    networkProfile,
    ...rest
  } = machine(nicId, { sharedGalleryImageId: `/sharedGalleries/${home()}-GOLD/images/myDefinition/versions/1.0.0` });
  const path = `${group(home())}/providers/Microsoft.Compute/virtualMachines/older?api-version=2021-03-01`;
  const { status, body } = await ask(owner, "PUT", path, { location: region, properties: { ...rest, networkProfile } });
  expect([status, body.error?.code]).toEqual([400, "BadRequest"]);
});
