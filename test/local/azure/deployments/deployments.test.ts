import { type Bench, grant, location, makeGroup, makeIdentity, roles, startBench } from "../emulator.ts";

let bench: Bench;
let groupId: string;
beforeAll(async () => {
  bench = await startBench({ switches: { grantEffectiveSeconds: [0, 0] } });
  groupId = await makeGroup(bench);
});
afterAll(() => bench.stop());

const version = "api-version=2021-04-01";
const at = (name: string, scope = groupId) => `${scope}/providers/Microsoft.Resources/deployments/${name}`;
const template = (resources: readonly object[], more: object = {}) => ({
  $schema: "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  contentVersion: "1.0.0.0",
  resources,
  ...more,
});
const body = (resources: readonly object[], more: object = {}, parameters: object = {}) => ({
  properties: { mode: "Incremental", template: template(resources, more), parameters },
});

/** Deploys and lets it end; answers the deployment's properties. */
async function deployed(name: string, sent: object, scope = groupId, as = bench.owner) {
  const begun = await as("PUT", `${at(name, scope)}?${version}`, sent);
  expect([begun.status, begun.body.properties?.provisioningState ?? begun.body]).toEqual([201, "Accepted"]);
  await bench.clock.advance(120_000);
  const status = await as("GET", begun.headers["azure-asyncoperation"]?.slice(bench.azure.endpoint.length) ?? "");
  const { properties } = (await as("GET", `${at(name, scope)}?${version}`)).body;
  expect(status.body.status).toBe(properties.provisioningState);
  return properties;
}

const network = (name: string, nsg: string) => [
  {
    type: "Microsoft.Network/networkSecurityGroups",
    apiVersion: "2024-01-01",
    name: nsg,
    location: "[resourceGroup().location]",
    properties: {},
  },
  {
    type: "Microsoft.Network/virtualNetworks",
    apiVersion: "2024-01-01",
    name,
    location: "[parameters('location')]",
    dependsOn: [`[resourceId('Microsoft.Network/networkSecurityGroups', '${nsg}')]`],
    properties: {
      addressSpace: { addressPrefixes: ["[variables('space')]"] },
      copy: [
        {
          name: "subnets",
          count: 2,
          input: {
            name: "[concat('subnet-', copyIndex('subnets'))]",
            properties: {
              addressPrefix: "[format('10.{0}.{1}.0/24', 20, copyIndex('subnets'))]",
              networkSecurityGroup: { id: `[resourceId('Microsoft.Network/networkSecurityGroups', '${nsg}')]` },
            },
          },
        },
      ],
    },
  },
];
const inputs = {
  parameters: { location: { type: "string", defaultValue: "[resourceGroup().location]", allowedValues: [location] } },
  variables: { space: "10.20.0.0/16" },
};

const outputs = {
  first: {
    type: "string",
    value: "[reference('Microsoft.Network/virtualNetworks/vnet').addressSpace.addressPrefixes[0]]",
  },
  id: { type: "string", value: "[toLower(resourceId('Microsoft.Network/virtualNetworks', 'vnet'))]" },
};

test("a template is deployed in the order of its dependencies, with loops, parameters, variables and outputs", async () => {
  const properties = await deployed("net", body(network("vnet", "nsg"), { ...inputs, outputs }));
  expect(properties).toMatchObject({
    provisioningState: "Succeeded",
    outputs: {
      first: { value: "10.20.0.0/16" },
      id: { value: `${groupId}/providers/microsoft.network/virtualnetworks/vnet`.toLowerCase() },
    },
  });
  const vnet = `${groupId}/providers/Microsoft.Network/virtualNetworks/vnet?api-version=2024-01-01`;
  const { subnets } = (await bench.owner("GET", vnet)).body.properties;
  expect(subnets.map(({ name }: { name: string }) => name)).toEqual(["subnet-0", "subnet-1"]);
  expect(subnets[1].properties.networkSecurityGroup.id).toMatch(/nsg$/);
  const operations = (await bench.owner("GET", `${groupId}/deployments/net/operations?${version}`)).body.value;
  expect(
    operations.map(
      (one: { properties: { targetResource: { resourceName: string } } }) => one.properties.targetResource.resourceName,
    ),
  ).toEqual(["nsg", "vnet"]);
});

test("validation says what is wrong with a template and its parameters, and writes nothing", async () => {
  const refusalOf = async (sent: object) => {
    const { body: answer } = await bench.owner("POST", `${at("checked")}/validate?${version}`, sent);
    return answer.error ? `${answer.error.code}: ${answer.error.message}` : answer.properties.provisioningState;
  };
  const wanted = { parameters: { size: { type: "int", maxValue: 3 } } };
  expect(await refusalOf(body([], wanted))).toMatch(/^InvalidTemplate: .*'size'.* is not provided/);
  expect(await refusalOf(body([], wanted, { other: { value: 1 } }))).toMatch(/'other'.* are not valid/);
  expect(await refusalOf(body([], wanted, { size: { value: "1" } }))).toMatch(/Expected a value of type 'int'/);
  expect(await refusalOf(body([], wanted, { size: { value: 4 } }))).toMatch(/^InvalidTemplate.*out of range/);
  expect(await refusalOf(body(network("vnet-2", "nsg-2").slice(1), inputs))).toMatch(
    /^InvalidTemplate.*is not defined in the template/,
  );
  expect(await refusalOf(body([{ ...network("v", "n")[0], name: "[nonsense" }]))).toBe("Succeeded");
  expect(await refusalOf(body([{ ...network("v", "n")[0], name: "[concat('a']" }]))).toMatch(
    /^InvalidTemplate: .*Unable to parse/,
  );
  expect(await refusalOf(body([{ ...network("v", "n")[0], name: "[listKeys('a')]" }]))).toMatch(
    /^NotEmulated: .*listKeys/,
  );
  expect(await refusalOf(body(network("vnet-2", "nsg-2"), inputs))).toBe("Succeeded");
  expect((await bench.owner("GET", `${at("checked")}?${version}`)).body.error.code).toBe("DeploymentNotFound");
});

test("what one resource is refused ends the deployment with the refusal in it; what came before stays", async () => {
  const [nsg, vnet] = network("vnet-3", "nsg-3");
  const properties = { addressSpace: { addressPrefixes: [] } };
  const { provisioningState, error } = await deployed("refused", body([nsg ?? {}, { ...vnet, properties }], inputs));
  expect(provisioningState).toBe("Failed");
  expect(error).toMatchObject({ code: "DeploymentFailed", details: [{ code: "NetcfgMissingAddressSpace" }] });
  const path = `${groupId}/providers/Microsoft.Network/networkSecurityGroups/nsg-3?api-version=2024-01-01`;
  expect((await bench.owner("GET", path)).status).toBe(200);
});

test("whoever deploys needs the right to every resource in the template, and to deploy at all", async () => {
  const { principalId } = await makeIdentity(bench, groupId, "id-deployer");
  const as = bench.as(principalId);
  const send = () => as("PUT", `${at("foreign")}?${version}`, body(network("vnet-4", "nsg-4"), inputs));
  expect((await send()).body.error.code).toBe("AuthorizationFailed");
  await bench.owner(
    "PUT",
    `${bench.subscription}/providers/Microsoft.Authorization/roleDefinitions/00000000-0000-4000-8000-00000000d001?api-version=2022-04-01`,
    {
      properties: {
        roleName: "Deployer",
        type: "CustomRole",
        assignableScopes: [groupId],
        permissions: [
          { actions: ["Microsoft.Resources/*", "Microsoft.Network/networkSecurityGroups/*"], notActions: [] },
        ],
      },
    },
  );
  await grant(bench, groupId, "00000000-0000-4000-8000-00000000d001", principalId);
  const { status, body: answer } = await send();
  expect([status, answer.error.code]).toEqual([403, "InvalidTemplateDeployment"]);
  expect(answer.error.message).toContain("Microsoft.Network/virtualNetworks/write");
  await grant(bench, groupId, roles.networkContributor, principalId);
  expect(await deployed("foreign", body(network("vnet-4", "nsg-4"), inputs), groupId, as)).toMatchObject({
    provisioningState: "Succeeded",
  });
});

test("secrets of a deployment are shown nowhere, neither while it runs nor after", async () => {
  const more = { ...inputs, parameters: { ...inputs.parameters, password: { type: "securestring" } } };
  await bench.owner(
    "PUT",
    `${at("secret")}?${version}`,
    body(network("vnet-5", "nsg-5"), more, { password: { value: "hunter2" } }),
  );
  const seen = async () =>
    JSON.stringify([
      (await bench.owner("GET", `${at("secret")}?${version}`)).body,
      (await bench.owner("GET", "/emulator/state")).body,
    ]);
  expect(await seen()).not.toContain("hunter2");
  await bench.clock.advance(60_000);
  expect(await seen()).not.toContain("hunter2");
});

test("a deployment at a subscription makes a group and deploys into it, and goes on after a restart", async () => {
  const nested = {
    type: "Microsoft.Resources/deployments",
    apiVersion: "2021-04-01",
    name: "inner",
    resourceGroup: "rg-made",
    dependsOn: ["[subscriptionResourceId('Microsoft.Resources/resourceGroups', 'rg-made')]"],
    properties: {
      mode: "Incremental",
      expressionEvaluationOptions: { scope: "inner" },
      parameters: { location: { value: location } },
      template: template(network("vnet", "nsg"), { ...inputs, parameters: { location: { type: "string" } } }),
    },
  };
  const resources = [
    { type: "Microsoft.Resources/resourceGroups", apiVersion: "2021-04-01", name: "rg-made", location },
    nested,
  ];
  const path = `${at("outer", bench.subscription)}?${version}`;
  const begun = await bench.owner("PUT", path, { location, ...body(resources) });
  expect(begun.status).toBe(201);
  bench = await bench.restart();
  await bench.clock.advance(120_000);
  expect((await bench.owner("GET", path)).body.properties).toMatchObject({ provisioningState: "Succeeded" });
  const vnet = `${bench.subscription}/resourceGroups/rg-made/providers/Microsoft.Network/virtualNetworks/vnet`;
  expect((await bench.owner("GET", `${vnet}?api-version=2024-01-01`)).status).toBe(200);
});

test("a deployment that is under way is neither replaced nor deleted, and can be cancelled", async () => {
  const path = `${at("active")}?${version}`;
  await bench.owner("PUT", path, body(network("vnet-6", "nsg-6"), inputs));
  expect((await bench.owner("PUT", path, body([]))).body.error.code).toBe("DeploymentActive");
  expect((await bench.owner("DELETE", path)).body.error.code).toBe("DeploymentActive");
  expect((await bench.owner("POST", `${at("active")}/cancel?${version}`)).status).toBe(204);
  expect((await bench.owner("GET", path)).body.properties.provisioningState).toBe("Canceled");
  expect((await bench.owner("DELETE", path)).status).toBe(204);
});
