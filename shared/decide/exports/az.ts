import type { Change, Plan } from "../planning/plan.ts";
import { apiVersions, headerOf, nothingToDo, partsOf, reasonOf } from "./words.ts";

/** A bash script of Azure CLI commands; run twice it changes nothing more. Every value is quoted, for ids are other people's words. */
export function azScript(plan: Plan): string {
  const commands = plan.changes.map((change) => azCommand(plan, change));
  return [
    "#!/usr/bin/env bash",
    ...headerOf(plan).map((line) => `# ${line}`),
    "set -euo pipefail",
    "",
    ...(commands.length === 0 ? [`# ${nothingToDo}`] : commands),
    "",
  ].join("\n");
}

/** One change as an Azure CLI command. */
export function azCommand(plan: Plan, change: Change): string {
  switch (change.kind) {
    case "assignRole":
      return command("az role assignment create", {
        name: change.name,
        role: change.roleDefinitionId,
        scope: change.scope,
        "assignee-object-id": change.principalId,
        "assignee-principal-type": "ServicePrincipal",
        description: reasonOf(plan, change),
      });
    case "setSubnetPolicy":
      return command("az network vnet subnet update", {
        ids: change.subnetId,
        "private-link-service-network-policies": change.value,
      });
    case "delegateSubnet":
      return command("az network vnet subnet update", { ids: change.subnetId, delegations: change.serviceName });
    case "addSecurityRule":
      return ruleCommand(change);
    case "ensureRoleDefinition":
      // Not `az role definition create`: it takes no id, by which a second run finds the first.
      return command("az rest", {
        method: "put",
        url: `${change.roleDefinitionId}?api-version=${apiVersions.roleAssignments}`,
        body: JSON.stringify({ properties: change.content }),
      });
    case "registerProvider":
      return `${command("az provider register", { namespace: change.namespace, subscription: change.subscriptionId })} --wait`;
  }
}

function ruleCommand({ nsgId, rule }: Extract<Change, { kind: "addSecurityRule" }>): string {
  const { subscription, group, name } = partsOf(nsgId);
  return command("az network nsg rule create", {
    subscription,
    "resource-group": group,
    "nsg-name": name,
    name: rule.name,
    priority: `${rule.priority}`,
    direction: rule.direction,
    access: rule.access,
    protocol: rule.protocol,
    "source-address-prefixes": rule.sourceAddressPrefix,
    "source-port-ranges": rule.sourcePortRange,
    "destination-address-prefixes": rule.destinationAddressPrefix,
    "destination-port-ranges": rule.destinationPortRange,
    description: rule.description,
  });
}

function command(name: string, options: Readonly<Record<string, string>>): string {
  return [name, ...Object.entries(options).map(([option, value]) => `--${option} ${quoted(value)}`)].join(" \\\n  ");
}

function quoted(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}
