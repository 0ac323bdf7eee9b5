import { lastSegment, normalize, parseId, resourceGroupId, sameId, typeOf } from "../armId.ts";
import type { Change, Plan } from "../planning/plan.ts";
import { assignmentProperties } from "./armPuts.ts";
import { azCommand } from "./az.ts";
import { literal, quoted } from "./bicepText.ts";
import type { ExportedFile } from "./exportPlan.ts";
import { apiVersions, headerOf, nothingToDo, partsOf } from "./words.ts";

type Deployable = Extract<Change, { kind: "assignRole" | "addSecurityRule" }>;

/** Bicep files: one per resource group that something is written to, and a `main.bicep` for a subscription deployment that calls them. What Bicep cannot do without replacing a whole subnet stands there as az commands. */
export function bicepFiles(plan: Plan): readonly ExportedFile[] {
  const groups = byGroup(plan.changes.filter(isDeployable));
  const roles = plan.changes.filter((change) => change.kind === "ensureRoleDefinition");
  const rest = plan.changes.filter((change) => !isDeployable(change) && change.kind !== "ensureRoleDefinition");
  const files = [...groups].map(([groupId, changes], index) => ({
    name: `group${index}.bicep`,
    groupId,
    text: groupFile(plan, groupId, changes),
  }));
  const modules = files.map(({ name, groupId }, index) => moduleOf(name, groupId, index, roles.length));
  const manual = rest.flatMap((change) => [
    "// Bicep would replace the resource as a whole, or cannot do this. Run instead:",
    ...azCommand(plan, change)
      .split("\n")
      .map((line) => `// ${line}`),
    "",
  ]);
  const nothing = plan.changes.length === 0 ? [`// ${nothingToDo}`] : [];
  const main = [
    ...headerOf(plan).map((line) => `// ${line}`),
    "targetScope = 'subscription'",
    "",
    ...roles.map(roleResource),
    ...modules,
    ...manual,
    ...nothing,
  ];
  return [{ name: "main.bicep", text: ended(main) }, ...files.map(({ name, text }) => ({ name, text }))];
}

function isDeployable(change: Change): change is Deployable {
  return (change.kind === "assignRole" || change.kind === "addSecurityRule") && groupOf(change) !== undefined;
}

function groupOf(change: Deployable): string | undefined {
  return resourceGroupId(change.kind === "assignRole" ? change.scope : change.nsgId);
}

function byGroup(changes: readonly Deployable[]): ReadonlyMap<string, readonly Deployable[]> {
  const groups = new Map<string, [string, Deployable[]]>();
  for (const change of changes) {
    const id = groupOf(change) ?? "";
    const known = groups.get(normalize(id)) ?? [id, []];
    groups.set(normalize(id), [known[0], [...known[1], change]]);
  }
  return new Map(groups.values());
}

/** A role's definition: the one thing besides the modules that belongs to the subscription. */
function roleResource(
  { roleDefinitionId, content }: Extract<Change, { kind: "ensureRoleDefinition" }>,
  index: number,
): string {
  return [
    `resource role${index} 'Microsoft.Authorization/roleDefinitions@${apiVersions.roleAssignments}' = {`,
    `  name: ${quoted(lastSegment(roleDefinitionId))}`,
    `  properties: ${literal(content, "  ")}`,
    "}",
    "",
  ].join("\n");
}

function moduleOf(file: string, groupId: string, index: number, roles: number): string {
  const { subscription, group } = partsOf(groupId);
  const before = Array.from({ length: roles }, (_, role) => `role${role}`).join(", ");
  return [
    `module group${index} '${file}' = {`,
    `  name: 'goldsmith-group${index}'`,
    `  scope: resourceGroup(${quoted(subscription)}, ${quoted(group)})`,
    ...(roles === 0 ? [] : [`  dependsOn: [${before}]`]),
    "}",
    "",
  ].join("\n");
}

function groupFile(plan: Plan, groupId: string, changes: readonly Deployable[]): string {
  const scopes = [...new Map(changes.flatMap(scopeEntry)).values()];
  const symbol = (id: string) => `target${scopes.findIndex((scope) => normalize(scope) === normalize(id))}`;
  const existing = scopes.map((id) => existingResource(id, symbol(id)));
  const blocks = changes.map((change, index) =>
    change.kind === "assignRole"
      ? grantResource(
          plan,
          change,
          index,
          normalize(change.scope) === normalize(groupId) ? undefined : symbol(change.scope),
        )
      : ruleResource(change, index, symbol(change.nsgId), ruleBefore(changes, index)),
  );
  return ended([`// Resource group ${groupId}`, "targetScope = 'resourceGroup'", "", ...existing, ...blocks]);
}

function scopeEntry(change: Deployable): readonly (readonly [string, string])[] {
  const id = change.kind === "assignRole" ? change.scope : change.nsgId;
  return typeOf(id) === undefined ? [] : [[normalize(id), id]];
}

// Any version serves to point at a resource that exists; these are ones that Bicep knows.
const existingVersions: Readonly<Record<string, string>> = {
  "microsoft.compute/galleries": "2023-07-03",
  "microsoft.compute/images": "2024-03-01",
  "microsoft.network/virtualnetworks": apiVersions.network,
  "microsoft.network/networksecuritygroups": apiVersions.network,
  "microsoft.network/ddosprotectionplans": apiVersions.network,
  "microsoft.managedidentity/userassignedidentities": "2023-01-31",
  "microsoft.storage/storageaccounts/blobservices/containers": "2023-05-01",
};

function existingResource(id: string, symbol: string): string {
  const parsed = parseId(id);
  const type = [parsed?.provider, ...(parsed?.types ?? [])].join("/");
  const version = existingVersions[type.toLowerCase()] ?? apiVersions.network;
  const name = (parsed?.names ?? []).join("/");
  return [`resource ${symbol} '${type}@${version}' existing = {`, `  name: ${quoted(name)}`, "}", ""].join("\n");
}

function grantResource(
  plan: Plan,
  change: Extract<Deployable, { kind: "assignRole" }>,
  index: number,
  scope?: string,
): string {
  const properties = Object.entries(assignmentProperties(plan, change)).map(
    ([key, value]) => `    ${key}: ${quoted(value)}`,
  );
  return [
    `resource grant${index} 'Microsoft.Authorization/roleAssignments@${apiVersions.roleAssignments}' = {`,
    `  name: ${quoted(change.name)}`,
    ...(scope === undefined ? [] : [`  scope: ${scope}`]),
    "  properties: {",
    ...properties,
    "  }",
    "}",
    "",
  ].join("\n");
}

type Rule = Extract<Deployable, { kind: "addSecurityRule" }>;

/** A deployment writes side by side what does not depend on each other, and of two writes to one security group Azure refuses one (rbac-network-arm.md §5.3). */
function ruleBefore(changes: readonly Deployable[], index: number): number | undefined {
  const { nsgId } = changes[index] as Rule;
  const before = changes
    .slice(0, index)
    .findLastIndex((one) => one.kind === "addSecurityRule" && sameId(one.nsgId, nsgId));
  return before < 0 ? undefined : before;
}

function ruleResource(change: Rule, index: number, parent: string, after: number | undefined): string {
  const { name, ...rule } = change.rule;
  const properties = Object.entries(rule).map(
    ([key, value]) => `    ${key}: ${typeof value === "number" ? value : quoted(value)}`,
  );
  return [
    `resource rule${index} 'Microsoft.Network/networkSecurityGroups/securityRules@${apiVersions.network}' = {`,
    `  parent: ${parent}`,
    `  name: ${quoted(name)}`,
    "  properties: {",
    ...properties,
    "  }",
    ...(after === undefined ? [] : [`  dependsOn: [rule${after}]`]),
    "}",
    "",
  ].join("\n");
}

function ended(lines: readonly string[]): string {
  return `${lines.join("\n").trimEnd()}\n`;
}
