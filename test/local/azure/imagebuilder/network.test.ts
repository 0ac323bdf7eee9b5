import { type Estate, galleryRights, imageRights, networkRights, startEstate } from "../support/builderEstate.ts";

let estate: Estate;
let network: string;
beforeAll(async () => {
  estate = await startEstate();
  estate.grant([...galleryRights, ...imageRights], estate.group);
  network = `${estate.group}/providers/Microsoft.Network/virtualNetworks/build`;
  await estate.made(network, {
    location: "westeurope",
    properties: { addressSpace: { addressPrefixes: ["10.1.0.0/16"] } },
  });
});
afterAll(() => estate?.stop());

let next = 0;
async function subnet(properties: object): Promise<string> {
  next += 1;
  const id = `${network}/subnets/s${next}`;
  await estate.made(id, { properties: { addressPrefix: `10.1.${next}.0/24`, ...properties } });
  return id;
}

async function guarded(rules: readonly object[]): Promise<{ id: string }> {
  next += 1;
  const id = `${estate.group}/providers/Microsoft.Network/networkSecurityGroups/n${next}`;
  const securityRules = rules.map((rule, index) => ({
    name: `r${index}`,
    properties: {
      protocol: "*",
      sourcePortRange: "*",
      ...("destinationPortRanges" in rule ? {} : { destinationPortRange: "*" }),
      sourceAddressPrefix: "*",
      destinationAddressPrefix: "*",
      direction: "Inbound",
      ...rule,
    },
  }));
  await estate.made(id, { location: "westeurope", properties: { securityRules } });
  return { id };
}

async function outcome(vnetConfig: object, more: object = {}) {
  const name = `t${++next}`;
  const { body } = await estate.submitted(name, { vmProfile: { vnetConfig }, ...more });
  expect(body.properties.provisioningState).toBe("Succeeded");
  return (await estate.built(name)).lastRunStatus;
}

const denyAll = { access: "Deny", priority: 4096 };
const open = { privateLinkServiceNetworkPolicies: "Disabled" };

test("A run fails while its identity may not join the subnet, as soon as the build VM is wanted", async () => {
  const subnetId = await subnet(open);
  const first = await outcome({ subnetId });
  expect(first).toMatchObject({ runState: "Failed" });
  expect(first.message).toContain(
    `does not have authorization to perform action 'Microsoft.Network/virtualNetworks/read' over scope '${network}'`,
  );
  estate.grant(["Microsoft.Network/virtualNetworks/read"], network);
  const second = await outcome({ subnetId });
  expect(second.message).toContain(
    `does not have authorization to perform action 'Microsoft.Network/virtualNetworks/subnets/join/action' over scope '${subnetId}'`,
  );
  estate.grant(networkRights, network);
  expect((await outcome({ subnetId })).runState).toBe("Succeeded");
});

test("A build subnet that keeps its private link service policies fails the run, never the template", async () => {
  const { runState, message } = await outcome({ subnetId: await subnet({}) });
  expect(runState).toBe("Failed");
  expect(message).toMatch(
    /PrivateLinkServiceCannotBeCreatedInSubnetThatHasNetworkPoliciesEnabled.*Private link service .* cannot be created in a subnet .*\/subnets\/s\d+ since it has private link service network policies enabled\./,
  );
});

test.each([
  ["lets nothing in", [denyAll]],
  [
    "lets probes in, but not the network itself",
    [
      {
        access: "Allow",
        priority: 400,
        protocol: "Tcp",
        sourceAddressPrefix: "AzureLoadBalancer",
        destinationPortRange: "60000-60001",
      },
      { access: "Deny", priority: 500, sourceAddressPrefix: "VirtualNetwork" },
    ],
  ],
  [
    "lets in the port of the other operating system only",
    [{ access: "Allow", priority: 100, destinationPortRanges: ["22", "60000"] }, denyAll],
  ],
])("A security group that %s leaves the build waiting until it gives up", async (_, rules) => {
  const networkSecurityGroup = await guarded(rules);
  const { runState, message, startTime, endTime } = await outcome({
    subnetId: await subnet({ ...open, networkSecurityGroup }),
  });
  expect([runState, message]).toEqual([
    "Failed",
    expect.stringContaining("Timeout waiting for microservice to complete: 'context deadline exceeded'"),
  ]);
  expect(Date.parse(endTime) - Date.parse(startTime)).toBeGreaterThan(20 * 60_000);
});

test("A security group that opens what a build needs, before everything is denied, is good enough", async () => {
  const inside = { access: "Allow", protocol: "Tcp", sourceAddressPrefix: "VirtualNetwork" };
  const networkSecurityGroup = await guarded([
    { ...inside, priority: 410, destinationPortRanges: ["22", "60000-60001"] },
    {
      access: "Allow",
      protocol: "Tcp",
      priority: 400,
      sourceAddressPrefix: "AzureLoadBalancer",
      destinationPortRange: "60000-60001",
    },
    denyAll,
  ]);
  expect((await outcome({ subnetId: await subnet({ ...open, networkSecurityGroup }) })).runState).toBe("Succeeded");
});

test("With a container subnet of its own a build needs no policy, but that subnet needs its delegation", async () => {
  const subnetId = await subnet({});
  const bare = await outcome({ subnetId, containerInstanceSubnetId: await subnet({}) });
  expect(bare.message).toContain(
    "requires any of the following delegation(s) [Microsoft.ContainerInstance/containerGroups]",
  );
  const delegations = [{ name: "aci", properties: { serviceName: "Microsoft.ContainerInstance/containerGroups" } }];
  const containerInstanceSubnetId = await subnet({ delegations });
  expect((await outcome({ subnetId, containerInstanceSubnetId })).runState).toBe("Succeeded");
  const swapped = await outcome({ subnetId: containerInstanceSubnetId, containerInstanceSubnetId: subnetId });
  expect(swapped.runState).toBe("Failed");
});

test("A container subnet whose security group blocks the way out fails the run", async () => {
  const networkSecurityGroup = await guarded([
    { access: "Deny", priority: 200, direction: "Outbound", destinationPortRange: "443" },
  ]);
  const delegations = [{ name: "aci", properties: { serviceName: "Microsoft.ContainerInstance/containerGroups" } }];
  const containerInstanceSubnetId = await subnet({ delegations, networkSecurityGroup });
  expect((await outcome({ subnetId: await subnet({}), containerInstanceSubnetId })).runState).toBe("Failed");
});

test("A subnet that is not there fails the run", async () => {
  const { runState, message } = await outcome({ subnetId: `${network}/subnets/nowhere` });
  expect([runState, message]).toEqual([
    "Failed",
    expect.stringContaining("was not found. Please make sure that the referenced resource exists"),
  ]);
});
