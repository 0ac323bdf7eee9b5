import { type Estate, galleryRights, imageRights, startEstate } from "../support/builderEstate.ts";

let estate: Estate;
beforeAll(async () => {
  estate = await startEstate();
  estate.grant([...galleryRights, ...imageRights], estate.group);
});
afterAll(() => estate?.stop());

const subnet = (name: string) => `GROUP/providers/Microsoft.Network/virtualNetworks/v/subnets/${name}`;
const target = (more: object) => ({ type: "SharedImage", galleryImageId: "", runOutputName: "o", ...more });
const image = {
  type: "ManagedImage",
  imageId: "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/images/i",
  location: "westeurope",
  runOutputName: "o",
};

test.each([
  [
    "a source of no known type",
    { source: { type: "Iso" } },
    "'ImageTemplate.properties.source': Field 'type' has a bad value: 'Iso'",
  ],
  [
    "a source without its version",
    { source: { type: "PlatformImage", publisher: "a", offer: "b", sku: "c" } },
    "'ImageTemplate.properties.source': Missing field 'version'",
  ],
  [
    "a managed image by a bad id",
    { source: { type: "ManagedImage", imageId: "/images/x" } },
    "Field 'imageId' has a bad value: '/images/x'. Please review  http://aka.ms/azvmimagebuildertmplref  for details on fields requirements in the Image Builder Template.",
  ],
  [
    "a customizer without a script",
    { customize: [{ type: "Shell" }] },
    "'ImageTemplate.properties.customize[0]': Missing field",
  ],
  [
    "a customizer with two scripts",
    { customize: [{ type: "Shell", inline: ["a"], scriptUri: "https://a/b" }] },
    "Field 'inline' has a bad value",
  ],
  ["a customizer of no known type", { customize: [{ type: "Ansible" }] }, "Field 'type' has a bad value: 'Ansible'"],
  [
    "runAsSystem without runElevated",
    { customize: [{ type: "PowerShell", inline: ["a"], runAsSystem: true }] },
    "Field 'runAsSystem' has a bad value",
  ],
  [
    "a file without a destination",
    { customize: [{ type: "File", sourceUri: "https://a/b" }] },
    "Missing field 'destination'",
  ],
  [
    "a checksum that is none",
    { customize: [{ type: "Shell", scriptUri: "https://a/b", sha256Checksum: "abc" }] },
    "Field 'sha256Checksum' has a bad value",
  ],
  ["no target", { distribute: [] }, "Missing field 'distribute'"],
  ["two targets of one name", { distribute: [image, image] }, "Field 'runOutputName' has a bad value: 'o'"],
  [
    "a gallery target by a bad id",
    { distribute: [target({ galleryImageId: "/galleries/g" })] },
    "Field 'galleryImageId' has a bad value",
  ],
  [
    "both forms of regions",
    {
      distribute: [target({ galleryImageId: "DEFINITION", targetRegions: [{ name: "a" }], replicationRegions: ["b"] })],
    },
    "cannot be specified together",
  ],
  [
    "a versioning scheme that is none",
    { distribute: [target({ galleryImageId: "DEFINITION", versioning: { scheme: "Random" } })] },
    "Field 'scheme' has a bad value: 'Random'",
  ],
  [
    "a time limit above 960 minutes",
    { buildTimeoutInMinutes: 961 },
    "Field 'buildTimeoutInMinutes' has a bad value: '961'",
  ],
  [
    "a container subnet without a build subnet",
    { vmProfile: { vnetConfig: { containerInstanceSubnetId: subnet("a") } } },
    "Missing field 'subnetId'",
  ],
  [
    "a proxy size with a container subnet",
    {
      vmProfile: {
        vnetConfig: { subnetId: subnet("a"), containerInstanceSubnetId: subnet("b"), proxyVmSize: "Standard_A1_v2" },
      },
    },
    "'proxyVmSize' must not be specified",
  ],
  [
    "the same subnet twice",
    { vmProfile: { vnetConfig: { subnetId: subnet("a"), containerInstanceSubnetId: subnet("a") } } },
    "Field 'containerInstanceSubnetId' has a bad value",
  ],
])("A template with %s is refused at once", async (_, changes, message) => {
  const body = JSON.parse(
    JSON.stringify(estate.template(changes))
      .replaceAll("DEFINITION", estate.definition)
      .replaceAll("GROUP", estate.group),
  );
  const reply = await estate.arm("PUT", estate.templateId("bad"), body);
  expect(reply.body.error).toMatchObject({ code: "ValidationFailed", message: expect.stringContaining(message) });
  expect(reply.status).toBe(400);
});

test("A template without its identity is refused in the recorded words", async () => {
  const { identity: _, ...body } = estate.template();
  const reply = await estate.arm("PUT", estate.templateId("bad"), body);
  expect(reply.status).toBe(400);
  expect(reply.body.error).toEqual({
    code: "ValidationFailed",
    message:
      "Validation failed: 'ImageTemplate': Missing field 'identity'. Please review http://aka.ms/azvmimagebuildertmplref for details on fields required in the Image Builder Template.",
  });
});

test("Up to 2020-02-14 an error of the service has no envelope", async () => {
  const reply = await estate.arm("PUT", estate.templateId("bad"), estate.template({ distribute: [] }), "2020-02-14");
  expect(reply.status).toBe(400);
  expect(reply.body).toMatchObject({ code: "ValidationFailed", message: expect.any(String) });
});

test("An unknown field is refused with 400 from 2024-02-01 on, and falls away before", async () => {
  const body = estate.template({ surprise: true });
  const strict = await estate.arm("PUT", estate.templateId("strict"), body);
  expect(strict.status).toBe(400);
  expect(strict.body.error.message).toContain('unknown field "surprise"');
  const lenient = await estate.arm("PUT", estate.templateId("strict"), body, "2022-07-01");
  expect(lenient.status).toBe(201);
  expect(lenient.body.properties).not.toHaveProperty("surprise");
});

test("An api-version that the provider does not have is refused by the gateway", async () => {
  const reply = await estate.arm("GET", estate.templateId("any"), undefined, "2023-01-01");
  expect(reply.status).toBe(400);
  expect(reply.body.error.code).toBe("NoRegisteredProviderFound");
});

test("The caller needs to be allowed to assign the identity, and to join the subnets", async () => {
  const { world } = estate.bench.azure;
  const { principalId } = world.principals.create("pipeline", "ServicePrincipal");
  estate.grant(["Microsoft.VirtualMachineImages/*"], estate.group, { principalId });
  const refused = await estate.as(principalId)("PUT", estate.templateId("linked"), estate.template());
  expect(refused.status).toBe(403);
  expect(refused.body.error.code).toBe("LinkedAuthorizationFailed");
  expect(refused.body.error.message).toContain("Microsoft.ManagedIdentity/userAssignedIdentities/assign/action");

  estate.grant(["Microsoft.ManagedIdentity/userAssignedIdentities/assign/action"], estate.identity, { principalId });
  const vmProfile = {
    vnetConfig: { subnetId: `${estate.group}/providers/Microsoft.Network/virtualNetworks/v/subnets/a` },
  };
  const joining = await estate.as(principalId)("PUT", estate.templateId("linked"), estate.template({ vmProfile }));
  expect(joining.body.error.message).toContain("Microsoft.Network/virtualNetworks/subnets/join/action");
  expect((await estate.as(principalId)("PUT", estate.templateId("linked"), estate.template())).status).toBe(201);
});

test("A template that was made with a newer version is shown to an older one without what came later", async () => {
  const { body } = await estate.submitted("newer", {
    autoRun: { state: "Disabled" },
    errorHandling: { onCustomizerError: "cleanup" },
  });
  expect(body.properties.autoRun).toEqual({ state: "Disabled" });
  const older = await estate.arm("GET", estate.templateId("newer"), undefined, "2022-02-14");
  expect(older.body.properties).not.toHaveProperty("autoRun");
  expect(older.body.properties).not.toHaveProperty("errorHandling");
  expect(older.body.properties.distribute[0]).not.toHaveProperty("versioning");
});

test("While a template is made it can be neither run nor deleted", async () => {
  const accepted = await estate.arm("PUT", estate.templateId("young"), estate.template());
  const run = await estate.arm("POST", `${estate.templateId("young")}/run`);
  expect(run.body.error.message).toContain(
    "imageTemplates/run is not allowed in provisioning state: creating or run state: none.",
  );
  const removal = await estate.arm("DELETE", estate.templateId("young"));
  expect(removal.body.error).toEqual({
    code: "OperationNotAllowed",
    message: "Operation 'DELETE' is not allowed in provisioningState: 'creating'",
  });
  await estate.settled(accepted);
});

test("PATCH changes tags at once, vmProfile in the background, keeps every run output, and nothing else", async () => {
  await estate.submitted("patched");
  const id = estate.templateId("patched");
  const tags = await estate.arm("PATCH", id, { tags: { a: "b" } });
  expect([tags.status, tags.body.tags]).toEqual([200, { a: "b" }]);
  const vmProfile = await estate.arm("PATCH", id, { properties: { vmProfile: { vmSize: "Standard_D4s_v5" } } });
  expect(vmProfile.status).toBe(202);
  expect((await estate.settled(vmProfile)).body.status).toBe("Succeeded");
  const { body } = await estate.arm("GET", id);
  expect(body.properties).toMatchObject({
    provisioningState: "Succeeded",
    vmProfile: { vmSize: "Standard_D4s_v5", osDiskSizeGB: 0 },
  });
  const dropped = await estate.arm("PATCH", id, { properties: { distribute: [image] } });
  expect(dropped.body.error).toEqual({
    code: "ValidationFailed",
    message:
      "Validation failed: Distribute target with Runoutput name out not found in the update request. Deleting a distribution target is not allowed.",
  });
  const source = await estate.arm("PATCH", id, { properties: { source: {} } });
  expect(source.status).toBe(400);
  expect(source.body.error.message).toContain("'properties.source' cannot be updated");
});
