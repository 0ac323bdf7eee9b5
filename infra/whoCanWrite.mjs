// Who can become Goldsmith: whoever can write its code, its settings, its identity or its rights. Run it now and then, or in a pipeline:
//   node infra/whoCanWrite.mjs <resource group> [object id of somebody who may]…
// Exit code 0: nobody but those named; 1: others too. Asks the Azure CLI (reads only); people in groups are one line, the group.
import { execFileSync } from "node:child_process";

const [group, ...known] = process.argv.slice(2);
if (!group) {
  console.error("usage: node infra/whoCanWrite.mjs <resource group> [object id]…");
  process.exit(2);
}

/** What lets somebody run code as the app, or hand out what it may do. */
const actions = [
  "Microsoft.Authorization/roleAssignments/write",
  "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
  "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write",
  "Microsoft.Resources/deployments/write",
  "Microsoft.Storage/storageAccounts/write",
  "Microsoft.Web/sites/config/write",
  "Microsoft.Web/sites/publish/action",
  "Microsoft.Web/sites/write",
];
/** The package lies in the app's storage account, its orchestrations' state in the task hub. */
const dataActions = [
  "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write",
  "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action",
  "Microsoft.Storage/storageAccounts/tableServices/tables/entities/write",
  "Microsoft.DurableTask/schedulers/taskhubs/write",
];

const az = (...words) => JSON.parse(execFileSync("az", [...words, "--output", "json"], { encoding: "utf8" }));
const matches = (pattern, action) => new RegExp(`^${pattern.split("*").map(literal).join(".*")}$`, "i").test(action);
const literal = (text) => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
const allowed = (wanted, given = [], taken = []) =>
  wanted.filter((one) => given.some((p) => matches(p, one)) && !taken.some((p) => matches(p, one)));
const powers = ({ permissions }) =>
  permissions.flatMap((one) => [
    ...allowed(actions, one.actions, one.notActions),
    ...allowed(dataActions, one.dataActions, one.notDataActions),
  ]);

// At the group, above it, and at the resources in it.
const assignments = [
  ...az("role", "assignment", "list", "--resource-group", group, "--include-inherited"),
  ...az("resource", "list", "--resource-group", group).flatMap(({ id }) =>
    az("role", "assignment", "list", "--scope", id),
  ),
];
const definitions = new Map();
for (const { roleDefinitionName: name } of assignments)
  if (!definitions.has(name)) definitions.set(name, az("role", "definition", "list", "--name", name)[0]);

const seen = new Set();
let others = 0;
for (const { id, principalId, principalName, principalType, roleDefinitionName: role, scope } of assignments) {
  if (seen.has(id)) continue;
  seen.add(id);
  const able = definitions.get(role) ? [...new Set(powers(definitions.get(role)))] : ["a role that cannot be read"];
  if (able.length === 0) continue;
  const expected = known.some((one) => one.toLowerCase() === principalId.toLowerCase());
  if (!expected) others++;
  console.log(
    `${expected ? "known " : "OTHER "} ${principalType} ${principalName || principalId} (${principalId}): ${role} at ${scope}`,
  );
  for (const one of able) console.log(`         ${one}`);
}
console.log(others === 0 ? "Nobody else can write." : `${others} assignment(s) let somebody else become Goldsmith.`);
process.exitCode = others === 0 ? 0 : 1;
