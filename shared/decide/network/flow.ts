import type { SubnetFacts } from "../planning/facts.ts";
import type { Evidence, Topology } from "../planning/plan.ts";
import type { AddressRange } from "./addresses.ts";
import { parseRange, probeAddress } from "./addresses.ts";

/** One side of a flow: what the template needs traffic from or to. */
export type Endpoint =
  | { readonly kind: "probe" }
  | { readonly kind: "internet" }
  | { readonly kind: "prefixes"; readonly prefixes: readonly string[]; readonly tag?: "VirtualNetwork" };

/** Traffic that a build needs through one subnet's NSG; it is needed on each of its ports. */
export interface Flow {
  /** Stable: `build/probe`, `container/out/storage`. */
  readonly id: string;
  readonly subnetId: string;
  readonly direction: "Inbound" | "Outbound";
  readonly protocol: "Tcp";
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly ports: readonly number[];
  /** Prefixes of the virtual network, which the tag VirtualNetwork stands for. */
  readonly virtualNetworkPrefixes: readonly string[];
  /** `wanted` flows only warn: many builds use them, not every one. */
  readonly need: "required" | "wanted";
  readonly because: string;
  readonly evidence: Evidence;
}

/** The subnets of a template, as far as it has them. */
export interface BuildSubnets {
  readonly build?: SubnetFacts;
  readonly container?: SubnetFacts;
}

/** The flows that a topology needs, with only the ports that the operating system uses; an unknown system needs both (image-builder.md §5.3, rbac-network-arm.md §5.5). */
export function requiredFlows(
  topology: Topology,
  osType: "Linux" | "Windows" | undefined,
  subnets: BuildSubnets,
): readonly Flow[] {
  const { build, container } = subnets;
  if (topology === "managed" || build === undefined) return [];
  if (topology === "buildSubnetOnly") return buildSubnetFlows(build, osType);
  return container === undefined ? [] : containerFlows(build, container, osType);
}

function buildSubnetFlows(build: SubnetFacts, osType: "Linux" | "Windows" | undefined): readonly Flow[] {
  const inside = prefixesOf(build);
  const proxy = osType === undefined ? [60000, 60001] : [osType === "Windows" ? 60000 : 60001];
  const flow = from(build);
  return [
    flow(
      "build/probe",
      "Inbound",
      { kind: "probe" },
      inside,
      proxy,
      "the load balancer probes the proxy VM",
      "documented",
    ),
    flow(
      "build/proxy",
      "Inbound",
      wholeNetwork(build),
      inside,
      proxy,
      "the service reaches the proxy VM through the private link",
      "observed",
    ),
    flow(
      "build/vm/in",
      "Inbound",
      inside,
      inside,
      remotePorts(osType),
      "the proxy VM reaches the build VM",
      "documented",
    ),
    flow(
      "build/vm/out",
      "Outbound",
      inside,
      inside,
      remotePorts(osType),
      "the proxy VM reaches the build VM",
      "observed",
    ),
    {
      ...flow(
        "build/out",
        "Outbound",
        inside,
        { kind: "internet" },
        [443],
        "customizers download from the Internet",
        "assumed",
      ),
      need: "wanted",
    },
  ];
}

function containerFlows(
  build: SubnetFacts,
  container: SubnetFacts,
  osType: "Linux" | "Windows" | undefined,
): readonly Flow[] {
  const [vms, containers] = [prefixesOf(build), prefixesOf(container)];
  const [atBuild, atContainer] = [from(build), from(container)];
  const internet: Endpoint = { kind: "internet" };
  const because = "the build container reaches the build VM";
  return [
    atBuild("build/vm/in", "Inbound", containers, vms, remotePorts(osType), because, "documented"),
    atContainer("container/vm/out", "Outbound", containers, vms, remotePorts(osType), because, "documented"),
    atContainer(
      "container/out",
      "Outbound",
      containers,
      internet,
      [443, 445],
      "the build container reaches Azure",
      "documented",
    ),
    {
      ...atBuild("build/out", "Outbound", vms, internet, [443], "customizers download from the Internet", "assumed"),
      need: "wanted",
    },
  ];
}

function remotePorts(osType: "Linux" | "Windows" | undefined): readonly number[] {
  if (osType === undefined) return [22, 5986];
  return [osType === "Windows" ? 5986 : 22];
}

type FlowMaker = (
  id: string,
  direction: Flow["direction"],
  source: Endpoint,
  destination: Endpoint,
  ports: readonly number[],
  because: string,
  evidence: Evidence,
) => Flow;

function from(subnet: SubnetFacts): FlowMaker {
  return (id, direction, source, destination, ports, because, evidence) => ({
    id,
    subnetId: subnet.id,
    direction,
    protocol: "Tcp",
    source,
    destination,
    ports,
    virtualNetworkPrefixes: subnet.virtualNetworkPrefixes,
    need: "required",
    because,
    evidence,
  });
}

// Builds talk IPv4; a second, IPv6 prefix of a subnet carries nothing of theirs.
function prefixesOf(subnet: SubnetFacts): Endpoint {
  return { kind: "prefixes", prefixes: ipv4(subnet.prefixes) };
}

function wholeNetwork(subnet: SubnetFacts): Endpoint {
  return { kind: "prefixes", prefixes: ipv4(subnet.virtualNetworkPrefixes), tag: "VirtualNetwork" };
}

function ipv4(prefixes: readonly string[]): readonly string[] {
  return prefixes.filter((prefix) => parseRange(prefix)?.family === 4);
}

/** The addresses of an endpoint; the Internet is given as all of IPv4, to be narrowed by whoever asks. */
export function rangesOf(endpoint: Endpoint, everything: AddressRange): readonly AddressRange[] {
  if (endpoint.kind === "internet") return [everything];
  const texts = endpoint.kind === "probe" ? [probeAddress] : endpoint.prefixes;
  return texts.flatMap((text) => parseRange(text) ?? []);
}
