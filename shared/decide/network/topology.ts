import type { Problem } from "../../problem.ts";
import { normalize, parentId, resourceGroupId, sameId, typeOf } from "../armId.ts";
import type { SubnetFacts, TemplateBody } from "../planning/facts.ts";
import type { Topology } from "../planning/plan.ts";
import { fieldsOf, vnetConfigOf } from "../template/templateBody.ts";

/** Service that the container subnet must be delegated to (image-builder.md §5.2). */
export const containerService = "Microsoft.ContainerInstance/containerGroups";

/** Which of the three networks a body asks for; a container subnet without a build subnet counts as `managed` and is a blocker of its own. */
export function topologyOf(body: TemplateBody): Topology {
  const { subnetId, containerInstanceSubnetId } = vnetConfigOf(body);
  if (subnetId === undefined) return "managed";
  return containerInstanceSubnetId === undefined ? "buildSubnetOnly" : "buildAndContainerSubnets";
}

/** What in a body's network the service would refuse, each with the rule. */
export function topologyProblems(
  body: TemplateBody,
  subnets: Readonly<Record<string, SubnetFacts>> = {},
): readonly Problem[] {
  const { subnetId, containerInstanceSubnetId: container, proxyVmSize } = vnetConfigOf(body);
  const problems: Problem[] = [...legacyNames(body)];
  for (const [name, id] of Object.entries({ subnetId, containerInstanceSubnetId: container }))
    if (id !== undefined && !isSubnetId(id))
      problems.push(rule(`${name} is not the id of a subnet`, name, "Give the full ARM id of a subnet."));
  if (container !== undefined && subnetId === undefined)
    problems.push(
      rule("containerInstanceSubnetId needs subnetId", "containerInstanceSubnetId", "Name a build subnet too."),
    );
  if (container !== undefined && proxyVmSize !== undefined)
    problems.push(
      rule(
        "proxyVmSize and containerInstanceSubnetId exclude each other",
        "proxyVmSize",
        "Remove proxyVmSize: with a container subnet there is no proxy.",
      ),
    );
  if (container !== undefined && subnetId !== undefined) problems.push(...pairProblems(subnetId, container));
  return [...problems, ...delegationProblems(subnetId, subnets)];
}

function isSubnetId(id: string): boolean {
  return resourceGroupId(id) !== undefined && typeOf(id) === "microsoft.network/virtualnetworks/subnets";
}

function pairProblems(subnetId: string, container: string): readonly Problem[] {
  if (sameId(subnetId, container))
    return [
      rule(
        "build and container subnet are the same",
        "containerInstanceSubnetId",
        "Use two subnets of one virtual network.",
      ),
    ];
  const [vnet, other] = [parentId(subnetId), parentId(container)];
  if (vnet === undefined || other === undefined || sameId(vnet, other)) return [];
  return [
    rule(
      "build and container subnet lie in different virtual networks",
      "containerInstanceSubnetId",
      "Use two subnets of one virtual network.",
    ),
  ];
}

function delegationProblems(
  subnetId: string | undefined,
  subnets: Readonly<Record<string, SubnetFacts>>,
): readonly Problem[] {
  const delegations = subnetId === undefined ? [] : (subnets[normalize(subnetId)]?.delegations ?? []);
  if (delegations.length === 0) return [];
  return [
    rule(
      `the build subnet is delegated to ${delegations.join(", ")}`,
      "subnetId",
      "Use a subnet without delegation for the build VM.",
    ),
  ];
}

// The first API took three names instead of an id (seeds/002); today's API ignores them, so the build would silently lose its network.
function legacyNames(body: TemplateBody): readonly Problem[] {
  const profile = fieldsOf(body.properties?.vmProfile);
  const legacy = fieldsOf(profile.VirtualNetworkConfig ?? profile.virtualNetworkConfig);
  const given = ["name", "subnetName", "resourceGroupName"].filter((key) => (legacy[key] ?? "") !== "");
  if (Object.keys(legacy).length === 0 || given.length === 0) return [];
  const title =
    given.length === 3
      ? "VirtualNetworkConfig belongs to the first API"
      : "VirtualNetworkConfig needs name if and only if subnetName and resourceGroupName are given";
  const fix = "Write vmProfile.vnetConfig.subnetId with the full id of the subnet instead.";
  return [
    {
      ...rule(title, "subnetId", fix),
      errors: [{ pointer: "/properties/vmProfile/VirtualNetworkConfig", detail: title }],
    },
  ];
}

function rule(title: string, member: string, fix: string): Problem {
  return {
    code: "InvalidTopology",
    title: `${title[0]?.toUpperCase()}${title.slice(1)}`,
    stage: "planning",
    fix: [fix],
    errors: [{ pointer: `/properties/vmProfile/vnetConfig/${member}`, detail: title }],
  };
}
