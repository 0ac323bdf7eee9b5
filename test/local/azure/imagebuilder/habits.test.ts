import {
  definitionProperties,
  type Estate,
  galleryRights,
  imageRights,
  startEstate,
} from "../support/builderEstate.ts";

let estate: Estate;
let bionic: string;
beforeAll(async () => {
  estate = await startEstate();
  estate.grant(
    [
      ...galleryRights,
      ...imageRights,
      "Microsoft.Network/virtualNetworks/read",
      "Microsoft.Network/virtualNetworks/subnets/join/action",
    ],
    estate.group,
  );
  bionic = estate.definition.replace("ubuntu", "bionic");
  await estate.made(bionic, { location: "westeurope", properties: definitionProperties("bionic", "V1") });
});
afterAll(() => estate?.stop());

/** What old templates carry around what the service reads. */
const envelope = (apiVersion: string) => ({
  type: "Microsoft.VirtualMachineImages",
  apiVersion,
  location: "West Europe",
  dependsOn: [],
  tags: { imagebuilderTemplate: "AzureImageBuilderSIG", userIdentity: "enabled" },
  identity: { type: "UserAssigned", userAssignedIdentities: { [estate.identity]: {} } },
});
const script = "https://raw.githubusercontent.com/contoso/images/main/customize.sh";
const customize = [
  { type: "Shell", name: "RunScriptFromSource", scriptUri: script },
  {
    type: "Shell",
    name: "CheckSum",
    scriptUri: script,
    sha256Checksum: "ade4c5214c3c675e92c66e2d067a870c5b81b9844b3de3cc72c49ff36425fc93",
  },
  {
    type: "File",
    name: "download",
    sourceUri: "https://raw.githubusercontent.com/contoso/images/main/index.html",
    destination: "/tmp/index.html",
  },
  {
    type: "Shell",
    name: "path",
    inline: ["sudo mkdir /buildArtifacts", "sudo cp /tmp/index.html /buildArtifacts/index.html"],
  },
];
const bionicSource = {
  type: "PlatformImage",
  publisher: "Canonical",
  offer: "UbuntuServer",
  sku: "18.04-LTS",
  version: "latest",
};

async function build(name: string, apiVersion: string, properties: object) {
  const accepted = await estate.arm(
    "PUT",
    estate.templateId(name),
    { ...envelope(apiVersion), properties },
    apiVersion,
  );
  expect(accepted.status).toBe(201);
  expect((await estate.settled(accepted)).body).toMatchObject({ status: "Succeeded" });
  const { lastRunStatus } = await estate.built(name);
  expect(lastRunStatus).toMatchObject({ runState: "Succeeded" });
  return (await estate.arm("GET", `${estate.templateId(name)}/runOutputs`)).body.value[0].properties
    .artifactId as string;
}

test("A gallery template of 2022 with replicationRegions and no versioning gets a version that carries the time", async () => {
  const distribute = [
    {
      type: "SharedImage",
      galleryImageId: estate.definition,
      runOutputName: "out",
      artifactTags: { source: "azureVmImageBuilder" },
      replicationRegions: ["westeurope", "northeurope"],
    },
  ];
  const source = {
    type: "PlatformImage",
    publisher: "Canonical",
    offer: "0001-com-ubuntu-server-focal",
    sku: "20_04-lts-gen2",
    version: "latest",
  };
  const vmProfile = { vmSize: "Standard_D2s_v3", osDiskSizeGB: 30 };
  const artifactId = await build("sig", "2022-02-14", {
    buildTimeoutInMinutes: 80,
    vmProfile,
    source,
    customize,
    distribute,
  });
  expect(artifactId).toMatch(/\/versions\/0\.\d{5}\.\d{1,5}$/);
});

test("A template of 2020 makes a managed image, and another one builds on a gallery version", async () => {
  const imageId = `${estate.group}/providers/Microsoft.Compute/images/bionic`;
  const managed = { type: "ManagedImage", imageId, location: "westeurope", runOutputName: "image", artifactTags: {} };
  expect(await build("managed", "2020-02-14", { source: bionicSource, customize, distribute: [managed] })).toBe(
    imageId,
  );

  const gallery = {
    type: "SharedImage",
    galleryImageId: bionic,
    runOutputName: "first",
    replicationRegions: ["westeurope"],
  };
  const imageVersionId = await build("first", "2020-02-14", { source: bionicSource, distribute: [gallery] });
  const onTop = [{ ...gallery, runOutputName: "second" }];
  const second = await build("second", "2020-02-14", {
    source: { type: "SharedImageVersion", imageVersionId },
    customize: [{ type: "Shell", inline: ["sudo mkdir /x"] }],
    distribute: onTop,
  });
  expect(second).not.toBe(imageVersionId);
});

test("A template of 2020 with a subnet of its own is built in it, once its policies are off", async () => {
  const network = `${estate.group}/providers/Microsoft.Network/virtualNetworks/old`;
  await estate.made(network, {
    location: "westeurope",
    properties: {
      addressSpace: { addressPrefixes: ["10.9.0.0/16"] },
      subnets: [
        { name: "build", properties: { addressPrefix: "10.9.1.0/24", privateLinkServiceNetworkPolicies: "Disabled" } },
      ],
    },
  });
  const vmProfile = {
    vmSize: "Standard_D1_v2",
    osDiskSizeGB: 30,
    vnetConfig: { subnetId: `${network}/subnets/build` },
  };
  const distribute = [
    {
      type: "ManagedImage",
      imageId: `${estate.group}/providers/Microsoft.Compute/images/inside`,
      location: "westeurope",
      runOutputName: "image",
    },
  ];
  expect(
    await build("inside", "2020-02-14", {
      buildTimeoutInMinutes: 80,
      vmProfile,
      source: bionicSource,
      customize,
      distribute,
    }),
  ).toContain("/images/inside");
});
