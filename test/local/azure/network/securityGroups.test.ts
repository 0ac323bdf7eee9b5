import { type Bench, makeGroup, startBench } from "../emulator.ts";

let bench: Bench;
let nsg: string;
beforeEach(async () => {
  bench = await startBench({ switches: { networkSeconds: [4, 4] } });
  nsg = `${await makeGroup(bench)}/providers/Microsoft.Network/networkSecurityGroups/nsg`;
  await bench.owner("PUT", `${nsg}${version}`, { location: "westeurope", properties: {} });
  await settle();
});
afterEach(() => bench.stop());

const version = "?api-version=2025-05-01";
const settle = () => bench.clock.advance(5_000);
const rule = (priority: number, more: object = {}) => ({
  protocol: "Tcp",
  sourcePortRange: "*",
  destinationPortRange: "60000-60001",
  sourceAddressPrefix: "AzureLoadBalancer",
  destinationAddressPrefix: "VirtualNetwork",
  access: "Allow",
  priority,
  direction: "Inbound",
  ...more,
});
const put = (name: string, properties: object) =>
  bench.owner("PUT", `${nsg}/securityRules/${name}${version}`, { properties });
const get = () => bench.owner("GET", `${nsg}${version}`);

test("an NSG has the six rules that every NSG has", async () => {
  const rules = (await get()).body.properties.defaultSecurityRules.map(
    ({ name, properties: p }: { name: string; properties: Record<string, unknown> }) => [
      name,
      p.priority,
      p.direction,
      p.access,
      p.sourceAddressPrefix,
      p.destinationAddressPrefix,
    ],
  );
  expect(rules).toEqual([
    ["AllowVnetInBound", 65000, "Inbound", "Allow", "VirtualNetwork", "VirtualNetwork"],
    ["AllowAzureLoadBalancerInBound", 65001, "Inbound", "Allow", "AzureLoadBalancer", "*"],
    ["DenyAllInBound", 65500, "Inbound", "Deny", "*", "*"],
    ["AllowVnetOutBound", 65000, "Outbound", "Allow", "VirtualNetwork", "VirtualNetwork"],
    ["AllowInternetOutBound", 65001, "Outbound", "Allow", "*", "Internet"],
    ["DenyAllOutBound", 65500, "Outbound", "Deny", "*", "*"],
  ]);
});

test("a rule is added by itself, with the plural twins of its fields", async () => {
  const made = await put("AzureImageBuilderNsgRule", rule(400));
  expect([made.status, made.body.properties.provisioningState]).toEqual([201, "Updating"]);
  await settle();
  const read = await bench.owner("GET", `${nsg}/securityRules/AzureImageBuilderNsgRule${version}`);
  expect(read.body.properties).toEqual({
    ...rule(400),
    provisioningState: "Succeeded",
    sourcePortRanges: [],
    destinationPortRanges: [],
    sourceAddressPrefixes: [],
    destinationAddressPrefixes: [],
  });
  expect((await get()).body.properties.securityRules).toHaveLength(1);
});

test("two rules with the same priority and direction are refused, in other directions not", async () => {
  await put("A", rule(400));
  await settle();
  const reply = await put("B", rule(400));
  expect([reply.status, reply.body.error.code, reply.body.error.message]).toEqual([
    400,
    "SecurityRuleConflict",
    "Security rule A conflicts with rule B. Rules cannot have the same Priority and Direction. To learn more, see aka.ms/nsgrules.",
  ]);
  expect((await put("C", rule(400, { direction: "Outbound" }))).status).toBe(201);
});

test("a PUT of the whole NSG replaces its rules", async () => {
  await put("A", rule(400));
  await settle();
  await bench.owner("PUT", `${nsg}${version}`, {
    location: "westeurope",
    properties: { securityRules: [{ name: "B", properties: rule(500) }] },
  });
  await settle();
  expect((await get()).body.properties.securityRules.map((one: { name: string }) => one.name)).toEqual(["B"]);
});

test.each([
  ["a priority below 100", rule(99)],
  ["a priority above 4096", rule(4097)],
  ["a protocol that does not exist", rule(400, { protocol: "Quic" })],
  ["ports the wrong way round", rule(400, { destinationPortRange: "60001-60000" })],
  ["no ports", rule(400, { destinationPortRange: undefined })],
  ["an address that is none", rule(400, { sourceAddressPrefix: "10.0.0.300" })],
  ["a description of 141 characters", rule(400, { description: "x".repeat(141) })],
  [
    "prefixes and application security groups on one side",
    rule(400, { sourceApplicationSecurityGroups: [{ id: "/asg" }] }),
  ],
])("a rule with %s is refused", async (_, properties) => {
  expect((await put("bad", properties)).status).toBe(400);
});

test("a rule name may not end with a dot", async () => {
  expect((await put("ends.", rule(400))).status).toBe(400);
});

test("while one rule is being written, the next one waits", async () => {
  await put("A", rule(400));
  const reply = await put("B", rule(410));
  expect([reply.status, reply.body.error.code]).toEqual([409, "AnotherOperationInProgress"]);
});

test("an NSG in use cannot be deleted, and names the subnet", async () => {
  const network = nsg.replace(/networkSecurityGroups.*/, "virtualNetworks/vnet");
  const subnets = [{ name: "s", properties: { addressPrefix: "10.0.0.0/24", networkSecurityGroup: { id: nsg } } }];
  await bench.owner("PUT", `${network}${version}`, {
    location: "westeurope",
    properties: { addressSpace: { addressPrefixes: ["10.0.0.0/16"] }, subnets },
  });
  await settle();
  expect((await get()).body.properties.subnets).toEqual([{ id: `${network}/subnets/s` }]);
  const reply = await bench.owner("DELETE", `${nsg}${version}`);
  expect([reply.status, reply.body.error.code]).toEqual([400, "InUseNetworkSecurityGroupCannotBeDeleted"]);
});

test("a missing rule is the provider's 404, a missing NSG the gateway's", async () => {
  expect((await bench.owner("GET", `${nsg}/securityRules/none${version}`)).body.error.code).toBe("NotFound");
  expect((await bench.owner("GET", `${nsg}2${version}`)).body.error.code).toBe("ResourceNotFound");
});
