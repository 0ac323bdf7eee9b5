import { lastSegment, parentId } from "../armId.ts";
import type { Change, Plan } from "../planning/plan.ts";
import { armPut } from "./armPuts.ts";
import { headerOf, nothingToDo, partsOf } from "./words.ts";

// New-AzRoleAssignment cannot set a name, and the name is what makes a second run find the first: so grants are PUT as they are.
// Each write is waited for: Azure refuses the next one on the same security group until then (rbac-network-arm.md §5.3).
const putFunction = `function Invoke-ArmPut([string] $Path, [string] $Payload) {
  $answer = Invoke-AzRestMethod -Method PUT -Path $Path -Payload $Payload -WaitForCompletion
  if ($answer.StatusCode -ge 300) { throw "$($answer.StatusCode) $($answer.Content)" }
}`;

/** A PowerShell script of Az cmdlets; run twice it changes nothing more. */
export function powershellScript(plan: Plan): string {
  const commands = plan.changes.map((change) => powershellCommand(plan, change));
  return [
    ...headerOf(plan).map((line) => `# ${line}`),
    "#Requires -Modules Az.Accounts, Az.Network, Az.Resources",
    "$ErrorActionPreference = 'Stop'",
    "",
    putFunction,
    "",
    ...(commands.length === 0 ? [`# ${nothingToDo}`] : commands),
    "",
  ].join("\n");
}

function powershellCommand(plan: Plan, change: Change): string {
  const put = armPut(plan, change);
  if (put !== undefined) {
    const path = `${put.path}?api-version=${put.apiVersion}`;
    return `Invoke-ArmPut -Path ${quoted(path)} -Payload ${quoted(JSON.stringify(put.body))}`;
  }
  if (change.kind === "registerProvider")
    return [
      `Set-AzContext -Subscription ${quoted(change.subscriptionId)} | Out-Null`,
      `Register-AzResourceProvider -ProviderNamespace ${quoted(change.namespace)} | Out-Null`,
    ].join("\n");
  return change.kind === "setSubnetPolicy" || change.kind === "delegateSubnet" ? subnetCommand(change) : "";
}

function subnetCommand(change: Extract<Change, { kind: "setSubnetPolicy" | "delegateSubnet" }>): string {
  const { subscription, group, name } = partsOf(parentId(change.subnetId) ?? change.subnetId);
  const edit =
    change.kind === "setSubnetPolicy"
      ? `$subnet.PrivateLinkServiceNetworkPolicies = ${quoted(change.value)}`
      : `Add-AzDelegation -Name ${quoted(lastSegment(change.serviceName))} -ServiceName ${quoted(change.serviceName)} -Subnet $subnet | Out-Null`;
  return [
    `Set-AzContext -Subscription ${quoted(subscription)} | Out-Null`,
    `$network = Get-AzVirtualNetwork -ResourceGroupName ${quoted(group)} -Name ${quoted(name)}`,
    `$subnet = $network.Subnets | Where-Object Name -eq ${quoted(lastSegment(change.subnetId))}`,
    edit,
    "$network | Set-AzVirtualNetwork | Out-Null",
  ].join("\n");
}

// PowerShell also takes typographic quotation marks for quotes.
function quoted(value: string): string {
  return `'${value.replace(/['‘’‚‛]/g, "$&$&")}'`;
}
