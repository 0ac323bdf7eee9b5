import type { Change } from "../../../shared/decide/planning/plan.ts";
import { nsg, subnet, vnet } from "./support/ids.ts";
import { faultOf, refusal } from "./support/refusal.ts";
import { armError, type Stub, startStub } from "./support/stub.ts";

const policy = {
  kind: "setSubnetPolicy",
  subnetId: subnet,
  property: "privateLinkServiceNetworkPolicies",
  value: "Disabled",
  was: "Enabled",
} as const;
const delegation = {
  kind: "delegateSubnet",
  subnetId: subnet,
  serviceName: "Microsoft.ContainerInstance/containerGroups",
} as const;
const rule: Extract<Change, { kind: "addSecurityRule" }> = {
  kind: "addSecurityRule",
  nsgId: nsg,
  rule: {
    name: "Goldsmith-probe",
    description: "Goldsmith",
    priority: 400,
    direction: "Inbound",
    access: "Allow",
    protocol: "Tcp",
    sourceAddressPrefix: "AzureLoadBalancer",
    sourcePortRange: "*",
    destinationAddressPrefix: "VirtualNetwork",
    destinationPortRange: "60000-60001",
  },
};

const subnetJson = (more: object = {}) => ({
  id: subnet,
  name: "build",
  etag: 'W/"1"',
  somethingNew: true,
  properties: {
    provisioningState: "Succeeded",
    addressPrefix: "10.0.1.0/24",
    privateLinkServiceNetworkPolicies: "Enabled",
    serviceGateway: { id: "/unknown/to/older/versions" },
    notYetInvented: { deep: [1, null] },
    networkSecurityGroup: { id: nsg },
    delegations: [],
    ipConfigurations: [{ id: "a" }, { id: "b" }],
    ...more,
  },
});

let stub: Stub;
beforeAll(async () => {
  stub = await startStub();
});
afterAll(() => stub.close());
beforeEach(() => stub.reset());

describe("changing a subnet", () => {
  it("sends back everything it read, known or not, with one property changed and If-Match", async () => {
    stub.on(`GET ${subnet}`, { status: 200, body: subnetJson() });
    stub.on(`PUT ${subnet}`, {
      status: 200,
      body: {},
      headers: { "azure-asyncoperation": `${stub.endpoint}/operations/1` },
    });
    const intended: string[] = [];
    const intend = async (before: string) => {
      expect(stub.requests).toHaveLength(1);
      intended.push(before);
    };
    expect(await stub.azure.changeSubnet(policy, intend)).toBe("started");
    expect(intended).toEqual(['{"privateLinkServiceNetworkPolicies":"Enabled"}']);
    const [read, write, ...more] = stub.requests;
    expect(more).toEqual([]);
    expect(read?.query.get("api-version")).toBe(write?.query.get("api-version"));
    expect(write?.headers["if-match"]).toBe('W/"1"');
    const { provisioningState: _, ipConfigurations: __, ...kept } = subnetJson().properties as Record<string, unknown>;
    expect(write?.body).toEqual({
      ...subnetJson(),
      properties: { ...kept, privateLinkServiceNetworkPolicies: "Disabled" },
    });
  });

  it("adds a delegation to those that are there", async () => {
    const other = { name: "x", properties: { serviceName: "Microsoft.Web/serverFarms" } };
    stub.on(`GET ${subnet}`, { status: 200, body: subnetJson({ delegations: [other] }) });
    stub.on(`PUT ${subnet}`, { status: 200, body: {} });
    await stub.azure.changeSubnet(delegation);
    expect(stub.requests[1]?.body).toHaveProperty("properties.delegations", [
      other,
      { name: "containerGroups", properties: { serviceName: "Microsoft.ContainerInstance/containerGroups" } },
    ]);
  });

  it("writes nothing where it is right already", async () => {
    stub.on(`GET ${subnet}`, { status: 200, body: subnetJson({ privateLinkServiceNetworkPolicies: "Disabled" }) });
    expect(await stub.azure.changeSubnet(policy)).toBe("stood");
    expect(stub.requests).toHaveLength(1);
  });

  it.each([
    [
      "a concurrent edit",
      armError(412, "PreconditionFailed", "Precondition failed.", {
        details: [{ code: "PreconditionFailedEtagMismatch", message: "Etag" }],
      }),
    ],
    [
      "a lock",
      armError(
        409,
        "AnotherOperationInProgress",
        "Another operation on this or dependent resource is in progress. To retrieve status of the operation use uri: https://management.azure.com/subscriptions/s/providers/Microsoft.Network/locations/we/operations/abc?api-version=1&t=1&s=SECRET.",
      ),
    ],
    [
      "a busy neighbour",
      armError(429, "RetryableError", "A retryable error occurred.", {
        details: [{ code: "ReferencedResourceNotProvisioned", message: "Cannot proceed" }],
      }),
    ],
    [
      "a superseding write",
      armError(409, "Canceled", "Operation was canceled.", {
        details: [{ code: "CanceledAndSupersededDueToAnotherOperation", message: "superseded" }],
      }),
    ],
  ])("leaves %s to a later attempt, without addresses of operations in the message", async (_, reply) => {
    stub.on(`GET ${subnet}`, { status: 200, body: subnetJson() });
    stub.on(`PUT ${subnet}`, reply);
    const message = await faultOf(stub.azure.changeSubnet(policy));
    expect(message).not.toMatch(/SECRET|operations\/abc/);
    expect(stub.requests.filter((request) => request.method === "PUT")).toHaveLength(1);
  });

  it("does not write over a change that is under way", async () => {
    stub.on(`GET ${subnet}`, { status: 200, body: subnetJson({ provisioningState: "Updating" }) });
    expect(await faultOf(stub.azure.changeSubnet(policy))).toContain("updating");
    expect(stub.requests).toHaveLength(1);
  });

  it("refuses a subnet that is gone", async () => {
    stub.on(`GET ${subnet}`, armError(404, "NotFound", `Resource ${subnet} not found.`));
    expect((await refusal(stub.azure.changeSubnet(policy))).code).toBe("SubnetNotFound");
  });

  it("stands once the property reads as wanted and the subnet is settled", async () => {
    stub.on(
      `GET ${subnet}`,
      {
        status: 200,
        body: subnetJson({ privateLinkServiceNetworkPolicies: "Disabled", provisioningState: "Updating" }),
      },
      { status: 200, body: subnetJson({ privateLinkServiceNetworkPolicies: "Disabled" }) },
      { status: 200, body: subnetJson() },
    );
    expect(await stub.azure.changeStands(policy)).toBe(false);
    expect(await stub.azure.changeStands(policy)).toBe(true);
    expect(await stub.azure.changeStands(policy)).toBe(false);
  });
});

describe("adding a security rule", () => {
  const path = `${nsg}/securityRules/Goldsmith-probe`;
  const { name, ...properties } = rule.rule;
  const standing = (more: object = {}) => ({
    status: 200,
    body: {
      id: path,
      name,
      properties: { ...properties, provisioningState: "Succeeded", sourcePortRanges: [], ...more },
    },
  });

  it("puts the rule once, without polling", async () => {
    stub.on(`GET ${path}`, armError(404, "NotFound", "not found"));
    stub.on(`PUT ${path}`, {
      status: 201,
      body: {},
      headers: { "azure-asyncoperation": `${stub.endpoint}/operations/1` },
    });
    expect(await stub.azure.addSecurityRule(rule)).toBe("started");
    expect(stub.requests.map((request) => request.method)).toEqual(["GET", "PUT"]);
    expect(stub.requests[1]?.body).toMatchObject({ properties });
  });

  it("lets a rule stand that says the same, and refuses one that does not", async () => {
    stub.on(
      `GET ${path}`,
      standing(),
      standing({ access: "Deny" }),
      standing({ sourceAddressPrefixes: ["10.0.0.0/8"] }),
    );
    expect(await stub.azure.addSecurityRule(rule)).toBe("stood");
    expect((await refusal(stub.azure.addSecurityRule(rule))).code).toBe("SecurityRuleDiffers");
    expect((await refusal(stub.azure.addSecurityRule(rule))).code).toBe("SecurityRuleDiffers");
    expect(stub.requests.every((request) => request.method === "GET")).toBe(true);
  });

  it("refuses a priority that is taken", async () => {
    stub.on(`GET ${path}`, armError(404, "NotFound", "not found"));
    stub.on(
      `PUT ${path}`,
      armError(
        400,
        "SecurityRuleConflict",
        "Security rule A conflicts with rule B. Rules cannot have the same Priority and Direction.",
      ),
    );
    expect(await refusal(stub.azure.addSecurityRule(rule))).toMatchObject({
      code: "SecurityRuleConflict",
      title: "Security rule A conflicts with rule B.",
    });
  });

  it("stands once it is settled", async () => {
    stub.on(
      `GET ${path}`,
      armError(404, "NotFound", "not found"),
      standing({ provisioningState: "Updating" }),
      standing(),
    );
    expect(await stub.azure.changeStands(rule)).toBe(false);
    expect(await stub.azure.changeStands(rule)).toBe(false);
    expect(await stub.azure.changeStands(rule)).toBe(true);
  });
});

describe("reading a subnet", () => {
  it("takes prefixes from its network and rules from its NSG, with two requests", async () => {
    stub.on(`GET ${vnet}`, {
      status: 200,
      body: {
        id: vnet,
        location: "westeurope",
        tags: { goldsmith: "x" },
        properties: {
          addressSpace: { addressPrefixes: ["10.0.0.0/16"] },
          subnets: [
            { id: `${vnet}/subnets/other` },
            subnetJson({ natGateway: { id: "/nat" }, defaultOutboundAccess: false }),
          ],
        },
      },
    });
    const custom = {
      name: "deny",
      properties: {
        priority: 4096,
        direction: "Inbound",
        access: "Deny",
        protocol: "*",
        sourceAddressPrefix: "*",
        sourcePortRange: "*",
        destinationAddressPrefixes: ["10.0.0.0/8", "1.1.1.1"],
        destinationPortRanges: ["1-2"],
      },
    };
    const standard = {
      name: "DenyAllInBound",
      properties: { priority: 65500, direction: "Inbound", access: "Deny", protocol: "*" },
    };
    stub.on(`GET ${nsg}`, {
      status: 200,
      body: {
        id: nsg,
        location: "westeurope",
        tags: { goldsmith: "p" },
        properties: { securityRules: [custom], defaultSecurityRules: [standard], subnets: [{ id: subnet }] },
      },
    });
    expect(await stub.azure.readSubnet(subnet)).toEqual({
      id: subnet,
      virtualNetworkId: vnet,
      virtualNetworkLocation: "westeurope",
      virtualNetworkPrefixes: ["10.0.0.0/16"],
      prefixes: ["10.0.1.0/24"],
      etag: 'W/"1"',
      privateLinkServiceNetworkPolicies: "Enabled",
      delegations: [],
      natGatewayId: "/nat",
      defaultOutboundAccess: false,
      usedAddresses: 2,
      serviceEndpoints: [],
      nsg: {
        id: nsg,
        location: "westeurope",
        tags: { goldsmith: "p" },
        subnetIds: [subnet],
        rules: [
          expect.objectContaining({
            name: "deny",
            priority: 4096,
            destinationAddressPrefixes: ["10.0.0.0/8", "1.1.1.1"],
            destinationPortRanges: ["1-2"],
            sourcePortRanges: ["*"],
          }),
          expect.objectContaining({ name: "DenyAllInBound", priority: 65500, access: "Deny" }),
        ],
      },
    });
    expect(stub.requests).toHaveLength(2);
  });

  it("answers undefined where network or subnet do not exist", async () => {
    stub.on(`GET ${vnet}`, armError(404, "ResourceNotFound", "x"), {
      status: 200,
      body: { id: vnet, properties: { subnets: [] } },
    });
    expect(await stub.azure.readSubnet(subnet)).toBeUndefined();
    expect(await stub.azure.readSubnet(subnet)).toBeUndefined();
  });
});
