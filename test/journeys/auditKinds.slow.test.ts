import type { AuditFinding } from "../../functions/auditReport.ts";
import { sampleTemplate } from "../../local/estate.ts";
import { obsoletePrincipalId } from "../../shared/decide/permissions/servicePrincipal.ts";
import { approver, endStorage, startWorld, type TestWorld } from "./world.ts";

jest.setTimeout(120_000);

/** Every kind of deviation, really made by the subscription's owner, found by the next audit, and put right. */
let world: TestWorld;
let principalId: string;

interface Report {
  readonly id: string;
  readonly state: string;
  readonly hash: string;
  readonly findings: readonly AuditFinding[];
  readonly newFindings: readonly string[];
  readonly remediations: readonly {
    readonly lines: readonly { readonly outcome: string; readonly command?: string }[];
  }[];
}

beforeAll(async () => {
  // The sweep would take some of it back by itself: once a year it does not.
  world = await startWorld({ settings: { GOLDSMITH_RECONCILE_SCHEDULE: "0 0 0 1 1 *" } });
  const { estate } = world;
  principalId = await principalOf(estate.identity);
  await built("ubuntu-2404", sampleTemplate(estate));
});
afterAll(async () => {
  await world.stop();
  await endStorage();
});

const authorization = "providers/Microsoft.Authorization";
const rights = "api-version=2022-04-01";
const network = "api-version=2024-05-01";
const gallery = () => world.estate.definition.split("/images/")[0] ?? "";
const contributor = () =>
  `${world.estate.subscription}/${authorization}/roleDefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c`;

async function must(method: "GET" | "PUT" | "DELETE", path: string, body?: object): Promise<never> {
  const answer = await world.arm(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body as never;
}

async function principalOf(identity: string): Promise<string> {
  return ((await must("GET", `${identity}?api-version=2023-01-31`)) as { properties: { principalId: string } })
    .properties.principalId;
}

async function built(name: string, body: object, more: object = {}): Promise<{ readonly state: string }> {
  const template = { resourceGroupId: world.estate.imagesGroup, name, body };
  const asked = await world.call<{ id: string }>("POST", "builds", { template, ...more });
  const build = await world.built(asked.body.id);
  expect({ state: build.state, problem: build.problem }).toEqual({ state: "succeeded" });
  return build;
}

async function grant(name: string, scope: string, roleDefinitionId: string, to = principalId): Promise<string> {
  const id = `${scope}/${authorization}/roleAssignments/${name}`;
  await must("PUT", `${id}?${rights}`, {
    properties: { roleDefinitionId, principalId: to, principalType: "ServicePrincipal" },
  });
  return id;
}

async function audit(): Promise<Report> {
  await world.clock.advance(15_000);
  const { id } = (await world.call<{ id: string }>("POST", "audits", {})).body;
  return reportOf(id, ({ state }) => state === "done");
}

async function reportOf(id: string, ready: (report: Report) => boolean): Promise<Report> {
  let report: Report | undefined;
  await world.clock.until(async () => {
    report = (await world.call<Report>("GET", `audits/${id}`)).body;
    return ready(report);
  });
  return report as Report;
}

/** Audits twice: what was found first is found again under the same ids and dates, and nothing of it is news. */
async function found(): Promise<Report> {
  const first = await audit();
  const second = await audit();
  expect(second.findings).toEqual(first.findings);
  expect(second.newFindings).toEqual([]);
  expect(second.hash).toBe(first.hash);
  return first;
}

const kindsOf = ({ findings }: Report) => [...new Set(findings.map(({ kind }) => kind))].sort();
const only = (report: Report, kind: AuditFinding["kind"]): AuditFinding => {
  expect(kindsOf(report)).toEqual([kind]);
  expect(report.newFindings).toEqual(report.findings.map(({ id }) => id));
  return report.findings[0] as AuditFinding;
};

/** Asks for one finding to be put right: what Goldsmith did, or the command for somebody who may. */
async function remedied({ id }: Report, finding: AuditFinding) {
  const asked = await world.call<{ started: string[]; commands: { command: string }[] }>(
    "POST",
    `audits/${id}/remediation`,
    { findings: [finding.id] },
    approver,
  );
  expect(asked.status).toBe(202);
  const [command] = asked.body.commands;
  if (asked.body.started.length === 0) return { outcome: "command", command: command?.command ?? "" };
  const done = await reportOf(id, ({ remediations }) => remediations.length > 0);
  await world.clock.advance(60_000);
  return done.remediations[0]?.lines[0] ?? { outcome: "none" };
}

/** Does what an `az role assignment delete --ids '…'` says. */
async function typed(command: string | undefined): Promise<void> {
  const id = /^az role assignment delete --ids '([^']+)'$/.exec(command ?? "")?.[1];
  await must("DELETE", `${id}?${rights}`);
}

test("an estate as builds leave it has no finding", async () => {
  expect((await found()).findings).toEqual([]);
});

test("a grant that somebody removed is missing, the ledger differs, and the grant is made again", async () => {
  const [own] = await ownGrants();
  await must("DELETE", `${own}?${rights}`);
  const report = await found();
  expect(kindsOf(report)).toEqual(["ledgerDiffers", "missing"]);
  expect(await remedied(report, report.findings[0] as AuditFinding)).toMatchObject({ outcome: "made" });
  expect((await audit()).findings).toEqual([]);
});

test("what no template needs any more is too much, and taken back", async () => {
  const { networkGroup, template } = world.estate;
  const image = {
    type: "ManagedImage",
    imageId: `${networkGroup}/providers/Microsoft.Compute/images/extra`,
    location: "westeurope",
    runOutputName: "extra",
  };
  const { properties, ...rest } = sampleTemplate(world.estate);
  await built("extra", { ...rest, properties: { ...properties, distribute: [image] } });
  await must("DELETE", `${template.replace(/[^/]+$/, "extra")}?api-version=2024-02-01`);
  await world.clock.advance(60_000);
  const report = await audit();
  expect(only(report, "excess")).toMatchObject({ scope: networkGroup, principalId });
  expect(await remedied(report, report.findings[0] as AuditFinding)).toMatchObject({ outcome: "undone" });
  expect((await audit()).findings).toEqual([]);
});

test("a grant of others that allows more than is needed is too wide; Goldsmith may not take it, and says how", async () => {
  await grant("aaaaaaaa-0000-4000-8000-000000000001", gallery(), contributor());
  const report = await found();
  const finding = only(report, "wider");
  expect(finding).toMatchObject({ scope: gallery(), principalId });
  const { outcome, command } = await remedied(report, finding);
  expect(outcome).toBe("command");
  await typed(command);
  expect((await audit()).findings).toEqual([]);
});

test("a role that somebody edited is found although every grant stands, until it is as deployed", async () => {
  const listed = await must(
    "GET",
    `${world.estate.subscription}/${authorization}/roleDefinitions?${rights}&$filter=${encodeURIComponent("type eq 'CustomRole'")}`,
  );
  type Role = { id: string; properties: { roleName: string; permissions: { actions: string[] }[] } };
  const role = (listed as { value: Role[] }).value.find(({ properties }) =>
    /publisher/i.test(properties.roleName),
  ) as Role;
  const [permission] = role.properties.permissions;
  const actions = [...(permission?.actions ?? []), "Microsoft.Compute/virtualMachines/write"];
  await must("PUT", `${role.id}?${rights}`, {
    properties: { ...role.properties, permissions: [{ ...permission, actions }] },
  });
  const report = await found();
  const finding = only(report, "roleEdited");
  expect(finding.title).toContain(role.properties.roleName);
  expect((await remedied(report, finding)).command).toContain("infra/main.bicep");
  await must("PUT", `${role.id}?${rights}`, { properties: role.properties });
  expect((await audit()).findings).toEqual([]);
});

test("a grant to the old service principal is found, with the command that removes it", async () => {
  await grant("aaaaaaaa-0000-4000-8000-000000000002", world.estate.imagesGroup, contributor(), obsoletePrincipalId);
  const report = await found();
  const finding = only(report, "servicePrincipal");
  expect(finding).toMatchObject({ scope: world.estate.imagesGroup, principalId: obsoletePrincipalId, templateIds: [] });
  await typed((await remedied(report, finding)).command);
  expect((await audit()).findings).toEqual([]);
});

test("a subnet that somebody set back is network drift, and set right again", async () => {
  const { subnet } = world.estate;
  const standing = (await must("GET", `${subnet}?${network}`)) as { properties: object };
  await must("PUT", `${subnet}?${network}`, {
    ...standing,
    properties: { ...standing.properties, privateLinkServiceNetworkPolicies: "Enabled" },
  });
  await world.clock.advance(30_000);
  const report = await found();
  const finding = only(report, "networkDrift");
  expect(finding).toMatchObject({ scope: subnet });
  expect(await remedied(report, finding)).toMatchObject({ outcome: "made" });
  expect((await audit()).findings).toEqual([]);
});

test("a grant that could not be given back is left over: refused while the lock stands, then taken back", async () => {
  const { networkGroup, estate } = { ...world.estate, estate: world.estate };
  const identity = estate.identity.replace(/[^/]+$/, "id-passing");
  await must("PUT", `${identity}?api-version=2023-01-31`, { location: "westeurope" });
  const { properties, ...rest } = sampleTemplate({ ...estate, identity });
  const { vnetConfig: _, ...vmProfile } = properties.vmProfile;
  const image = {
    type: "ManagedImage",
    imageId: `${networkGroup}/providers/Microsoft.Compute/images/passing`,
    location: "westeurope",
    runOutputName: "passing",
  };
  const body = { ...rest, properties: { ...properties, vmProfile, distribute: [image] } };
  const template = { resourceGroupId: estate.imagesGroup, name: "passing", body };
  const asked = await world.call<{ id: string }>("POST", "builds", { template, grants: "justInTime" });
  await world.clock.until(
    async () => (await world.call("GET", `builds/${asked.body.id}`)).body.stage === "Customizing",
  );
  const lock = `${networkGroup}/${authorization}/locks/keep?api-version=2020-05-01`;
  await must("PUT", lock, { properties: { level: "CanNotDelete" } });
  expect((await world.built(asked.body.id)).state).toBe("succeeded");
  const report = await found();
  expect(kindsOf(report)).toContain("leftOver");
  const leftOver = report.findings.find(({ kind }) => kind === "leftOver") as AuditFinding;
  expect(leftOver).toMatchObject({ scope: networkGroup });
  const refused = await remedied(report, leftOver);
  expect(refused).toMatchObject({ outcome: "refused", command: expect.stringContaining("az role assignment delete") });
  await must("DELETE", lock);
  const again = await audit();
  expect(await remedied(again, leftOver)).toMatchObject({ outcome: "undone" });
  await must("DELETE", `${estate.template.replace(/[^/]+$/, "passing")}?api-version=2024-02-01`);
  await world.clock.advance(60_000);
  expect((await audit()).findings).toEqual([]);
});

test("grants to an identity that was deleted and made anew are orphaned, and the new one lacks them", async () => {
  const { identity } = world.estate;
  await must("DELETE", `${identity}?api-version=2023-01-31`);
  await must("PUT", `${identity}?api-version=2023-01-31`, { location: "westeurope" });
  const old = principalId;
  principalId = await principalOf(identity);
  expect(principalId).not.toBe(old);
  const report = await found();
  expect(kindsOf(report)).toEqual(["missing", "orphaned"]);
  const orphaned = report.findings.filter(({ kind }) => kind === "orphaned");
  expect(new Set(orphaned.map((one) => one.principalId))).toEqual(new Set([old]));
  const done = await world.call("POST", `audits/${report.id}/remediation`, { all: true, hash: report.hash }, approver);
  expect(done.status).toBe(202);
  await reportOf(report.id, ({ remediations }) => remediations.length > 0);
  await world.clock.advance(60_000);
  expect((await audit()).findings).toEqual([]);
});

test("a report is there as JSON, CSV and Markdown, each with every finding and since when it is known", async () => {
  const id = await grant("aaaaaaaa-0000-4000-8000-000000000003", gallery(), contributor());
  const report = await found();
  const headers = { "x-functions-key": "f".repeat(40) };
  const as = async (accept: string) =>
    (await fetch(`${world.host.url}/api/audits/${report.id}`, { headers: { ...headers, accept } })).text();
  for (const accept of ["application/json", "text/csv", "text/markdown"]) {
    const text = await as(accept);
    for (const finding of report.findings) {
      expect(text).toContain(finding.id);
      expect(text).toContain(finding.firstSeen);
    }
  }
  await must("DELETE", `${id}?${rights}`);
});

/** Ids of Goldsmith's own grants of the identity. */
async function ownGrants(): Promise<readonly string[]> {
  const filter = encodeURIComponent(`principalId eq '${principalId}'`);
  const listed = await must(
    "GET",
    `${world.estate.subscription}/${authorization}/roleAssignments?${rights}&$filter=${filter}`,
  );
  const { value } = listed as { value: { id: string; properties: { description?: string } }[] };
  return value.filter(({ properties }) => properties.description?.startsWith("Goldsmith build")).map(({ id }) => id);
}
