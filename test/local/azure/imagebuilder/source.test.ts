import {
  definitionProperties,
  type Estate,
  galleryRights,
  imageRights,
  startEstate,
} from "../support/builderEstate.ts";

let estate: Estate;
beforeAll(async () => {
  estate = await startEstate({ pageSize: 2 });
  estate.grant(
    [
      ...galleryRights,
      ...imageRights,
      "Microsoft.Network/virtualNetworks/read",
      "Microsoft.Network/virtualNetworks/subnets/join/action",
    ],
    estate.group,
  );
});
afterAll(() => estate?.stop());

const toGallery = (major: number) => [
  {
    type: "SharedImage",
    galleryImageId: estate.definition,
    runOutputName: "out",
    versioning: { scheme: "Latest", major },
  },
];

test("latest of a gallery is looked up when the build runs, not when the template is made", async () => {
  const golden = estate.definition.replace("ubuntu", "golden");
  await estate.made(golden, { location: "westeurope", properties: definitionProperties("golden", "V2") });
  await estate.submitted("base", { distribute: toGallery(1) });
  await estate.built("base");
  const distribute = [
    { type: "SharedImage", galleryImageId: golden, runOutputName: "out", versioning: { scheme: "Source" } },
  ];
  const made = await estate.submitted("chain", {
    source: { type: "SharedImageVersion", imageVersionId: `${estate.definition}/versions/latest` },
    distribute,
  });
  expect(made.body.properties.source.exactVersion).toMatch(/\/versions\/latest$/);
  await estate.built("base");
  const done = await estate.built("chain");
  expect(done.source.exactVersion).toBe(`${estate.definition}/versions/1.0.2`);
  const outputs = await estate.arm("GET", `${estate.templateId("chain")}/runOutputs`);
  expect(outputs.body.value[0].properties.artifactId).toBe(`${golden}/versions/1.0.2`);
});

test("A gallery version that is not offered in the template's region is no source", async () => {
  const imageVersionId = `${estate.definition}/versions/1.0.1`;
  const body = { ...estate.template({ source: { type: "SharedImageVersion", imageVersionId } }), location: "eastus" };
  await estate.settled(await estate.arm("PUT", estate.templateId("far"), body));
  const { properties } = (await estate.arm("GET", estate.templateId("far"))).body;
  expect(properties.provisioningError.provisioningErrorCode).toBe("BadSharedImageVersionSource");
});

test("Images that are made for trusted launch only are no source", async () => {
  const trusted = estate.definition.replace("ubuntu", "trusted");
  const properties = {
    ...definitionProperties("trusted", "V2"),
    features: [{ name: "SecurityType", value: "TrustedLaunch" }],
  };
  await estate.made(trusted, { location: "westeurope", properties });
  const source = { id: `${estate.group}/providers/Microsoft.Compute/images/plain` };
  await estate.made(source.id, {
    location: "westeurope",
    properties: { hyperVGeneration: "V2", storageProfile: { osDisk: { osType: "Linux", osState: "Generalized" } } },
  });
  await estate.made(`${trusted}/versions/1.0.0`, {
    location: "westeurope",
    properties: { storageProfile: { source } },
  });
  const refused = await estate.submitted("trusting", {
    source: { type: "SharedImageVersion", imageVersionId: `${trusted}/versions/1.0.0` },
  });
  expect(refused.body.properties.provisioningError.message).toContain("security type 'TrustedLaunch'");
});

test("With sourceValidationOnly nothing is customized and nothing distributed", async () => {
  const validate = {
    sourceValidationOnly: true,
    inVMValidations: [{ type: "Shell", inline: ["test -e /etc/os-release"] }],
  };
  await estate.submitted("looking", { validate, distribute: toGallery(9) });
  await estate.arm("POST", `${estate.templateId("looking")}/run`);
  const seen = new Set<string>();
  await estate.bench.clock.until(async () => {
    const { lastRunStatus } = (await estate.arm("GET", estate.templateId("looking"))).body.properties;
    seen.add(lastRunStatus.runSubState ?? lastRunStatus.runState);
    return lastRunStatus.runState === "Succeeded";
  });
  expect([...seen]).toEqual(["Queued", "Building", "Validating", "Succeeded"]);
  expect((await estate.arm("GET", `${estate.templateId("looking")}/runOutputs`)).body.value).toEqual([]);
});

test("An identity that was deleted can be replaced; until then nothing is built", async () => {
  const { identity } = estate;
  await estate.submitted("orphan", { distribute: toGallery(5) });
  await estate.arm("DELETE", identity);
  expect((await estate.built("orphan")).lastRunStatus.message).toContain(
    "The assigned managed identity cannot be used.",
  );
  const other = identity.replace(/builder$/, "another");
  const { principalId } = (await estate.made(other, { location: "westeurope" })).body.properties;
  estate.grant([...galleryRights, ...imageRights], estate.group, { principalId });
  const patch = { identity: { type: "UserAssigned", userAssignedIdentities: { [identity]: null, [other]: {} } } };
  const patched = await estate.arm("PATCH", estate.templateId("orphan"), patch);
  expect((await estate.settled(patched)).body.status).toBe("Succeeded");
  const { body } = await estate.arm("GET", estate.templateId("orphan"));
  expect(body.identity.userAssignedIdentities).toEqual({ [other]: { principalId, clientId: expect.any(String) } });
  expect((await estate.built("orphan")).lastRunStatus.runState).toBe("Succeeded");
});

test("A Windows build with a proxy in an own staging group needs the service's own principal there", async () => {
  await estate.made(estate.identity, { location: "westeurope" });
  const staging = `${estate.bench.subscription}/resourceGroups/windows-staging`;
  await estate.made(staging, { location: "westeurope" });
  const network = `${estate.group}/providers/Microsoft.Network/virtualNetworks/win`;
  const subnets = [
    { name: "build", properties: { addressPrefix: "10.7.1.0/24", privateLinkServiceNetworkPolicies: "Disabled" } },
  ];
  await estate.made(network, {
    location: "westeurope",
    properties: { addressSpace: { addressPrefixes: ["10.7.0.0/16"] }, subnets },
  });
  estate.grant(["*"], estate.bench.subscription);
  const source = {
    type: "PlatformImage",
    publisher: "MicrosoftWindowsServer",
    offer: "WindowsServer",
    sku: "2022-datacenter-g2",
    version: "latest",
  };
  const changes = {
    source,
    customize: [
      { type: "PowerShell", inline: ["Write-Host hello"] },
      { type: "WindowsRestart" },
      { type: "WindowsUpdate", updateLimit: 10 },
    ],
    distribute: [{ type: "VHD", runOutputName: "disk" }],
    stagingResourceGroup: staging,
    vmProfile: { vnetConfig: { subnetId: `${network}/subnets/build` } },
  };
  expect((await estate.submitted("windows", changes)).body.properties.provisioningState).toBe("Succeeded");
  const { lastRunStatus } = await estate.built("windows");
  expect(lastRunStatus.message).toMatch(
    /does not have authorization to perform action 'Microsoft\.Compute\/disks\/write' over scope '.*\/windows-staging\/providers\/Microsoft\.Compute\/disks\/proxyVmDiskWin_\d+'/,
  );
  const principalId =
    estate.bench.azure.world.principals.byClientId("cf32a0cc-373c-47c9-9156-0db11f6a6dfc")?.principalId ?? "";
  estate.grant(["*"], staging, { principalId });
  expect((await estate.built("windows")).lastRunStatus).toMatchObject({ runState: "Succeeded", message: "" });
});

test("Templates are listed in pages, of a group and of the subscription", async () => {
  const names = async (path: string) => {
    const found: string[] = [];
    for (let next = path; next; ) {
      const { body } = next === path ? await estate.arm("GET", next) : await estate.bench.owner("GET", next);
      expect(body.value.length).toBeLessThanOrEqual(2);
      found.push(...body.value.map((one: { name: string }) => one.name));
      next = (body.nextLink ?? "").replace(estate.bench.azure.endpoint, "");
    }
    return found;
  };
  const all = ["base", "chain", "far", "looking", "orphan", "trusting", "windows"];
  expect(await names(`${estate.group}/providers/Microsoft.VirtualMachineImages/imageTemplates`)).toEqual(all);
  expect(await names(`${estate.bench.subscription}/providers/Microsoft.VirtualMachineImages/imageTemplates`)).toEqual(
    all,
  );
});
