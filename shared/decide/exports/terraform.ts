import { lastSegment, parentId } from "../armId.ts";
import type { Change, Plan } from "../plan.ts";
import { armPut, subnetProperties } from "./armPuts.ts";
import { apiVersions, headerOf, nothingToDo } from "./words.ts";

/** A Terraform file for the azapi provider, whose update resource edits one property of a subnet and leaves the rest alone. */
export function terraformFile(plan: Plan): string {
  const blocks = plan.changes.map((change, index) => terraformBlock(plan, change, index));
  return [
    ...headerOf(plan).map((line) => `# ${line}`),
    'terraform {\n  required_providers {\n    azapi = {\n      source  = "Azure/azapi"\n      version = "~> 2.0"\n    }\n  }\n}',
    "",
    ...(blocks.length === 0 ? [`# ${nothingToDo}`, ""] : blocks.map((block) => `${block}\n`)),
  ].join("\n");
}

function terraformBlock(plan: Plan, change: Change, index: number): string {
  const put = armPut(plan, change);
  switch (change.kind) {
    case "assignRole":
      return block("azapi_resource", `grant_${index}`, {
        type: `Microsoft.Authorization/roleAssignments@${apiVersions.roleAssignments}`,
        name: change.name,
        parent_id: change.scope,
        body: put?.body,
      });
    case "addSecurityRule":
      return block("azapi_resource", `rule_${index}`, {
        type: `Microsoft.Network/networkSecurityGroups/securityRules@${apiVersions.network}`,
        name: change.rule.name,
        parent_id: change.nsgId,
        locks: [change.nsgId],
        body: put?.body,
      });
    case "setSubnetPolicy":
    case "delegateSubnet":
      return block("azapi_update_resource", `subnet_${index}`, {
        type: `Microsoft.Network/virtualNetworks/subnets@${apiVersions.network}`,
        resource_id: change.subnetId,
        locks: [parentId(change.subnetId) ?? change.subnetId],
        body: { properties: subnetProperties(change) },
      });
    case "registerProvider":
      return block("azapi_resource_action", `register_${lastSegment(change.namespace).replaceAll(".", "_")}_${index}`, {
        type: `Microsoft.Resources/providers@${apiVersions.providers}`,
        resource_id: `/subscriptions/${change.subscriptionId}/providers/${change.namespace}`,
        action: "register",
        method: "POST",
      });
  }
}

function block(kind: string, name: string, members: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(members).map(([key, value]) => `  ${key} = ${hcl(value, "  ")}`);
  return [`resource "${kind}" "${name}" {`, ...lines, "}"].join("\n");
}

function hcl(value: unknown, indent: string): string {
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return `[${value.map((item) => hcl(item, indent)).join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  const lines = Object.entries(value).map(([key, member]) => `${indent}  ${key} = ${hcl(member, `${indent}  `)}`);
  return ["{", ...lines, `${indent}}`].join("\n");
}

// Of a JSON string, HCL reads two more things: its own template markers.
function quoted(value: string): string {
  return JSON.stringify(value).replace(/[$%](?=\{)/g, (marker) => marker + marker);
}
