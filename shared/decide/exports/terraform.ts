import { lastSegment, parentId, parseId, sameId } from "../armId.ts";
import type { Change, Plan } from "../planning/plan.ts";
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
  const { kind, name } = addressOf(change, index);
  return block(kind, name, { ...membersOf(change, put?.body), ...afterwards(plan.changes, index) });
}

function membersOf(change: Change, body: unknown): Readonly<Record<string, unknown>> {
  switch (change.kind) {
    case "assignRole":
      return {
        type: `Microsoft.Authorization/roleAssignments@${apiVersions.roleAssignments}`,
        name: change.name,
        parent_id: change.scope,
        body,
      };
    case "addSecurityRule":
      return {
        type: `Microsoft.Network/networkSecurityGroups/securityRules@${apiVersions.network}`,
        name: change.rule.name,
        parent_id: change.nsgId,
        locks: [change.nsgId],
        body,
      };
    case "setSubnetPolicy":
    case "delegateSubnet":
      return {
        type: `Microsoft.Network/virtualNetworks/subnets@${apiVersions.network}`,
        resource_id: change.subnetId,
        locks: [parentId(change.subnetId) ?? change.subnetId],
        body: { properties: subnetProperties(change) },
      };
    case "ensureRoleDefinition":
      return {
        type: `Microsoft.Authorization/roleDefinitions@${apiVersions.roleAssignments}`,
        name: lastSegment(change.roleDefinitionId),
        parent_id: `/subscriptions/${parseId(change.roleDefinitionId)?.subscriptionId}`,
        body,
      };
    case "registerProvider":
      return {
        type: `Microsoft.Resources/providers@${apiVersions.providers}`,
        resource_id: `/subscriptions/${change.subscriptionId}/providers/${change.namespace}`,
        action: "register",
        method: "POST",
      };
  }
}

function addressOf(change: Change, index: number): { readonly kind: string; readonly name: string } {
  switch (change.kind) {
    case "assignRole":
      return { kind: "azapi_resource", name: `grant_${index}` };
    case "addSecurityRule":
      return { kind: "azapi_resource", name: `rule_${index}` };
    case "setSubnetPolicy":
    case "delegateSubnet":
      return { kind: "azapi_update_resource", name: `subnet_${index}` };
    case "ensureRoleDefinition":
      return { kind: "azapi_resource", name: `role_${index}` };
    case "registerProvider": {
      const provider = lastSegment(change.namespace).replaceAll(".", "_");
      return { kind: "azapi_resource_action", name: `register_${provider}_${index}` };
    }
  }
}

const isNetwork = ({ kind }: Change) =>
  kind === "addSecurityRule" || kind === "setSubnetPolicy" || kind === "delegateSubnet";

/** Network changes go one after the other: a subnet cannot be written while its security group is (rbac-network-arm.md §5.3). A grant comes after its role. */
function afterwards(changes: readonly Change[], index: number): { readonly depends_on?: readonly Address[] } {
  const change = changes[index];
  if (!change || (!isNetwork(change) && change.kind !== "assignRole")) return {};
  const before = changes
    .slice(0, index)
    .findLastIndex((one) => (change.kind === "assignRole" ? defines(one, change.roleDefinitionId) : isNetwork(one)));
  const earlier = changes[before];
  return earlier ? { depends_on: [new Address(addressOf(earlier, before))] } : {};
}

const defines = (change: Change, id: string) =>
  change.kind === "ensureRoleDefinition" && sameId(change.roleDefinitionId, id);

/** The place of a block, which HCL writes without quotes. */
class Address {
  readonly text: string;
  constructor({ kind, name }: { readonly kind: string; readonly name: string }) {
    this.text = `${kind}.${name}`;
  }
}

function block(kind: string, name: string, members: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(members).map(([key, value]) => `  ${key} = ${hcl(value, "  ")}`);
  return [`resource "${kind}" "${name}" {`, ...lines, "}"].join("\n");
}

function hcl(value: unknown, indent: string): string {
  if (typeof value === "string") return quoted(value);
  if (value instanceof Address) return value.text;
  if (Array.isArray(value)) return `[${value.map((item) => hcl(item, indent)).join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  const lines = Object.entries(value).map(([key, member]) => `${indent}  ${key} = ${hcl(member, `${indent}  `)}`);
  return ["{", ...lines, `${indent}}`].join("\n");
}

// Of a JSON string, HCL reads two more things: its own template markers.
function quoted(value: string): string {
  return JSON.stringify(value).replace(/[$%](?=\{)/g, (marker) => marker + marker);
}
