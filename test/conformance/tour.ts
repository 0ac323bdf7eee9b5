import type { TestWorld } from "../journeys/world.ts";

const versions = {
  authorization: "2022-04-01",
  compute: "2023-07-03",
  identity: "2023-01-31",
  images: "2024-03-01",
  network: "2024-01-01",
  resources: "2024-03-01",
  storage: "2023-05-01",
  templates: "2024-02-01",
} as const;

type Area = keyof typeof versions;
type Step = readonly [
  method: "GET" | "PUT" | "PATCH" | "POST" | "DELETE",
  area: Area,
  path: string,
  status: number,
  body?: unknown,
];

const location = "westeurope";

/**
 * What the owner of a subscription does around builds, step by step, with the status that each is answered with:
 * the rest of what the emulator speaks, refusals included. Expects an estate whose sample template was built.
 */
export async function tour({ arm, clock, estate }: TestWorld): Promise<readonly string[]> {
  const surprises: string[] = [];
  const identity = await arm("GET", `${estate.identity}?api-version=${versions.identity}`);
  const { principalId } = (identity.body as { properties: { principalId: string } }).properties;
  const built = await arm("GET", `${estate.definition}/versions?api-version=${versions.compute}`);
  const version = (built.body as { value: { id: string }[] }).value[0]?.id ?? "";
  for (const [method, area, path, wanted, body] of steps(estate, principalId, version)) {
    const separator = path.includes("?") ? "&" : "?";
    const { status, body: answer } = await arm(method, `${path}${separator}api-version=${versions[area]}`, body);
    if (status !== wanted) surprises.push(`${method} ${path}: ${status} ${JSON.stringify(answer)}`);
    if (method !== "GET") await clock.advance(5 * 60_000);
  }
  return surprises;
}

type Estate = TestWorld["estate"];

const steps = (estate: Estate, principalId: string, version: string): readonly Step[] => [
  ...groups(estate),
  ...authorization(estate, principalId),
  ...network(estate),
  ...compute(estate, version),
  ...templates(estate),
  ["DELETE", "resources", group(estate), 202],
];

const group = ({ subscription }: Estate) => `${subscription}/resourceGroups/rg-tour`;
const other = (estate: Estate, type: string, name: string) => `${group(estate)}/providers/${type}/${name}`;

function groups(estate: Estate): readonly Step[] {
  const { subscription, imagesGroup } = estate;
  const identities = "Microsoft.ManagedIdentity/userAssignedIdentities";
  const identity = other(estate, identities, "id-tour");
  const account = other(estate, "Microsoft.Storage/storageAccounts", "tour4711");
  const kind = { location, kind: "StorageV2", sku: { name: "Standard_LRS" } };
  return [
    ["PUT", "resources", group(estate), 201, { location, tags: { team: "tour" } }],
    ["PATCH", "resources", group(estate), 200, { tags: { team: "tours" } }],
    ["GET", "resources", `${subscription}/resourceGroups`, 200],
    ["GET", "resources", `${imagesGroup}/resources`, 200],
    ["GET", "resources", `${subscription}/resourceGroups/nowhere`, 404],
    ["PUT", "resources", `${group(estate)}/providers/Microsoft.Resources/tags/default`, 200, tags],
    ["GET", "resources", `${group(estate)}/providers/Microsoft.Resources/tags/default`, 200],
    ["GET", "resources", `${subscription}/providers/Microsoft.Network`, 200],
    ["POST", "resources", `${deployment(estate)}/validate`, 200, deploy("[parameters('name')]")],
    ["POST", "resources", `${deployment(estate)}/validate`, 400, deploy("[parameters('name']")],
    ["PUT", "resources", deployment(estate), 201, deploy("[parameters('name')]")],
    ["GET", "resources", deployment(estate), 200],
    ["GET", "resources", `${group(estate)}/deployments/d-tour/operations`, 200],
    ["GET", "resources", `${group(estate)}/providers/Microsoft.Resources/deployments`, 200],
    ["DELETE", "resources", deployment(estate), 204],
    ["PUT", "identity", identity, 201, { location }],
    ["PATCH", "identity", identity, 200, { tags: { a: "b" } }],
    ["GET", "identity", `${subscription}/providers/${identities}`, 200],
    ["GET", "identity", `${group(estate)}/providers/${identities}`, 200],
    ["DELETE", "identity", identity, 200],
    ["GET", "identity", identity, 404],
    ["PUT", "storage", account, 200, kind],
    ["GET", "storage", account, 200],
    ["GET", "storage", `${subscription}/providers/Microsoft.Storage/storageAccounts`, 200],
    ["DELETE", "storage", account, 200],
  ];
}

const deployment = (estate: Estate) => other(estate, "Microsoft.Resources/deployments", "d-tour");

/** A deployment of one security group. */
const deploy = (name: string) => ({
  properties: {
    mode: "Incremental",
    template: {
      $schema: "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
      contentVersion: "1.0.0.0",
      parameters: { name: { type: "string", defaultValue: "nsg-deployed" } },
      resources: [
        {
          type: "Microsoft.Network/networkSecurityGroups",
          apiVersion: "2024-01-01",
          name,
          location,
          properties: {},
        },
      ],
      outputs: {
        id: { type: "string", value: "[resourceId('Microsoft.Network/networkSecurityGroups', parameters('name'))]" },
      },
    },
  },
});

const tags = { properties: { tags: { a: "1" } } };

function authorization({ subscription, imagesGroup }: Estate, principalId: string): readonly Step[] {
  const roles = `${subscription}/providers/Microsoft.Authorization/roleDefinitions`;
  const role = `${roles}/aaaaaaaa-0000-4000-8000-00000000000a`;
  const assignments = `${imagesGroup}/providers/Microsoft.Authorization/roleAssignments`;
  const assignment = `${assignments}/aaaaaaaa-0000-4000-8000-00000000000b`;
  const grant = { properties: { roleDefinitionId: role, principalId, principalType: "ServicePrincipal" } };
  const permissions = [
    { actions: ["Microsoft.Compute/galleries/read"], notActions: [], dataActions: [], notDataActions: [] },
  ];
  const definition = { roleName: "Tour", description: "", type: "CustomRole", assignableScopes: [subscription] };
  return [
    ["PUT", "authorization", role, 201, { properties: { ...definition, permissions } }],
    ["GET", "authorization", role, 200],
    ["GET", "authorization", `${roles}?$filter=type eq 'CustomRole'`.replaceAll(" ", "%20"), 200],
    ["PUT", "authorization", assignment, 201, grant],
    ["PUT", "authorization", assignment.replace(/b$/, "c"), 409, grant],
    ["GET", "authorization", assignment, 200],
    ["GET", "authorization", `${assignments}?$filter=atScope()`, 200],
    ["DELETE", "authorization", role, 400],
    ["DELETE", "authorization", assignment, 200],
    ["DELETE", "authorization", assignment, 204],
    ["DELETE", "authorization", role, 200],
    ["GET", "authorization", `${imagesGroup}/providers/Microsoft.Authorization/permissions`, 200],
  ];
}

function network(estate: Estate): readonly Step[] {
  const networks = "Microsoft.Network/virtualNetworks";
  const securityGroups = "Microsoft.Network/networkSecurityGroups";
  const vnet = other(estate, networks, "vnet-tour");
  const nsg = other(estate, securityGroups, "nsg-tour");
  const properties = { addressSpace: { addressPrefixes: ["10.40.0.0/16"] }, subnets: [] };
  return [
    ["PUT", "network", nsg, 201, { location, properties: {} }],
    ["PATCH", "network", nsg, 200, { tags: { a: "b" } }],
    ["GET", "network", `${nsg}/defaultSecurityRules`, 200],
    ["GET", "network", `${nsg}/securityRules`, 200],
    ["PUT", "network", `${nsg}/securityRules/web`, 201, rule(100)],
    ["PUT", "network", `${nsg}/securityRules/web2`, 400, rule(100)],
    ["GET", "network", `${group(estate)}/providers/${securityGroups}`, 200],
    ["PUT", "network", vnet, 201, { location, properties }],
    ["PUT", "network", `${vnet}/subnets/a`, 201, { properties: { addressPrefix: "10.40.1.0/24" } }],
    ["PUT", "network", `${vnet}/subnets/b`, 400, { properties: { addressPrefix: "10.50.1.0/24" } }],
    ["GET", "network", `${vnet}/subnets`, 200],
    ["GET", "network", `${estate.subscription}/providers/${networks}`, 200],
    ["DELETE", "network", `${vnet}/subnets/a`, 202],
    ["DELETE", "network", vnet, 202],
    ["DELETE", "network", nsg, 202],
  ];
}

const rule = (priority: number) => ({
  properties: {
    priority,
    direction: "Inbound",
    access: "Allow",
    protocol: "Tcp",
    sourceAddressPrefix: "*",
    sourcePortRange: "*",
    destinationAddressPrefix: "*",
    destinationPortRange: "443",
  },
});

function compute(estate: Estate, version: string): readonly Step[] {
  const gallery = estate.definition.split("/images/")[0] ?? "";
  const groups = [{ type: "AADTenants", ids: ["aaaaaaaa-0000-4000-8000-00000000000d"] }];
  return [
    ["GET", "compute", `${estate.subscription}/providers/Microsoft.Compute/galleries`, 200],
    ["PATCH", "compute", gallery, 200, { tags: { a: "b" } }],
    ["POST", "compute", `${gallery}/share`, 202, { operationType: "Add", groups }],
    ["GET", "compute", `${gallery}?$expand=SharingProfile/Groups`, 200],
    ["POST", "compute", `${gallery}/share`, 202, { operationType: "Reset" }],
    ["GET", "compute", `${gallery}/images`, 200],
    ["PATCH", "compute", estate.definition, 200, { tags: { a: "b" } }],
    ["GET", "compute", `${version}?$expand=ReplicationStatus`, 200],
    ["PATCH", "compute", version, 200, { tags: { a: "b" } }],
    ["GET", "images", `${estate.subscription}/providers/Microsoft.Compute/images`, 200],
  ];
}

function templates({ template, imagesGroup, subscription }: Estate): readonly Step[] {
  const type = "Microsoft.VirtualMachineImages/imageTemplates";
  return [
    ["GET", "templates", `${subscription}/providers/${type}`, 200],
    ["GET", "templates", `${imagesGroup}/providers/${type}`, 200],
    ["PATCH", "templates", template, 200, { tags: { owner: "somebody" } }],
    ["GET", "templates", `${template}/runOutputs`, 200],
    ["GET", "templates", `${template}/runOutputs/gold`, 200],
    ["PUT", "templates", `${template}/triggers/source`, 201, { properties: { kind: "SourceImage" } }],
    ["GET", "templates", `${template}/triggers`, 200],
    ["GET", "templates", `${template}/triggers/source`, 200],
    ["DELETE", "templates", `${template}/triggers/source`, 202],
    ["POST", "templates", `${template}/run`, 202],
    ["POST", "templates", `${template}/run`, 409],
    ["POST", "templates", `${template}/cancel`, 204],
    ["DELETE", "templates", template, 202],
    ["GET", "templates", template, 404],
  ];
}
