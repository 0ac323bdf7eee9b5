import { type Bench, location, makeGroup, makeIdentity, roles, startBench } from "../emulator.ts";

let bench: Bench;
let group: string;
let principalId: string;
beforeAll(async () => {
  bench = await startBench({ switches: { customRoleLimit: 0, networkSeconds: [0, 0] } });
  group = await makeGroup(bench);
  ({ principalId } = await makeIdentity(bench, group, "id-one"));
});
afterAll(() => bench.stop());

interface Refusal {
  readonly code: string;
  readonly status: number;
  readonly because: RegExp;
  readonly method: string;
  readonly path: () => string;
  readonly body?: () => unknown;
}

type Ask = (status: number, code: string, because: RegExp, path: () => string, body?: () => unknown) => Refusal;

const guid = "00000000-0000-4000-8000-0000000000ff";
const auth = (kind: string, name: string, version: string) => () =>
  `${group}/providers/Microsoft.Authorization/${kind}/${name}?api-version=${version}`;
const definition = (name = guid) => auth("roleDefinitions", name, "2022-04-01");
const assignment = auth("roleAssignments", guid, "2022-04-01");
const deny = auth("denyAssignments", guid, "2024-07-01-preview");
const network = (rest: string) => () => `${group}/providers/Microsoft.Network/${rest}?api-version=2024-01-01`;
const deployment = (rest: string) => () =>
  `${group}/providers/Microsoft.Resources/deployments/${rest}?api-version=2021-04-01`;
const groupPath = (name: string) => () => `${bench.subscription}/resourceGroups/${name}?api-version=2024-03-01`;

const role =
  (more: object = {}) =>
  () => ({
    properties: {
      roleName: "R",
      type: "CustomRole",
      assignableScopes: [group],
      permissions: [{ actions: ["Microsoft.Compute/images/read"], notActions: [] }],
      ...more,
    },
  });
const grant = (more: object) => () => ({
  properties: {
    roleDefinitionId: `${bench.subscription}/providers/Microsoft.Authorization/roleDefinitions/${roles.reader}`,
    principalId,
    principalType: "ServicePrincipal",
    ...more,
  },
});
const rule = (more: object) => () => ({
  properties: {
    priority: 200,
    direction: "Inbound",
    access: "Allow",
    protocol: "Tcp",
    sourceAddressPrefix: "*",
    sourcePortRange: "*",
    destinationAddressPrefix: "*",
    destinationPortRange: "443",
    ...more,
  },
});
const located = () => ({ location });

const subnet = (name: string) => `${group}/providers/Microsoft.Network/virtualNetworks/vnet/subnets/${name}`;
const nic = (subnetName: string) => () => ({
  location,
  properties: {
    ipConfigurations: [
      { name: "ip", properties: { subnet: { id: subnet(subnetName) }, privateIPAllocationMethod: "Dynamic" } },
    ],
  },
});
const gallery = () => `${group}/providers/Microsoft.Compute/galleries/gallery?api-version=2023-07-03`;
const policy =
  (kind: string, name: string, version = "2023-04-01") =>
  () =>
    `${bench.subscription}/providers/Microsoft.Authorization/${kind}/${name}?api-version=${version}`;

const asked =
  (method: string) =>
  (status: number, code: string, because: RegExp, path: () => string, body?: () => unknown): Refusal => ({
    code,
    status,
    because,
    method,
    path,
    ...(body ? { body } : {}),
  });
const [get, put, patch, post, remove] = ["GET", "PUT", "PATCH", "POST", "DELETE"].map(asked) as [
  Ask,
  Ask,
  Ask,
  Ask,
  Ask,
];
const send = asked("EVENTS");

/** Refusals that no other test asks for, each with the code, the status and what its text must name. */
const refusals: readonly Refusal[] = [
  put(400, "MissingRequestContent", /must not be empty/, groupPath("rg")),
  get(400, "InvalidRequestUri", /could not be decoded/, () => "/subscriptions/%ff"),
  put(413, "RequestEntityTooLarge", /exceeds the maximum/, groupPath("rg"), () => "x".repeat(5 << 20)),
  put(400, "LocationRequired", /location property is required/, groupPath("rg"), () => ({})),
  put(400, "InvalidResourceGroup", /'bad!'/, groupPath("bad!"), located),
  patch(
    400,
    "InvalidTagsOperation",
    /'Merge', 'Replace' or 'Delete'/,
    () => `${group}/providers/Microsoft.Resources/tags/default?api-version=2024-03-01`,
    () => ({ operation: "Forget", properties: { tags: {} } }),
  ),
  post(
    409,
    "CannotUnregisterProviderWithExistingResources",
    /still has resources/,
    () => `${bench.subscription}/providers/Microsoft.ManagedIdentity/unregister?api-version=2021-04-01`,
  ),
  put(
    400,
    "InvalidResourceName",
    /'a'/,
    () => `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/a?api-version=2023-01-31`,
    located,
  ),
  put(400, "InvalidRoleDefinitionId", /must be a GUID/, definition("reader"), role()),
  put(400, "InvalidRoleDefinitionName", /between 1 and 512/, definition(), role({ roleName: " " })),
  put(400, "InvalidRoleDefinitionDescription", /2048/, definition(), role({ description: "d".repeat(2049) })),
  put(400, "InvalidRoleDefinitionPermissions", /exactly one/, definition(), role({ permissions: [] })),
  put(
    400,
    "InvalidActionOrNotAction",
    /more than one wildcard/,
    definition(),
    role({ permissions: [{ actions: ["Microsoft.Compute/*/x/*"] }] }),
  ),
  put(400, "InvalidAssignableScopes", /between 1 and 2000/, definition(), role({ assignableScopes: [] })),
  put(400, "InvalidAssignableScope", /no root scope/, definition(), role({ assignableScopes: ["/"] })),
  put(403, "RoleDefinitionCannotBeModified", /built-in/i, definition(roles.reader), role()),
  put(400, "InvalidPrincipalId", /must be a GUID/, assignment, grant({ principalId: "me" })),
  put(400, "InvalidPrincipalType", /'Robot'/, assignment, grant({ principalType: "Robot" })),
  put(400, "InvalidCondition", /./, assignment, grant({ condition: "(((", conditionVersion: "2.0" })),
  put(
    400,
    "InvalidConditionVersion",
    /2\.0/,
    assignment,
    grant({ condition: "@Resource[a] StringEquals 'b'", conditionVersion: "1.0" }),
  ),
  get(
    400,
    "UnsupportedQuery",
    /Supported filters are/,
    () =>
      `${group}/providers/Microsoft.Authorization/roleAssignments?$filter=atScope()%20and%20principalId%20eq%20'${guid}'&api-version=2022-04-01`,
  ),
  put(400, "InvalidDenyAssignmentId", /must be a GUID/, auth("denyAssignments", "no", "2024-07-01-preview"), () => ({
    properties: {},
  })),
  put(400, "InvalidDenyAssignmentPrincipals", /one principal/, deny, () => ({
    properties: { denyAssignmentName: "d", permissions: [{ actions: ["*"] }], principals: [] },
  })),
  get(404, "DenyAssignmentNotFound", /is not found/, deny),
  put(400, "InvalidLockLevel", /'CanNotDelete' or 'ReadOnly'/, auth("locks", "l", "2020-05-01"), () => ({
    properties: { level: "Never" },
  })),
  get(404, "LockNotFound", /'l'/, auth("locks", "l", "2020-05-01")),
  remove(
    400,
    "CannotDeleteLastRbacAdmin",
    /last RBAC admin/,
    () =>
      `${bench.subscription}/providers/Microsoft.Authorization/roleAssignments/${bench.azure.settings.owner.principalId}?api-version=2022-04-01`,
  ),
  put(400, "RoleDefinitionLimitExceeded", /has reached its limit/, definition(), role()),
  put(
    400,
    "SecurityRuleDescriptionTooLong",
    /./,
    network("networkSecurityGroups/nsg/securityRules/r"),
    rule({ description: "d".repeat(141) }),
  ),
  put(
    400,
    "SecurityRuleInvalidPriority",
    /99/,
    network("networkSecurityGroups/nsg/securityRules/r"),
    rule({ priority: 99 }),
  ),
  put(
    400,
    "SecurityRuleInvalidAddressPrefix",
    /10\.0\.0\.300/,
    network("networkSecurityGroups/nsg/securityRules/r"),
    rule({ sourceAddressPrefix: "10.0.0.300" }),
  ),
  put(
    400,
    "SecurityRuleParameterConflict",
    /./,
    network("networkSecurityGroups/nsg/securityRules/r"),
    rule({ sourceApplicationSecurityGroups: [{ id: "x" }] }),
  ),
  remove(400, "InUseSubnetCannotBeDeleted", /nic-1/, network("virtualNetworks/vnet/subnets/small")),
  put(400, "SubnetIsFull", /small/, network("networkInterfaces/nic-4"), nic("small")),
  put(400, "SubnetWithDelegationsCannotBeUsedByResource", /given/, network("networkInterfaces/nic-5"), nic("given")),
  put(400, "NetworkInterfaceMustHaveIpConfiguration", /./, network("networkInterfaces/nic-6"), located),
  put(409, "InvalidResourceLocation", /westeurope/, gallery, () => ({ location: "eastus" })),
  put(
    400,
    "InvalidRequestBody",
    /Unmarshalling entity encountered error/,
    () => `${group}/providers/Microsoft.VirtualMachineImages/imageTemplates/t?api-version=2024-02-01`,
    () => ({ location, unknown: 1 }),
  ),
  put(
    400,
    "InvalidRequest",
    /endpointUrl/,
    () => `${group}/providers/Microsoft.EventGrid/eventSubscriptions/e?api-version=2022-06-15`,
    () => ({ properties: { destination: { endpointType: "StorageQueue" } } }),
  ),
  put(
    400,
    "InvalidPolicyExemption",
    /'Waiver' or 'Mitigated'/,
    policy("policyExemptions", "x", "2022-07-01-preview"),
    () => ({
      properties: { policyAssignmentId: policy("policyAssignments", "a")().split("?")[0], exemptionCategory: "Never" },
    }),
  ),
  post(
    400,
    "InvalidCheckRestrictionsRequest",
    /'type'/,
    () => `${group}/providers/Microsoft.PolicyInsights/checkPolicyRestrictions?api-version=2023-03-01`,
    () => ({ resourceDetails: { resourceContent: {} } }),
  ),
  send(
    403,
    "Forbidden",
    /does not have permission to send data/,
    () => "/eventgrid/goldsmith-builds/api/events",
    () => [],
  ),
  put(
    400,
    "SecurityRuleParameterMissing",
    /needs destinationPortRange/,
    network("networkSecurityGroups/nsg/securityRules/r"),
    rule({ destinationPortRange: undefined }),
  ),
  put(
    400,
    "SecurityRuleInvalidPortRange",
    /70000/,
    network("networkSecurityGroups/nsg/securityRules/r"),
    rule({ destinationPortRange: "70000" }),
  ),
  put(400, "MissingSubnetAddressPrefix", /./, network("virtualNetworks/vnet/subnets/s"), () => ({ properties: {} })),
  put(400, "InvalidCIDRNotation", /10\.0\.0\.300/, network("virtualNetworks/vnet/subnets/s"), () => ({
    properties: { addressPrefix: "10.0.0.300/24" },
  })),
  put(400, "InvalidDeploymentName", /'a b'/, deployment("a%20b"), () => ({})),
  post(409, "DeploymentCannotBeCancelled", /has ended/, deployment("ended/cancel")),
  get(
    404,
    "PolicyDefinitionNotFound",
    /could not be found/,
    () => `${bench.subscription}/providers/Microsoft.Authorization/policyDefinitions/none?api-version=2023-04-01`,
  ),
  get(404, "PolicyAssignmentNotFound", /./, auth("policyAssignments", "none", "2023-04-01")),
  put(
    400,
    "InvalidPolicyRule",
    /'if' and 'then'/,
    () => `${bench.subscription}/providers/Microsoft.Authorization/policyDefinitions/p?api-version=2023-04-01`,
    () => ({ properties: { policyRule: {} } }),
  ),
  {
    code: "PayloadTooLarge",
    status: 413,
    because: /1 MB/,
    method: "EVENTS",
    path: () => "/eventgrid/goldsmith-builds/api/events",
    body: () => "x".repeat((1 << 20) + 1),
  },
];

beforeAll(async () => {
  await bench.owner("PUT", network("networkSecurityGroups/nsg")(), { location, properties: {} });
  await bench.owner("PUT", network("virtualNetworks/vnet")(), {
    location,
    properties: { addressSpace: { addressPrefixes: ["10.0.0.0/16"] } },
  });
  const template = {
    $schema: "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
    resources: [],
  };
  await bench.owner("PUT", deployment("ended")(), { properties: { mode: "Incremental", template } });
  for (const [name, addressPrefix] of [
    ["small", "10.0.1.0/29"],
    ["given", "10.0.2.0/24"],
  ] as const) {
    const delegations = [{ name: "d", properties: { serviceName: "Microsoft.ContainerInstance/containerGroups" } }];
    const properties = { addressPrefix, ...(name === "given" ? { delegations } : {}) };
    await bench.owner("PUT", `${subnet(name)}?api-version=2024-01-01`, { properties });
    await bench.clock.advance(1_000);
  }
  for (const name of ["nic-1", "nic-2", "nic-3"])
    await bench.owner("PUT", network(`networkInterfaces/${name}`)(), nic("small")());
  await bench.owner("PUT", gallery(), { location });
  const policyRule = JSON.parse('{"if":{"field":"location","equals":"nowhere"},"then":{"effect":"deny"}}');
  await bench.owner("PUT", policy("policyDefinitions", "d")(), { properties: { policyRule } });
  const policyDefinitionId = policy("policyDefinitions", "d")().split("?")[0];
  await bench.owner("PUT", policy("policyAssignments", "a")(), { properties: { policyDefinitionId } });
  await bench.owner("POST", `${bench.subscription}/providers/Microsoft.PolicyInsights/register?api-version=2021-04-01`);
  await bench.clock.advance(120_000);
});

test.each(refusals.map((refusal) => [refusal.status, refusal.code, refusal] as const))(
  "%i %s",
  async (status, code, { method, path, body, because }) => {
    // Only the app may send; the right is looked at before the size.
    const sender = code === "Forbidden" ? bench.azure.settings.owner : bench.azure.settings.app;
    const events = {
      authorization: `Bearer ${bench.azure.tokenFor(sender.principalId, "https://eventgrid.azure.net")}`,
    };
    const { status: answered, body: answer } =
      method === "EVENTS"
        ? await bench.as(undefined)("POST", path(), body?.(), events)
        : await bench.owner(method, path(), body?.());
    expect([answered, answer?.error?.code, answer?.error?.message]).toEqual([
      status,
      code,
      expect.stringMatching(because),
    ]);
  },
);
