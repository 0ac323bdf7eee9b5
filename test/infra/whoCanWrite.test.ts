import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const directory = mkdtempSync(join(tmpdir(), "who-"));
afterAll(() => rmSync(directory, { recursive: true }));

const group = "/subscriptions/s/resourceGroups/rg-goldsmith-prod";
const storage = `${group}/providers/Microsoft.Storage/storageAccounts/st`;
const role = (actions: string[], more: object = {}) => [
  { permissions: [{ actions, notActions: [], dataActions: [], notDataActions: [], ...more }] },
];
const definitions: Readonly<Record<string, object[]>> = {
  Owner: role(["*"]),
  Reader: role(["*/read"]),
  Contributor: role(["*"], { notActions: ["Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write"] }),
  "Monitoring Reader": role(["*/read", "Microsoft.Support/*"]),
  "Website Contributor": role(["Microsoft.Web/sites/*"]),
  "Storage Blob Data Owner": role([], {
    dataActions: ["Microsoft.Storage/storageAccounts/blobServices/containers/blobs/*"],
  }),
  "Storage Blob Data Reader": role([], {
    dataActions: ["Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"],
  }),
};
let n = 0;
const assignment = (principalId: string, roleDefinitionName: string, scope = group) => ({
  id: `${scope}/${n++}`,
  principalId,
  principalName: `${principalId}@example.com`,
  principalType: "User",
  roleDefinitionName,
  scope,
});

/** Runs the script with an `az` that answers from these assignments. */
function run(assignments: readonly ReturnType<typeof assignment>[], ...known: string[]) {
  const answers = { assignments, definitions, resources: [{ id: storage }] };
  writeFileSync(join(directory, "answers.json"), JSON.stringify(answers));
  const az = `#!/usr/bin/env node
const { assignments, definitions, resources } = require(${JSON.stringify(join(directory, "answers.json"))});
const words = process.argv.slice(2);
const after = (name) => words[words.indexOf(name) + 1];
const at = (wanted) => assignments.filter(wanted);
const group = ${JSON.stringify(group)};
const answer =
  words[0] === "resource" ? resources
  : words[1] === "definition" ? definitions[after("--name")]
  : words.includes("--scope") ? at(({ scope }) => scope === after("--scope"))
  : at(({ scope }) => group.startsWith(scope));
console.log(JSON.stringify(answer));
`;
  writeFileSync(join(directory, "az"), az, { mode: 0o755 });
  const env = { ...process.env, PATH: `${directory}:${process.env.PATH}` };
  const { status, stdout } = spawnSync("node", ["infra/whoCanWrite.mjs", "rg-goldsmith-prod", ...known], {
    env,
    encoding: "utf8",
  });
  return { status, others: [...stdout.matchAll(/^OTHER +\w+ (\S+)@/gm)].map(([, who]) => who), stdout };
}

test("who only reads is nobody to name", () => {
  const readers = ["Reader", "Monitoring Reader", "Storage Blob Data Reader"].map((name) => assignment("reader", name));
  expect(run(readers)).toMatchObject({ status: 0, others: [] });
});

test("writers of the group, of what is above and of the package are named with what they can do", () => {
  const found = run([
    assignment("owner", "Owner", "/subscriptions/s"),
    assignment("contributor", "Contributor"),
    assignment("deployer", "Website Contributor"),
    assignment("uploader", "Storage Blob Data Owner", storage),
    assignment("reader", "Reader"),
  ]);
  expect(found.status).toBe(1);
  expect(found.others.sort()).toEqual(["contributor", "deployer", "owner", "uploader"]);
  expect(found.stdout).toContain("Microsoft.Web/sites/publish/action");
  // Contributor may not assign roles, and that is seen.
  const own = found.stdout
    .split("\n")
    .slice(found.stdout.split("\n").findIndex((line) => line.includes("contributor@")) + 1);
  expect(
    own
      .slice(
        0,
        own.findIndex((line) => !line.startsWith("    ")),
      )
      .join(),
  ).not.toContain("roleAssignments/write");
});

test("those who may are known, by object id in any casing", () => {
  expect(run([assignment("abc", "Owner")], "ABC")).toMatchObject({ status: 0, others: [] });
  expect(run([assignment("abc", "Owner"), assignment("other", "Owner")], "abc")).toMatchObject({
    status: 1,
    others: ["other"],
  });
});
