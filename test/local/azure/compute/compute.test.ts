import { latestVersion } from "../../../../local/azure/compute/latest.ts";
import { definitionProperties, type Estate, startEstate } from "../support/builderEstate.ts";

let estate: Estate;
let gallery: string;
let image: string;
beforeAll(async () => {
  estate = await startEstate();
  gallery = `${estate.group}/providers/Microsoft.Compute/galleries/gold`;
  image = `${estate.group}/providers/Microsoft.Compute/images/base`;
  await estate.made(image, {
    location: "westeurope",
    properties: { hyperVGeneration: "V2", storageProfile: { osDisk: { osType: "Linux", osState: "Generalized" } } },
  });
});
afterAll(() => estate?.stop());

const version = (properties: object = {}) => ({
  location: "West Europe",
  properties: { storageProfile: { source: { id: image } }, ...properties },
});

test.each(["with-hyphen", "_start", "end.", "a".repeat(81)])("A gallery cannot be called %s", async (name) => {
  const reply = await estate.arm("PUT", `${estate.group}/providers/Microsoft.Compute/galleries/${name}`, {
    location: "westeurope",
  });
  expect([reply.status, reply.body.error.code]).toEqual([400, "InvalidParameter"]);
});

test("A gallery's name is unique in the subscription, and a gallery with definitions cannot be deleted", async () => {
  const other = `${estate.bench.subscription}/resourceGroups/other`;
  await estate.made(other, { location: "westeurope" });
  const twin = await estate.arm("PUT", `${other}/providers/Microsoft.Compute/galleries/GOLD`, {
    location: "westeurope",
  });
  expect(twin.status).toBe(409);
  const removal = await estate.arm("DELETE", gallery);
  expect([removal.status, removal.body.error.code]).toEqual([409, "CannotDeleteResource"]);
});

test("A write is Creating at first, with an operation to follow, and Succeeded later", async () => {
  const id = `${gallery}/images/fresh`;
  const accepted = await estate.arm("PUT", id, {
    location: "westeurope",
    properties: definitionProperties("fresh", "V2"),
  });
  expect([accepted.status, accepted.body.properties.provisioningState]).toEqual([201, "Creating"]);
  expect((await estate.settled(accepted)).body.status).toBe("Succeeded");
  expect((await estate.arm("GET", id)).body.properties).toMatchObject({
    provisioningState: "Succeeded",
    hyperVGeneration: "V2",
    architecture: "x64",
  });
});

test("Publisher, offer and SKU are unique in a gallery; what a definition says of its image does not change", async () => {
  const twin = await estate.arm("PUT", `${gallery}/images/twin`, {
    location: "westeurope",
    properties: definitionProperties("UBUNTU", "V2"),
  });
  expect([twin.status, twin.body.error.code]).toEqual([409, "OperationNotAllowed"]);
  const changed = await estate.arm("PUT", estate.definition, {
    location: "westeurope",
    properties: definitionProperties("ubuntu", "V1"),
  });
  expect(changed.body.error).toEqual({
    code: "PropertyChangeNotAllowed",
    message: "Changing property 'galleryImage.properties.hyperVGeneration' is not allowed.",
  });
  const described = await estate.arm("PATCH", estate.definition, { properties: { description: "hello" } });
  expect([described.status, described.body.properties.description]).toEqual([200, "hello"]);
  await estate.settled(described);
});

test("Up to 2024 an omitted generation means V1, from 2025-03-03 on V2 with trusted launch", async () => {
  const { hyperVGeneration: _, ...bare } = definitionProperties("omitted", "");
  const older = await estate.arm(
    "PUT",
    `${gallery}/images/older`,
    { location: "westeurope", properties: { ...bare, identifier: { publisher: "a", offer: "b", sku: "1" } } },
    "2024-03-03",
  );
  expect(older.body.properties.hyperVGeneration).toBe("V1");
  const newer = await estate.arm(
    "PUT",
    `${gallery}/images/newer`,
    { location: "westeurope", properties: { ...bare, identifier: { publisher: "a", offer: "b", sku: "2" } } },
    "2025-03-03",
  );
  expect(newer.body.properties).toMatchObject({
    hyperVGeneration: "V2",
    features: [{ name: "SecurityType", value: "TrustedLaunchSupported" }],
  });
  await estate.settled(newer);
});

test.each(["1.0", "1.0.0-beta", "latest", "1.0.99999999999"])("An image version cannot be called %s", async (name) => {
  const reply = await estate.arm("PUT", `${estate.definition}/versions/${name}`, version());
  expect([reply.status, reply.body.error.code]).toEqual([400, "InvalidParameter"]);
});

test("latest is the highest number that is ready, offered in the region and not excluded; not the newest", async () => {
  const versions = `${estate.definition}/versions`;
  await estate.made(`${versions}/1.10.0`, version());
  await estate.made(`${versions}/1.9.0`, version());
  await estate.made(`${versions}/2.0.0`, version({ publishingProfile: { excludeFromLatest: true } }));
  const further = [{ name: "westeurope", excludeFromLatest: true }, { name: "northeurope" }];
  await estate.made(`${versions}/3.0.0`, version({ publishingProfile: { targetRegions: further } }));
  const { world } = estate.bench.azure;
  const latest = (region: string) => latestVersion(world, estate.definition, region)?.body.name;
  expect([latest("westeurope"), latest("North Europe"), latest("eastus")]).toEqual(["1.10.0", "3.0.0", undefined]);
  const unready = await estate.arm("PUT", `${versions}/9.0.0`, version());
  expect(latest("westeurope")).toBe("1.10.0");
  await estate.settled(unready);
  expect(latest("westeurope")).toBe("9.0.0");
});

test("Replication is shown only where it is asked for, and its regions finish one after the other", async () => {
  const id = `${estate.definition}/versions/4.0.0`;
  await estate.arm(
    "PUT",
    id,
    version({ publishingProfile: { targetRegions: [{ name: "westeurope" }, { name: "northeurope" }] } }),
  );
  expect((await estate.arm("GET", id)).body.properties).not.toHaveProperty("replicationStatus");
  const status = async () =>
    (await estate.arm("GET", `${id}?$expand=ReplicationStatus`)).body.properties.replicationStatus;
  expect(await status()).toEqual({
    aggregatedState: "InProgress",
    summary: [
      { region: "westeurope", state: "Completed", details: "", progress: 100 },
      { region: "northeurope", state: "Replicating", details: "", progress: 0 },
    ],
  });
  await estate.bench.clock.advance(60_000);
  const { progress } = (await status()).summary[1];
  expect(progress).toBeGreaterThan(0);
  expect(progress).toBeLessThan(100);
  await estate.bench.clock.advance(900_000);
  expect((await status()).aggregatedState).toBe("Completed");
});

test("A version of another generation than its definition fails in the end, in the recorded words", async () => {
  const old = `${gallery}/images/old`;
  await estate.made(old, { location: "westeurope", properties: definitionProperties("old", "V1") });
  const reply = await estate.made(`${old}/versions/1.0.0`, version());
  expect(reply.body.error).toEqual({
    code: "Conflict",
    message: `The resource with id '${image}' has a different Hypervisor generation ['V2'] than the parent gallery image Hypervisor generation ['V1'].`,
  });
  expect((await estate.arm("GET", `${old}/versions/1.0.0`)).body.properties.provisioningState).toBe("Failed");
});

test("Who writes a version must be allowed to read its source", async () => {
  const { principalId } = estate.bench.azure.world.principals.create("publisher", "ServicePrincipal");
  estate.grant(["Microsoft.Compute/galleries/*"], estate.group, { principalId });
  const refused = await estate.as(principalId)("PUT", `${estate.definition}/versions/5.0.0`, version());
  expect([refused.status, refused.body.error.code]).toEqual([403, "LinkedAuthorizationFailed"]);
  estate.grant(["Microsoft.Compute/images/read"], image, { principalId });
  expect((await estate.as(principalId)("PUT", `${estate.definition}/versions/5.0.0`, version())).status).toBe(201);
});

test("Children of what is not there are refused, and what is not there is named", async () => {
  const orphan = await estate.arm("PUT", `${gallery}/images/none/versions/1.0.0`, version());
  expect([orphan.status, orphan.body.error.code]).toEqual([404, "ParentResourceNotFound"]);
  const missing = await estate.arm("GET", `${gallery}/images/none`);
  expect(missing.body.error).toEqual({
    code: "ResourceNotFound",
    message:
      "The Resource 'Microsoft.Compute/galleries/gold/images/none' under resource group 'images' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
  });
});

test("Lists are of the group, of the subscription and of the parent, in pages", async () => {
  const ids = async (path: string) =>
    (await estate.arm("GET", path)).body.value.map((one: { name: string }) => one.name);
  expect(await ids(`${estate.group}/providers/Microsoft.Compute/images`)).toEqual(["base"]);
  expect(await ids(`${estate.bench.subscription}/providers/Microsoft.Compute/galleries`)).toEqual(["gold"]);
  expect(await ids(`${gallery}/images`)).toContain("ubuntu");
  expect(await ids(`${estate.definition}/versions`)).toContain("1.10.0");
});

test("A deleted version is Deleting, then gone; deleting it again is no error", async () => {
  const id = `${estate.definition}/versions/6.0.0`;
  await estate.made(id, version());
  const removal = await estate.arm("DELETE", id);
  expect(removal.status).toBe(202);
  expect((await estate.arm("GET", id)).body.properties.provisioningState).toBe("Deleting");
  await estate.settled(removal);
  expect((await estate.arm("GET", id)).status).toBe(404);
  expect((await estate.arm("DELETE", id)).status).toBe(204);
});

test("The marketplace lists its versions in order, and says which generation an image is", async () => {
  const skus = `${estate.bench.subscription}/providers/Microsoft.Compute/locations/westeurope/publishers/Canonical/artifacttypes/vmimage/offers/ubuntu-24_04-lts/skus`;
  expect((await estate.arm("GET", skus)).body.map((one: { name: string }) => one.name)).toEqual([
    "server",
    "server-gen1",
  ]);
  const newest = await estate.arm("GET", `${skus}/server/versions?$top=1&$orderby=name%20desc`);
  expect(newest.body.map((one: { name: string }) => one.name)).toEqual(["24.04.202611050"]);
  const one = await estate.arm("GET", `${skus}/server/versions/24.04.202611050`);
  expect(one.body.properties).toMatchObject({ hyperVGeneration: "V2", osDiskImage: { operatingSystem: "Linux" } });
  expect((await estate.arm("GET", `${skus}/nowhere/versions`)).status).toBe(404);
});

test("PATCH of a version changes what it names; its regions and the day it was published stay", async () => {
  const id = `${estate.definition}/versions/7.0.0`;
  const targetRegions = [{ name: "westeurope" }, { name: "northeurope" }];
  await estate.made(id, version({ publishingProfile: { targetRegions } }));
  const before = (await estate.arm("GET", id)).body.properties.publishingProfile;
  await estate.bench.clock.advance(86_400_000);
  const patched = await estate.arm("PATCH", id, { properties: { publishingProfile: { excludeFromLatest: true } } });
  expect(patched.status).toBe(200);
  await estate.settled(patched);
  const { properties } = (await estate.arm("GET", `${id}?$expand=ReplicationStatus`)).body;
  expect(properties.publishingProfile).toEqual({ ...before, excludeFromLatest: true });
  expect(properties.replicationStatus.aggregatedState).toBe("Completed");
});
