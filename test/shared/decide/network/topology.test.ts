import { normalize } from "../../../../shared/decide/armId.ts";
import { topologyOf, topologyProblems } from "../../../../shared/decide/network/topology.ts";
import { buildSubnetId, containerSubnetId, subnet, subscription, template } from "../estate.ts";

const net = (vnetConfig: object) => template({ vmProfile: { vnetConfig } });
const otherVnet = `${subscription}/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/other/subnets/containers`;

test.each([
  ["no VM profile", template(), "managed"],
  ["an empty network", net({ subnetId: "" }), "managed"],
  ["a build subnet", net({ subnetId: buildSubnetId }), "buildSubnetOnly"],
  [
    "both subnets",
    net({ subnetId: buildSubnetId, containerInstanceSubnetId: containerSubnetId }),
    "buildAndContainerSubnets",
  ],
])("%s is a topology", (_, body, topology) => {
  expect(topologyOf(body)).toBe(topology);
  expect(topologyProblems(body)).toEqual([]);
});

test.each([
  [
    "a container subnet alone",
    { containerInstanceSubnetId: containerSubnetId },
    "ContainerInstanceSubnetId needs subnetId",
  ],
  [
    "a proxy size beside a container subnet",
    { subnetId: buildSubnetId, containerInstanceSubnetId: containerSubnetId, proxyVmSize: "Standard_A1_v2" },
    "ProxyVmSize and containerInstanceSubnetId exclude each other",
  ],
  [
    "one subnet for both",
    {
      subnetId: buildSubnetId,
      containerInstanceSubnetId: buildSubnetId.toUpperCase().replace("/SUBSCRIPTIONS", "/subscriptions"),
    },
    "Build and container subnet are the same",
  ],
  [
    "two networks",
    { subnetId: buildSubnetId, containerInstanceSubnetId: otherVnet },
    "Build and container subnet lie in different virtual networks",
  ],
  [
    "a network instead of a subnet",
    { subnetId: buildSubnetId.replace("/subnets/build", "") },
    "SubnetId is not the id of a subnet",
  ],
  ["a name instead of an id", { subnetId: "build" }, "SubnetId is not the id of a subnet"],
])("%s is refused with the rule", (_, vnetConfig, title) => {
  const problems = topologyProblems(net(vnetConfig));
  expect(problems.map((problem) => problem.title)).toEqual([title]);
  expect(problems[0]).toMatchObject({ code: "InvalidTopology", stage: "planning" });
  expect(problems[0]?.errors?.[0]?.pointer).toMatch(/^\/properties\/vmProfile\/vnetConfig\//);
});

test("a delegated build subnet is refused", () => {
  const delegated = subnet(buildSubnetId, { delegations: ["Microsoft.Web/serverFarms"] });
  const [problem] = topologyProblems(net({ subnetId: buildSubnetId }), { [normalize(buildSubnetId)]: delegated });
  expect(problem?.title).toBe("The build subnet is delegated to Microsoft.Web/serverFarms");
});

describe("the names of the first API", () => {
  const legacy = (config: object) => template({ vmProfile: { VirtualNetworkConfig: config } });

  test("are recognised where all three are given", () => {
    const [problem] = topologyProblems(legacy({ name: "v", subnetName: "s", resourceGroupName: "g" }));
    expect(problem?.title).toBe("VirtualNetworkConfig belongs to the first API");
    expect(problem?.fix?.[0]).toContain("subnetId");
  });

  test.each([[{ name: "v" }], [{ subnetName: "s", resourceGroupName: "g" }], [{ name: "v", subnetName: "s" }]])(
    "are refused by their rule: %j",
    (config) => {
      const [problem] = topologyProblems(legacy(config));
      expect(problem?.title).toBe(
        "VirtualNetworkConfig needs name if and only if subnetName and resourceGroupName are given",
      );
    },
  );

  test("are nothing where they are empty", () => {
    expect(topologyProblems(legacy({ name: "", subnetName: "", resourceGroupName: "" }))).toEqual([]);
  });
});
