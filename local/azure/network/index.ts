import { simpleOperations } from "../simpleResources.ts";
import type { Operation, World } from "../world.ts";
import { interfaceOperations } from "./interfaces.ts";
import { securityGroupOperations } from "./securityGroups.ts";
import { securityRuleOperations } from "./securityRules.ts";
import { networkVersions } from "./shapes.ts";
import { subnetOperations } from "./subnets.ts";
import { virtualNetworkOperations } from "./virtualNetworks.ts";
import { registerNetworkWork } from "./work.ts";

/** `Microsoft.Network`, as far as image builds need it: rbac-network-arm.md §5. */
export const network: { operations: readonly Operation[]; register(world: World): void } = {
  operations: [
    ...virtualNetworkOperations,
    ...subnetOperations,
    ...securityGroupOperations,
    ...securityRuleOperations,
    ...interfaceOperations,
    ...["routeTables", "natGateways", "publicIPAddresses", "serviceEndpointPolicies"].flatMap((type) =>
      simpleOperations(`Microsoft.Network/${type}`, networkVersions),
    ),
  ],
  register: registerNetworkWork,
};
