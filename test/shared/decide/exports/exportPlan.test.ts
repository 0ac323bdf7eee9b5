import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { armPut } from "../../../../shared/decide/exports/armPuts.ts";
import { type ExportFormat, exportPlan, joined } from "../../../../shared/decide/exports/exportPlan.ts";
import type { Plan } from "../../../../shared/decide/planning/plan.ts";
import { planBuild } from "../../../../shared/decide/planning/planBuild.ts";
import { approved } from "../approved.ts";
import * as estate from "../estate.ts";

const { buildSubnetId, byId, containerSubnetId, facts, nsg, policy, rule, subnet, subscription, template } = estate;

/** A plan with every kind of change, a blocker, warnings and reach. */
const body = template({
  source: { type: "ManagedImage", imageId: estate.sourceImageId },
  customize: [{ type: "Shell", scriptUri: "https://scripts01.blob.core.windows.net/scripts/a.sh" }],
  vmProfile: { vnetConfig: { subnetId: buildSubnetId } },
});
const guarded = subnet(buildSubnetId, {
  privateLinkServiceNetworkPolicies: "Enabled",
  nsg: nsg([rule(4096, "In", "Deny")]),
});
const rich = planBuild(
  facts(body, {
    subnets: byId([guarded]),
    providers: { "Microsoft.ContainerInstance": "NotRegistered" },
    grants: [estate.grant(`${subscription}/resourceGroups/far`, "/r/reader")],
  }),
  { ...policy, registerProviders: true, optIn: "none" },
);
const both = template({
  vmProfile: { vnetConfig: { subnetId: buildSubnetId, containerInstanceSubnetId: containerSubnetId } },
});
const delegating = planBuild(
  facts(both, { subnets: byId([subnet(buildSubnetId), subnet(containerSubnetId, { prefixes: ["10.1.1.0/24"] })]) }),
  policy,
);
const managing = planBuild(facts(template(), { roles: {} }), { ...policy, optIn: "none", roles: "managed" });
const refused = planBuild(facts(template()), { ...policy, fence: { ...policy.fence, scopes: [] } });
const nothing = planBuild(facts(template({ distribute: [{ type: "VHD", runOutputName: "v" }] })), policy);

const formats: readonly ExportFormat[] = ["markdown", "bicep", "terraform", "az", "powershell"];
const plans: readonly (readonly [string, Plan])[] = [
  ["rich", rich],
  ["delegating", delegating],
  ["managing", managing],
  ["nothing", nothing],
];

test("the plans under test have every kind of change", () => {
  const kinds = new Set([...rich.changes, ...delegating.changes, ...managing.changes].map((change) => change.kind));
  expect([...kinds].sort()).toEqual([
    "addSecurityRule",
    "assignRole",
    "delegateSubnet",
    "ensureRoleDefinition",
    "registerProvider",
    "setSubnetPolicy",
  ]);
});

test.each(formats.flatMap((format) => plans.map(([name, plan]) => ({ format, name, plan }))))(
  "the $format of the plan $name is as approved",
  ({ format, name, plan }) => approve(`${name}.${format}.txt`, joined(exportPlan(plan, format))),
);

test("a comment on a refused plan says what is in the way", () => {
  approve("refused.markdown.txt", joined(exportPlan(refused, "markdown")));
});

/** Runs the script with an `az` that only writes down what it is called with. */
function azCalls(plan: Plan): readonly (readonly string[])[] {
  const script = exportPlan(plan, "az")[0]?.text ?? "";
  const stub = `az() { printf '%s\\0' "$@"; printf '\\1'; }\n`;
  const output = execFileSync("bash", ["-c", stub + script], { encoding: "utf8" });
  return output
    .split("\u0001")
    .filter((call) => call !== "")
    .map((call) => call.split("\0").slice(0, -1));
}

const option = (call: readonly string[], name: string) => call[call.indexOf(`--${name}`) + 1];

test("the bash script calls az once for each change, with the plan's own values", () => {
  const calls = azCalls(rich);
  expect(calls.length).toBe(rich.changes.length);
  for (const [index, change] of rich.changes.entries()) {
    const call = calls[index] ?? [];
    if (change.kind === "assignRole")
      expect(["name", "scope", "assignee-object-id", "role"].map((name) => option(call, name))).toEqual([
        change.name,
        change.scope,
        change.principalId,
        change.roleDefinitionId,
      ]);
    if (change.kind === "addSecurityRule") {
      expect(option(call, "priority")).toBe(`${change.rule.priority}`);
      expect(option(call, "source-port-ranges")).toBe("*");
    }
  }
});

test("what is PUT is what the app itself would PUT: name, scope, role, principal and its type", () => {
  const [change] = rich.changes.filter((one) => one.kind === "assignRole");
  expect(change && armPut(rich, change)).toMatchObject({
    path: `${estate.sourceImageId}/providers/Microsoft.Authorization/roleAssignments/${change?.kind === "assignRole" && change.name}`,
    apiVersion: "2022-04-01",
    body: { properties: { principalId: estate.principalId, principalType: "ServicePrincipal" } },
  });
});

test("the PUTs of PowerShell and their payloads are those of the plan", () => {
  const script = joined(exportPlan(rich, "powershell"));
  const puts = [...script.matchAll(/^Invoke-ArmPut -Path '([^']*)' -Payload '((?:[^']|'')*)'$/gm)];
  const wanted = rich.changes.flatMap((change) => armPut(rich, change) ?? []);
  expect(puts.map(([, path]) => path)).toEqual(wanted.map((put) => `${put.path}?api-version=${put.apiVersion}`));
  expect(puts.map(([, , payload]) => JSON.parse((payload ?? "").replaceAll("''", "'")))).toEqual(
    wanted.map((put) => put.body),
  );
});

test("Bicep has a module for each resource group, and every file is called", () => {
  const [main, ...files] = exportPlan(rich, "bicep");
  expect(files.length).toBe(4);
  for (const file of files) expect(main?.text).toContain(`'${file.name}'`);
  const grants = files.flatMap((file) => file.text.match(/roleAssignments@/g) ?? []);
  expect(grants.length).toBe(rich.changes.filter((change) => change.kind === "assignRole").length);
});

/** Names that ARM would let through and that mean something to some shell or language. */
const hostile = fc.stringMatching(/^[a-zA-Z$();!*,=~@[\]+:_-]{1,12}$/).filter((name) => !name.endsWith("."));

function planWith(name: string, because: string): Plan {
  const galleryImageId = `${subscription}/resourceGroups/${name}/providers/Microsoft.Compute/galleries/${name}/images/${name}`;
  const plan = planBuild(facts(template({ distribute: [{ ...estate.galleryTarget, galleryImageId }] })), policy);
  return { ...plan, requirements: plan.requirements.map((need) => ({ ...need, because })) };
}

test("no name and no reason can leave the quotes of the bash script", () =>
  fc.assert(
    fc.property(
      hostile,
      fc.string().filter((text) => !text.includes("\0") && !text.includes("\u0001")),
      (name, because) => {
        const plan = planWith(name, because);
        const calls = azCalls(plan);
        const scopes = plan.changes.flatMap((change) => (change.kind === "assignRole" ? [change.scope] : []));
        expect(calls.map((call) => option(call, "scope"))).toEqual(scopes);
      },
    ),
    { numRuns: 40 },
  ));

test("no name and no reason can leave the quotes of PowerShell, Bicep or Terraform", () =>
  fc.assert(
    fc.property(
      hostile,
      fc.oneof(fc.string(), fc.constantFrom("'; rm", "’; rm", ["$", "{x}"].join(""), "%{if}", '"', "\\", "\\'", "\n")),
      (name, because) => {
        const plan = planWith(name, because);
        const bare = (format: ExportFormat, literal: RegExp) =>
          joined(exportPlan(plan, format))
            .replace(/^(?:#|\/\/).*$/gm, "")
            .replace(literal, "S");
        expect(bare("powershell", /'(?:[^'‘’‚‛]|['‘’‚‛]{2})*'/g)).not.toMatch(/['‘’‚‛]/);
        expect(bare("bicep", /'(?:[^'\\$\n]|\\.|\$(?!\{))*'/g)).not.toMatch(/'/);
        expect(bare("terraform", /"(?:[^"\\$%\n]|\\.|\$\$\{|%%\{|[$%](?!\{))*"/g)).not.toMatch(/"/);
      },
    ),
  ));

test("no name and no reason becomes markup of the comment", () => {
  const plan = planWith("a", "<img src=x> [click](https://evil.example) @somebody `code` | cell\n# title");
  const text = joined(exportPlan(plan, "markdown"));
  expect(text).not.toMatch(/<img|\[click\]\(|@somebody|\n# title/);
  expect(text).toContain("\\[click\\]");
});

function approve(name: string, text: string): void {
  expect(text).toBe(approved(`exports/${name}`, text));
}
