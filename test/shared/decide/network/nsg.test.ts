import { evaluateFlow, type Flow, requiredFlows } from "../../../../shared/decide/network/nsg.ts";
import type { SecurityRuleFacts } from "../../../../shared/decide/planning/facts.ts";
import { buildSubnetId, containerSubnetId, nsg, rule, subnet } from "../estate.ts";

/** The build subnet is 10.1.0.0/24 in the network 10.1.0.0/16, the container subnet 10.1.1.0/24. */
const build = subnet(buildSubnetId);
const container = subnet(containerSubnetId, { prefixes: ["10.1.1.0/24"] });
const old = requiredFlows("buildSubnetOnly", "Linux", { build });
const oldWindows = requiredFlows("buildSubnetOnly", "Windows", { build });
const both = requiredFlows("buildAndContainerSubnets", "Linux", { build, container });

const flows: Readonly<Record<string, Flow | undefined>> = {
  probe: old.find((flow) => flow.id === "build/probe"),
  proxy: old.find((flow) => flow.id === "build/proxy"),
  vmIn: old.find((flow) => flow.id === "build/vm/in"),
  vmOut: old.find((flow) => flow.id === "build/vm/out"),
  winrm: oldWindows.find((flow) => flow.id === "build/vm/in"),
  winProbe: oldWindows.find((flow) => flow.id === "build/probe"),
  fromContainer: both.find((flow) => flow.id === "build/vm/in"),
  containerOut: both.find((flow) => flow.id === "container/out"),
  containerToVm: both.find((flow) => flow.id === "container/vm/out"),
  internet: both.find((flow) => flow.id === "build/out"),
};

const asg = { sourceAddressPrefixes: [], sourceApplicationSecurityGroups: ["/asg"] };
const denyIn = rule(4096, "In", "Deny");
const denyOut = rule(4096, "Out", "Deny");

type Row = readonly [name: string, rules: readonly SecurityRuleFacts[], flow: string, verdict: string, by?: string];

const table: readonly Row[] = [
  ["default rules let the probe in: its address is part of VirtualNetwork", [], "probe", "allowed", "AllowVnetInBound"],
  ["default rules let the network talk to itself", [], "proxy", "allowed", "AllowVnetInBound"],
  ["default rules let the proxy reach the VM", [], "vmIn", "allowed", "AllowVnetInBound"],
  ["default rules let the proxy's traffic out", [], "vmOut", "allowed", "AllowVnetOutBound"],
  ["default rules let the container out", [], "containerOut", "allowed", "AllowInternetOutBound"],
  ["deny-all blocks the probe", [denyIn], "probe", "denied", "Deny-4096"],
  ["deny-all blocks the proxy", [denyIn], "proxy", "denied", "Deny-4096"],
  ["deny-all inbound leaves outbound alone", [denyIn], "vmOut", "allowed"],
  ["deny-all outbound leaves inbound alone", [denyOut], "vmIn", "allowed"],
  ["deny-all outbound blocks the way to the VM", [denyOut], "vmOut", "denied", "Deny-4096"],
  ["the documented rule helps the probe", [documented(), denyIn], "probe", "allowed", "Allow-400"],
  ["the documented rule does not help the data path", [documented(), denyIn], "proxy", "denied", "Deny-4096"],
  ["the documented rule comes too late", [rule(300, "In", "Deny"), documented()], "probe", "denied", "Deny-300"],
  [
    "the wrong port of the two is no help",
    [rule(400, "In", "Allow", "AzureLoadBalancer", "*", "60000"), denyIn],
    "probe",
    "denied",
  ],
  [
    "Windows uses the other port",
    [rule(400, "In", "Allow", "AzureLoadBalancer", "*", "60000"), denyIn],
    "winProbe",
    "allowed",
  ],
  ["a list of ports counts", [rule(400, "In", "Allow", "*", "*", "22,60000-60001"), denyIn], "probe", "allowed"],
  [
    "a range of ports that ends before is no help",
    [rule(400, "In", "Allow", "*", "*", "1000-60000"), denyIn],
    "probe",
    "denied",
  ],
  [
    "a range of ports that begins there counts",
    [rule(400, "In", "Allow", "*", "*", "60001-65535"), denyIn],
    "probe",
    "allowed",
  ],
  ["all ports written out count", [rule(400, "In", "Allow", "*", "*", "0-65535"), denyIn], "probe", "allowed"],
  ["a UDP denial is not about us", [rule(100, "In", "Deny", "*", "*", "*", { protocol: "Udp" })], "probe", "allowed"],
  ["an ICMP denial is not about us", [rule(100, "In", "Deny", "*", "*", "*", { protocol: "Icmp" })], "vmIn", "allowed"],
  ["a denial for any protocol is", [rule(100, "In", "Deny", "*", "*", "*", { protocol: "*" })], "vmIn", "denied"],
  ["TCP in capitals is TCP", [rule(100, "In", "Deny", "*", "*", "*", { protocol: "TCP" })], "vmIn", "denied"],
  [
    "a UDP allowance is no help",
    [rule(100, "In", "Allow", "*", "*", "*", { protocol: "Udp" }), denyIn],
    "vmIn",
    "denied",
  ],
  [
    "the probe's own address may be named",
    [rule(100, "In", "Allow", "168.63.129.16", "*", "*"), denyIn],
    "probe",
    "allowed",
  ],
  [
    "a prefix around the probe's address counts",
    [rule(100, "In", "Allow", "168.63.0.0/16", "*", "*"), denyIn],
    "probe",
    "allowed",
  ],
  [
    "VirtualNetwork includes the probe's address",
    [rule(100, "In", "Allow", "VirtualNetwork", "*", "*"), denyIn],
    "probe",
    "allowed",
  ],
  [
    "Internet does not include the probe's address",
    [rule(100, "In", "Allow", "Internet", "*", "*"), denyIn],
    "probe",
    "denied",
  ],
  ["denying Internet leaves the probe alone", [rule(100, "In", "Deny", "Internet")], "probe", "allowed"],
  [
    "denying AzureLoadBalancer blocks the probe",
    [rule(100, "In", "Deny", "AzureLoadBalancer")],
    "probe",
    "denied",
    "Deny-100",
  ],
  [
    "denying AzureLoadBalancer leaves the data path alone",
    [rule(100, "In", "Deny", "AzureLoadBalancer")],
    "proxy",
    "allowed",
  ],
  ["tags count in any casing", [rule(100, "In", "Deny", "azureloadbalancer")], "probe", "denied"],
  ["denying the network blocks the data path", [rule(100, "In", "Deny", "VirtualNetwork")], "proxy", "denied"],
  ["the network by its prefix counts", [rule(100, "In", "Deny", "10.1.0.0/16")], "proxy", "denied"],
  [
    "half of the network is not all of it",
    [rule(100, "In", "Deny", "10.1.0.0/17")],
    "proxy",
    "undetermined",
    "Deny-100",
  ],
  [
    "two halves are all of it",
    [rule(100, "In", "Deny", "10.1.0.0/17"), rule(101, "In", "Deny", "10.1.128.0/17")],
    "proxy",
    "denied",
    "Deny-100",
  ],
  ["two halves in one rule are all of it", [rule(100, "In", "Deny", "10.1.0.0/17,10.1.128.0/17")], "proxy", "denied"],
  ["a half allowed and the rest denied", [rule(100, "In", "Allow", "10.1.0.0/17"), denyIn], "proxy", "undetermined"],
  [
    "both halves allowed",
    [rule(100, "In", "Allow", "10.1.0.0/17"), rule(101, "In", "Allow", "10.1.128.0/17"), denyIn],
    "proxy",
    "allowed",
  ],
  ["another network is not about us", [rule(100, "In", "Deny", "10.2.0.0/16")], "proxy", "allowed"],
  [
    "one address of the subnet as destination",
    [rule(100, "In", "Deny", "*", "10.1.0.4", "22")],
    "vmIn",
    "undetermined",
    "Deny-100",
  ],
  ["the subnet as destination", [rule(100, "In", "Deny", "*", "10.1.0.0/24", "22")], "vmIn", "denied"],
  ["the neighbour subnet as destination", [rule(100, "In", "Deny", "*", "10.1.1.0/24", "22")], "vmIn", "allowed"],
  ["a range of addresses counts", [rule(100, "In", "Deny", "*", "10.1.0.0-10.1.0.255", "22")], "vmIn", "denied"],
  ["WinRM is 5986 now", [rule(100, "In", "Allow", "*", "*", "5985"), denyIn], "winrm", "denied"],
  ["WinRM by HTTPS is let in", [rule(100, "In", "Allow", "*", "*", "5986"), denyIn], "winrm", "allowed"],
  ["SSH denied is no matter for Windows", [rule(100, "In", "Deny", "*", "*", "22")], "winrm", "allowed"],
  [
    "source ports of one kind only",
    [rule(100, "In", "Deny", "*", "*", "22", { sourcePortRanges: ["1024-65535"] })],
    "vmIn",
    "undetermined",
  ],
  [
    "all source ports in two rules",
    [
      rule(100, "In", "Deny", "*", "*", "22", { sourcePortRanges: ["0-1023"] }),
      rule(101, "In", "Deny", "*", "*", "22", { sourcePortRanges: ["1024-65535"] }),
    ],
    "vmIn",
    "denied",
  ],
  [
    "an application security group as source that denies",
    [rule(100, "In", "Deny", "", "*", "22", asg)],
    "vmIn",
    "undetermined",
    "Deny-100",
  ],
  [
    "an application security group that allows, before deny-all",
    [rule(100, "In", "Allow", "", "*", "22", asg), denyIn],
    "vmIn",
    "undetermined",
  ],
  [
    "an application security group that allows what is allowed anyway",
    [rule(100, "In", "Allow", "", "*", "22", asg)],
    "vmIn",
    "allowed",
  ],
  [
    "an application security group that denies what is denied anyway",
    [rule(100, "In", "Deny", "", "*", "22", asg), denyIn],
    "vmIn",
    "denied",
  ],
  ["an application security group for another port", [rule(100, "In", "Deny", "", "*", "80", asg)], "vmIn", "allowed"],
  [
    "an allowance above an unclear denial",
    [rule(90 + 10, "In", "Allow", "*", "*", "22"), rule(110, "In", "Deny", "", "*", "22", asg)],
    "vmIn",
    "allowed",
  ],
  ["IPv6 rules are not about IPv4", [rule(100, "In", "Deny", "::/0", "::/0", "*")], "vmIn", "allowed"],
  ["0.0.0.0/0 is every IPv4 address", [rule(100, "In", "Deny", "0.0.0.0/0", "0.0.0.0/0", "*")], "vmIn", "denied"],
  ["Any is everything", [rule(100, "In", "Deny", "Any", "Any", "*")], "vmIn", "denied"],
  [
    "the order of the list does not matter, the priority does",
    [denyIn, rule(200, "In", "Allow"), rule(300, "In", "Deny")],
    "vmIn",
    "allowed",
    "Allow-200",
  ],
  ["the lowest number wins", [rule(200, "In", "Allow"), rule(199, "In", "Deny")], "vmIn", "denied", "Deny-199"],
  ["the same number outbound is another rule", [rule(100, "Out", "Deny"), rule(100, "In", "Allow")], "vmIn", "allowed"],
  [
    "the container subnet is let in by its prefix",
    [rule(100, "In", "Allow", "10.1.1.0/24", "10.1.0.0/24", "22"), denyIn],
    "fromContainer",
    "allowed",
  ],
  [
    "the build subnet's own traffic is no help to the container",
    [rule(100, "In", "Allow", "10.1.0.0/24", "*", "22"), denyIn],
    "fromContainer",
    "denied",
  ],
  [
    "SSH out of the container subnet",
    [rule(100, "Out", "Allow", "*", "10.1.0.0/24", "22"), denyOut],
    "containerToVm",
    "allowed",
  ],
  [
    "only HTTPS out of the container: storage by SMB is missing",
    [rule(100, "Out", "Allow", "*", "Internet", "443"), denyOut],
    "containerOut",
    "denied",
  ],
  [
    "HTTPS and SMB out of the container",
    [rule(100, "Out", "Allow", "*", "Internet", "443,445"), denyOut],
    "containerOut",
    "allowed",
  ],
  [
    "everything out of the container by star",
    [rule(100, "Out", "Allow", "*", "*", "443,445"), denyOut],
    "containerOut",
    "allowed",
  ],
  [
    "only Azure's storage out: which addresses is not known",
    [rule(100, "Out", "Allow", "*", "Storage", "443,445"), denyOut],
    "containerOut",
    "undetermined",
  ],
  ["denying Internet outbound", [rule(100, "Out", "Deny", "*", "Internet", "*")], "internet", "denied", "Deny-100"],
  [
    "denying half of the Internet",
    [rule(100, "Out", "Deny", "*", "0.0.0.0/1", "*")],
    "internet",
    "undetermined",
    "Deny-100",
  ],
  [
    "denying a private network leaves the Internet",
    [rule(100, "Out", "Deny", "*", "192.168.0.0/16", "*")],
    "internet",
    "allowed",
  ],
  [
    "denying the network leaves the Internet",
    [rule(100, "Out", "Deny", "*", "VirtualNetwork", "*")],
    "internet",
    "allowed",
  ],
  [
    "denying AzureCloud may or may not hit",
    [rule(100, "Out", "Deny", "*", "AzureCloud", "443")],
    "internet",
    "undetermined",
  ],
  [
    "the whole Internet by two halves",
    [rule(100, "Out", "Deny", "*", "0.0.0.0/1", "*"), rule(101, "Out", "Deny", "*", "128.0.0.0/1", "*")],
    "internet",
    "denied",
  ],
];

function documented(): SecurityRuleFacts {
  return rule(400, "In", "Allow", "AzureLoadBalancer", "VirtualNetwork", "60000-60001");
}

const rows = table.map(([name, rules, flow, verdict, by]) => ({ name, rules, flow, verdict, by }));

test.each(rows)("$name", ({ rules, flow, verdict, by }) => {
  const found = evaluateFlow(nsg(rules), flows[flow]!);
  expect(found.verdict).toBe(verdict);
  if (by !== undefined) expect(found.rule?.name).toBe(by);
});

test("the table holds at least 60 rule sets", () => expect(table.length).toBeGreaterThanOrEqual(60));

test("default rules may also come with the facts", () => {
  const given = [rule(65000, "In", "Allow", "10.1.0.0/16", "VirtualNetwork"), rule(65500, "In", "Deny")];
  expect(evaluateFlow(nsg(given), flows.vmIn!).verdict).toBe("allowed");
  expect(evaluateFlow(nsg(given), flows.probe!).verdict).toBe("denied");
});

test("each port has a verdict of its own", () => {
  const found = evaluateFlow(nsg([rule(100, "Out", "Allow", "*", "Internet", "443"), denyOut]), flows.containerOut!);
  expect(found.ports.map((port) => [port.port, port.verdict])).toEqual([
    [443, "allowed"],
    [445, "denied"],
  ]);
  expect(found.why).toContain("port 445 is denied by rule Deny-4096");
});

describe("the flows that are needed", () => {
  const ids = (list: readonly Flow[]) => list.map((flow) => `${flow.id}:${flow.ports.join("+")}`);

  test("are none without a network of one's own", () =>
    expect(requiredFlows("managed", "Linux", { build })).toEqual([]));

  test("with a build subnet only are probe, data path and remote access, on the system's ports", () => {
    expect(ids(old)).toEqual([
      "build/probe:60001",
      "build/proxy:60001",
      "build/vm/in:22",
      "build/vm/out:22",
      "build/out:443",
    ]);
    expect(ids(oldWindows).slice(0, 3)).toEqual(["build/probe:60000", "build/proxy:60000", "build/vm/in:5986"]);
  });

  test("with both subnets need no load balancer", () => {
    expect(ids(both)).toEqual(["build/vm/in:22", "container/vm/out:22", "container/out:443+445", "build/out:443"]);
  });

  test("of an unknown system are those of both", () => {
    expect(ids(requiredFlows("buildSubnetOnly", undefined, { build }))[0]).toBe("build/probe:60000+60001");
  });

  test("speak IPv4 in a subnet that has both families", () => {
    const dual = subnet(buildSubnetId, {
      prefixes: ["10.1.0.0/24", "fd00::/64"],
      virtualNetworkPrefixes: ["10.1.0.0/16", "fd00::/56"],
    });
    const flow = requiredFlows("buildSubnetOnly", "Linux", { build: dual })[2];
    expect(flow?.source).toEqual({ kind: "prefixes", prefixes: ["10.1.0.0/24"] });
  });
});
