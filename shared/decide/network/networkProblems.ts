import type { Problem } from "../../problem.ts";
import { normalize, sameId } from "../armId.ts";
import { blobsOf } from "../permissions/requirements.ts";
import type { Facts, RouteFacts, SubnetFacts } from "../planning/facts.ts";
import type { PlanPart } from "../planning/planBuild.ts";
import { sameRegion } from "../region.ts";
import { vnetConfigOf } from "../template/templateBody.ts";
import { parseRange } from "./addresses.ts";
import { buildSubnets } from "./networkPlan.ts";
import { topologyOf } from "./topology.ts";

/** Addresses that one build takes of a subnet, counted from what the topologies deploy (image-builder.md §5.1): assumed, with room for a validation VM. */
const addressesTaken = { buildSubnetOnly: 5, build: 2, container: 1 } as const;

/** What about the network of a template, apart from what can be changed, makes a build fail: region, room, ways out, storage firewalls, quota. */
export function networkProblems(facts: Facts): PlanPart {
  const { build, container } = buildSubnets(facts);
  const legacy = topologyOf(facts.template.body) === "buildSubnetOnly";
  const blockers: Problem[] = [];
  const warnings: Problem[] = [];
  for (const [subnet, taken] of [
    [build, legacy ? addressesTaken.buildSubnetOnly : addressesTaken.build],
    [container, addressesTaken.container],
  ] as const) {
    if (subnet === undefined) continue;
    blockers.push(...regionProblem(subnet, facts), ...roomProblem(subnet, taken));
    const out = wayOut(subnet);
    if (out !== undefined) (out.code === "OutboundUnclear" || subnet === build ? warnings : blockers).push(out);
  }
  return {
    changes: [],
    blockers: [...blockers, ...storageProblems(facts)],
    warnings: [...warnings, ...quotaProblem(facts)],
  };
}

function regionProblem(subnet: SubnetFacts, facts: Facts): readonly Problem[] {
  const here = facts.template.body.location ?? "";
  if (sameRegion(subnet.virtualNetworkLocation, here)) return [];
  return [
    about(
      subnet,
      "RegionMismatch",
      `The virtual network is in ${subnet.virtualNetworkLocation}, the template in ${here}`,
      ["Use a virtual network in the template's region."],
    ),
  ];
}

/** Addresses of a subnet that resources can have: five of each prefix are Azure's own (rbac-network-arm.md §5.6). IPv6 is not counted. */
function usableAddresses(subnet: SubnetFacts): number {
  const sizes = subnet.prefixes.flatMap((prefix) => {
    const range = parseRange(prefix);
    return range?.family === 4 ? [Number(range.to - range.from) + 1] : [];
  });
  return sizes.reduce((sum, size) => sum + Math.max(0, size - 5), 0);
}

function roomProblem(subnet: SubnetFacts, taken: number): readonly Problem[] {
  const free = usableAddresses(subnet) - (subnet.usedAddresses ?? 0);
  if (free >= taken) return [];
  return [
    about(subnet, "SubnetFull", `The subnet has ${Math.max(0, free)} free addresses, a build takes ${taken}`, [
      "Add a prefix to the subnet, or use a larger one.",
    ]),
  ];
}

// A route wins over the network's own default; without one, only a NAT gateway or the old default outbound access leads out.
function wayOut(subnet: SubnetFacts): Problem | undefined {
  const route = subnet.routes?.find((one) => isDefault(one));
  const hop = route?.nextHopType.toLowerCase();
  if (hop === "none")
    return about(subnet, "NoWayOut", `The route ${route?.name} drops everything that leaves the subnet`, [
      "Change the next hop of the default route, or use another subnet.",
    ]);
  if (hop === "virtualappliance" || hop === "virtualnetworkgateway")
    return about(subnet, "OutboundUnclear", `Everything that leaves the subnet goes through ${route?.nextHopType}`, [
      "Make sure that the firewall behind it lets the build's downloads and Azure Storage through.",
    ]);
  if (subnet.defaultOutboundAccess !== false || subnet.natGatewayId !== undefined || hop === "internet")
    return undefined;
  return about(subnet, "NoWayOut", "The subnet is private and has no NAT gateway", [
    "Attach a NAT gateway, or route outbound traffic through a firewall.",
  ]);
}

function isDefault(route: RouteFacts): boolean {
  return route.addressPrefix === "0.0.0.0/0" || route.addressPrefix.toLowerCase() === "internet";
}

// Scripts behind a storage firewall only reach builds with a container subnet of their own that the account lets in (image-builder.md §5.4).
function storageProblems(facts: Facts): readonly Problem[] {
  const container = vnetConfigOf(facts.template.body).containerInstanceSubnetId;
  const ids = blobsOf(facts.template.body).flatMap((blob) => facts.storageAccounts?.[blob.account] ?? []);
  return [...new Set(ids)].flatMap((id) => {
    const account = facts.targets[normalize(id)];
    if (account?.networkDefaultAction?.toLowerCase() !== "deny") return [];
    const letIn = account.allowedSubnetIds?.some((allowed) => container !== undefined && sameId(allowed, container));
    if (letIn && container !== undefined) return endpointProblem(facts.subnets[normalize(container)]);
    return [
      {
        code: "StorageFirewall",
        title: "The storage account's firewall keeps the service from the scripts",
        scope: id,
        stage: "planning",
        fix: [
          "Use a container subnet of your own (containerInstanceSubnetId) with the service endpoint for storage, and let it in at the account.",
          "Or put the scripts where they can be reached.",
        ],
      },
    ];
  });
}

// An account knows a subnet by its service endpoint; without one, what the subnet sends comes from some address of the internet.
function endpointProblem(subnet: SubnetFacts | undefined): readonly Problem[] {
  const has = subnet?.serviceEndpoints?.some((one) => /^Microsoft\.Storage(\.Global)?$/i.test(one));
  if (subnet === undefined || has) return [];
  return [
    about(subnet, "StorageEndpointMissing", "The container subnet has no service endpoint for storage", [
      `Add it: az network vnet subnet update --ids ${subnet.id} --service-endpoints Microsoft.Storage (and those it has).`,
    ]),
  ];
}

function quotaProblem(facts: Facts): readonly Problem[] {
  const cores = facts.containerCores;
  // A build's container takes four cores (image-builder.md §6.5).
  if (cores === undefined || cores.used + 4 <= cores.limit) return [];
  return [
    {
      code: "ContainerQuota",
      title: "The region's quota of container instance cores is nearly used up",
      detail: `${cores.used} of ${cores.limit} cores are in use, a build takes 4.`,
      stage: "planning",
      fix: ["Build when others are done, or ask for a higher quota."],
    },
  ];
}

function about(subnet: SubnetFacts, code: string, title: string, fix: readonly string[]): Problem {
  return { code, title, scope: subnet.id, stage: "planning", fix };
}
