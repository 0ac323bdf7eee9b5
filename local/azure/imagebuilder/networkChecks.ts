import { array, text } from "../compute/paths.ts";
import { sameRegion } from "../compute/regions.ts";
import { nameOf, parentOf } from "../ids.ts";
import type { Json, JsonObject, Resource, World } from "../world.ts";
import { noAuthorization } from "./refusals.ts";
import type { Run, RunFailure } from "./runs.ts";
import { type End, type Flow, insideOf, internet, loadBalancer, passes } from "./securityRules.ts";
import { freeAddresses, leadsOut } from "./subnetChecks.ts";
import { identityPrincipal, locationOf } from "./template.ts";

/** A failure, and how long the service takes to notice. */
export interface Obstacle {
  readonly failure: RunFailure;
  readonly seconds: number;
}

/** What the template's own virtual network holds against a build (image-builder.md §5); none where the service makes its own. */
export function networkObstacle(world: World, template: Resource, run: Run): Obstacle | undefined {
  const network = template.body.properties as Json;
  const subnetId = text(network, "vmProfile", "vnetConfig", "subnetId");
  if (!subnetId) return undefined;
  const containersId = text(network, "vmProfile", "vnetConfig", "containerInstanceSubnetId");
  for (const id of containersId ? [subnetId, containersId] : [subnetId]) {
    const obstacle = joinObstacle(world, template, id);
    if (obstacle) return obstacle;
  }
  const build = findSubnet(world, subnetId);
  const containers = containersId ? findSubnet(world, containersId) : undefined;
  return (
    delegationObstacle(build, containers, subnetId, containersId) ??
    roomObstacle(build, subnetId, containersId ? 2 : 5) ??
    (containers && containersId ? roomObstacle(containers, containersId, 1) : undefined) ??
    (containersId ? undefined : policyObstacle(template, run, build, subnetId)) ??
    trafficObstacle(world, run, build, containers)
  );
}

/** A subnet, kept as a resource of its own or within its virtual network. */
function findSubnet(world: World, subnetId: string): JsonObject | undefined {
  const own = world.store.resource(subnetId)?.body;
  if (own) return own;
  const network = world.store.resource(parentOf(subnetId))?.body;
  const name = nameOf(subnetId).toLowerCase();
  return array(network, "properties", "subnets").find((subnet) => text(subnet, "name")?.toLowerCase() === name) as
    | JsonObject
    | undefined;
}

function soon(code: string, message: string): Obstacle {
  return { failure: { code, message, log: [message] }, seconds: 60 };
}

function joinObstacle(world: World, template: Resource, subnetId: string): Obstacle | undefined {
  const principalId = identityPrincipal(world, template) ?? "";
  const networkId = parentOf(subnetId);
  const rights = [
    ["Microsoft.Network/virtualNetworks/read", networkId],
    ["Microsoft.Network/virtualNetworks/subnets/join/action", subnetId],
  ] as const;
  for (const [action, scope] of rights)
    if (world.rights.decide(principalId, action, scope).kind === "denied")
      return soon(
        "AuthorizationFailed",
        `network.VirtualNetworksClient#Get: Failure responding to request: StatusCode=403 -- Original Error: autorest/azure: Service returned an error. Status=403 Code="AuthorizationFailed" Message="${noAuthorization(principalId, action, scope)}"`,
      );
  const network = world.store.resource(networkId);
  if (network && findSubnet(world, subnetId) && sameRegion(text(network.body, "location") ?? "", locationOf(template)))
    return undefined;
  return soon(
    "InvalidResourceReference",
    `Resource ${subnetId} referenced by resource ${template.id} was not found. Please make sure that the referenced resource exists, and that both resources are in the same region.`,
  );
}

const containerGroups = "Microsoft.ContainerInstance/containerGroups";

function delegatedTo(subnet: JsonObject | undefined): readonly string[] {
  return array(subnet, "properties", "delegations").map(
    (delegation) => text(delegation, "properties", "serviceName") ?? "",
  );
}

function delegationObstacle(
  build: JsonObject | undefined,
  containers: JsonObject | undefined,
  buildId: string,
  containersId: string | undefined,
) {
  const [other] = delegatedTo(build);
  if (other)
    return soon(
      "SubnetIsDelegated",
      `Subnet ${buildId} is delegated to ${other} and cannot be used by the network interface of the build VM.`,
    );
  if (!containers || delegatedTo(containers).some((service) => service.toLowerCase() === containerGroups.toLowerCase()))
    return undefined;
  return soon(
    "SubnetMissingRequiredDelegation",
    `Subnet ${containersId} requires any of the following delegation(s) [${containerGroups}] to reference service association link /providers/${containerGroups}.`,
  );
}

/** How many addresses a build takes is counted from what it deploys (image-builder.md §5.1): assumed. */
function roomObstacle(subnet: JsonObject | undefined, subnetId: string, taken: number): Obstacle | undefined {
  if (freeAddresses(subnet) >= taken) return undefined;
  const prefix = text(subnet, "properties", "addressPrefix") ?? "";
  return soon(
    "SubnetIsFull",
    `Subnet ${subnetId} with address prefix ${prefix} does not have enough capacity for ${taken} IP addresses.`,
  );
}

/** A proxy in the build subnet stands behind a private link service, which the subnet must admit (image-builder.md §5.2). */
function policyObstacle(
  template: Resource,
  run: Run,
  build: JsonObject | undefined,
  subnetId: string,
): Obstacle | undefined {
  if (text(build, "properties", "privateLinkServiceNetworkPolicies") === "Disabled") return undefined;
  const staging = text(template.body, "properties", "exactStagingResourceGroup") ?? "";
  const service = `${staging}/providers/Microsoft.Network/privateLinkServices/aibpls${run.runId.slice(0, 5)}`;
  const code = "PrivateLinkServiceCannotBeCreatedInSubnetThatHasNetworkPoliciesEnabled";
  return soon(
    code,
    `Private link service deployment failed: Code="${code}" Message="Private link service ${service} cannot be created in a subnet ${subnetId} since it has private link service network policies enabled." Details=[]`,
  );
}

interface Path {
  readonly subnet: JsonObject | undefined;
  readonly flow: Flow;
}

/** The connections that a build needs through the subnets' security groups (image-builder.md §5.3, rbac-network-arm.md §11 no. 8). */
function neededPaths(run: Run, build: JsonObject | undefined, containers: JsonObject | undefined): readonly Path[] {
  const here = insideOf(build);
  const windows = run.source?.osType === "Windows";
  const port = windows ? 5986 : 22;
  const inbound = (source: End, to: number): Flow => ({ direction: "Inbound", source, destination: here, port: to });
  const outbound = (source: End, destination: End, to: number): Flow => ({
    direction: "Outbound",
    source,
    destination,
    port: to,
  });
  if (containers) {
    const there = insideOf(containers);
    return [
      { subnet: build, flow: inbound(there, port) },
      { subnet: containers, flow: outbound(there, here, port) },
      ...[443, 445].map((to) => ({ subnet: containers, flow: outbound(there, internet, to) })),
    ];
  }
  // 60001 for Linux, 60000 for Windows (image-builder.md §5.3).
  const service = windows ? 60_000 : 60_001;
  return [
    { subnet: build, flow: inbound(loadBalancer, service) },
    { subnet: build, flow: inbound(here, service) },
    { subnet: build, flow: inbound(here, port) },
    { subnet: build, flow: outbound(here, here, port) },
  ];
}

/** Packer waits this long for the connection to the build VM. */
const connectSeconds = 1200;

function trafficObstacle(
  world: World,
  run: Run,
  build: JsonObject | undefined,
  containers: JsonObject | undefined,
): Obstacle | undefined {
  const blocked = neededPaths(run, build, containers).find(
    ({ subnet, flow }) => !passes(world, subnet, flow) || (flow.destination === internet && !leadsOut(world, subnet)),
  );
  if (!blocked) return undefined;
  const { source, destination, port } = blocked.flow;
  const windows = run.source?.osType === "Windows";
  const detail = windows
    ? `[ERROR] WinRM connection err: unknown error Post "https://${destination.address}:${port}/wsman": context deadline exceeded`
    : `[DEBUG] TCP connection to SSH ip/port failed: dial tcp ${destination.address}:${port}: i/o timeout (from ${source.address})`;
  return {
    seconds: connectSeconds,
    failure: {
      code: "PackerBuildFailed",
      message: `Failed in building/customizing image: Failed while waiting for packerizer: Timeout waiting for microservice to complete: 'context deadline exceeded'`,
      log: [detail, windows ? "Timeout waiting for WinRM." : "Timeout waiting for SSH."],
    },
  };
}
