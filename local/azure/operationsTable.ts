import { authorizationOperations } from "./authorization/index.ts";
import { compute } from "./compute/index.ts";
import { deploymentOperations, registerDeployments } from "./deployments/index.ts";
import { registerDelivery } from "./eventgrid/delivery.ts";
import { eventGridOperations } from "./eventgrid/index.ts";
import { identityOperations } from "./identity/index.ts";
import { imageBuilder } from "./imagebuilder/index.ts";
import { vaultOperations } from "./keyvault/vaults.ts";
import { operationUrls } from "./longRunning.ts";
import { network } from "./network/index.ts";
import { policyOperations } from "./policy/index.ts";
import { groupOperations, registerGroups } from "./resources/groups.ts";
import { providerOperations, registerProviders } from "./resources/providers.ts";
import { subscriptionOperations } from "./resources/subscriptions.ts";
import { tagOperations } from "./resources/tags.ts";
import { storageAccountOperations } from "./storageAccounts.ts";
import type { Operation, World } from "./world.ts";

/** Every operation of ARM that the emulator has. */
export const operationsTable: readonly Operation[] = [
  ...subscriptionOperations,
  ...groupOperations,
  ...tagOperations,
  ...deploymentOperations,
  ...providerOperations(typesIn),
  ...authorizationOperations,
  ...policyOperations,
  ...identityOperations,
  ...network.operations,
  ...storageAccountOperations,
  ...vaultOperations,
  ...eventGridOperations,
  ...compute.operations,
  ...imageBuilder.operations,
  ...operationUrls,
];

/** The resource types of a namespace with their api-versions, newest first, as the operations have them. */
function typesIn(namespace: string): { resourceType: string; apiVersions: readonly string[] }[] {
  const versions = new Map<string, Set<string>>();
  for (const { path, apiVersions } of operationsTable) {
    const [, provider, rest = ""] = /^.*\/providers\/([\w.]+)\/(.+)$/.exec(path) ?? [];
    if (provider?.toLowerCase() !== namespace.toLowerCase() || !rest.endsWith("}")) continue;
    const type = rest
      .split("/")
      .filter((part) => !part.startsWith("{"))
      .join("/");
    const known = versions.get(type) ?? new Set();
    for (const version of apiVersions) known.add(version);
    versions.set(type, known);
  }
  return [...versions].map(([resourceType, known]) => ({ resourceType, apiVersions: [...known].sort().reverse() }));
}

/** Registers the jobs of all families. */
export function registerJobs(world: World): void {
  registerGroups(world);
  registerProviders(world);
  registerDeployments(world);
  registerDelivery(world);
  network.register(world);
  compute.register(world);
  imageBuilder.register(world);
}
