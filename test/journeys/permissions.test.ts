import { isDeepStrictEqual } from "node:util";
import { sampleTemplate } from "../../local/estate.ts";
import { approver, type Exchange, endStorage, startWorld, type TestWorld, writesOf } from "./world.ts";

interface Grant {
  readonly name: string;
  readonly properties: { readonly principalId: string; readonly scope: string; readonly description?: string };
}
interface Report {
  readonly id: string;
  readonly state: string;
  readonly hash: string;
  readonly findings: readonly { readonly id: string; readonly kind: string; readonly firstSeen: string }[];
  readonly newFindings: readonly string[];
  readonly remediations: readonly { readonly lines: readonly { readonly outcome: string }[] }[];
}

afterAll(endStorage);

/** Grants of the template's identity, as the subscription's owner sees them. */
async function grantsOf(world: TestWorld): Promise<readonly Grant[]> {
  const { estate, arm } = world;
  const identity = await arm("GET", `${estate.identity}?api-version=2023-01-31`);
  const { principalId } = (identity.body as { properties: { principalId: string } }).properties;
  const path = `${estate.subscription}/providers/Microsoft.Authorization/roleAssignments`;
  const filter = encodeURIComponent(`principalId eq '${principalId}'`);
  const listed = await arm("GET", `${path}?api-version=2022-04-01&$filter=${filter}`);
  // The service gives the identity rights in the staging group that it makes for the build.
  return (listed.body as { value: Grant[] }).value.filter(({ properties }) => !/\/IT_/.test(properties.scope));
}

/** The build network without what ARM changes by itself. */
async function networkOf({ arm, estate }: TestWorld): Promise<unknown> {
  const strip = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(strip);
    if (typeof value !== "object" || value === null) return value;
    const kept = Object.entries(value).filter(([name]) => name !== "etag" && name !== "provisioningState");
    return Object.fromEntries(kept.map(([name, one]) => [name, strip(one)]));
  };
  const read = async (id: string) => strip((await arm("GET", `${id}?api-version=2024-01-01`)).body);
  return [await read(estate.subnet), await read(estate.nsg)];
}

const build = async (world: TestWorld, more: object = {}) => {
  const { estate } = world;
  const body = { resourceGroupId: estate.imagesGroup, name: "ubuntu-2404", body: sampleTemplate(estate) };
  const asked = await world.call<{ id: string }>("POST", "builds", { template: body, ...more });
  expect(asked.status).toBe(202);
  return world.built(asked.body.id);
};

async function audit(world: TestWorld): Promise<Report> {
  const asked = await world.call<{ id: string }>("POST", "audits", {});
  expect(asked.status).toBe(202);
  return reportOf(world, asked.body.id, (report) => report.state === "done");
}

async function reportOf(world: TestWorld, id: string, ready: (report: Report) => boolean): Promise<Report> {
  let report: Report | undefined;
  await world.clock.until(async () => {
    report = (await world.call<Report>("GET", `audits/${id}`)).body;
    return ready(report);
  });
  return report as Report;
}

async function undo(world: TestWorld, body: object) {
  const asked = await world.call<{ id: string; entries: number }>("POST", "undo", body, approver);
  expect(asked.status).toBe(202);
  type View = {
    readonly state: string;
    readonly lines: readonly { readonly outcome: string; readonly problem?: object }[];
  };
  let view: View | undefined;
  await world.clock.until(async () => {
    view = (await world.call<View>("GET", `undo/${asked.body.id}`)).body;
    return view.state === "done";
  });
  return { entries: asked.body.entries, lines: view?.lines ?? [] };
}

const deletes = (record: readonly Exchange[], what: RegExp) =>
  record.filter(({ method, caller, url }) => method === "DELETE" && caller === "app" && what.test(url));

describe("standing rights", () => {
  let world: TestWorld;
  let before: unknown;
  beforeAll(async () => {
    world = await startWorld();
    before = await networkOf(world);
    expect((await build(world)).state).toBe("succeeded");
  });
  afterAll(() => world.stop());

  test("an audit of what a build left finds nothing", async () => {
    expect((await audit(world)).findings).toEqual([]);
  });

  test("a grant taken away by hand is found, known as new once, and put right by the audit's hash", async () => {
    const [grant] = await grantsOf(world);
    const id = `${grant?.properties.scope}/providers/Microsoft.Authorization/roleAssignments/${grant?.name}`;
    await world.arm("DELETE", `${id}?api-version=2022-04-01`);
    const first = await audit(world);
    expect(first.findings.map(({ kind }) => kind).sort()).toEqual(["ledgerDiffers", "missing"]);
    expect(first.newFindings).toHaveLength(2);
    const second = await audit(world);
    expect(second.findings).toEqual(first.findings);
    expect(second.newFindings).toEqual([]);
    const other = { all: true, hash: `sha256:${"0".repeat(64)}` };
    expect((await world.call("POST", `audits/${second.id}/remediation`, other)).status).toBe(401);
    expect((await world.call("POST", `audits/${second.id}/remediation`, other, approver)).status).toBe(409);
    const asked = await world.call(
      "POST",
      `audits/${second.id}/remediation`,
      { all: true, hash: second.hash },
      approver,
    );
    expect(asked.status).toBe(202);
    const done = await reportOf(world, second.id, ({ remediations }) => remediations.length > 0);
    // Two findings, one cause: the second is needless if reads show the grant already, else it is the same grant again.
    for (const { outcome } of done.remediations[0]?.lines ?? []) expect(["made", "notNeeded"]).toContain(outcome);
    expect(done.remediations[0]?.lines).toHaveLength(2);
    await world.clock.advance(60_000);
    expect((await audit(world)).findings).toEqual([]);
  });

  test("a report is there as CSV and as Markdown too", async () => {
    const { id } = await audit(world);
    const headers = { "x-functions-key": "f".repeat(40) };
    const as = (accept: string) => fetch(`${world.host.url}/api/audits/${id}`, { headers: { ...headers, accept } });
    expect(await (await as("text/csv")).text()).toMatch(/^id,kind,firstSeen,/);
    expect(await (await as("text/markdown")).text()).toMatch(/^# Audit /);
  });

  test("a rule that somebody changed since is not taken back, and the refusal says so", async () => {
    const { nsg } = world.estate;
    const rules = `${nsg}/securityRules`;
    const listed = await world.arm("GET", `${rules}?api-version=2024-01-01`);
    const all = (listed.body as { value: { name: string; properties: Record<string, unknown> }[] }).value;
    const ours = all.find(({ name }) => name.startsWith("Goldsmith"));
    const put = await world.arm("PUT", `${rules}/${ours?.name}?api-version=2024-01-01`, {
      properties: { ...ours?.properties, description: "now ours" },
    });
    expect(put.status).toBeLessThan(300);
    const { entries, lines } = await undo(world, { all: true });
    expect(lines).toHaveLength(entries);
    const refused = lines.filter(({ outcome }) => outcome === "refused");
    expect(refused).toMatchObject([{ problem: { code: "ChangedSince" } }]);
    expect(lines.filter(({ outcome }) => outcome === "undone")).toHaveLength(entries - 1);
    await world.arm("DELETE", `${rules}/${ours?.name}?api-version=2024-01-01`);
  });

  test("undo leaves rights and network as before Goldsmith", async () => {
    await world.clock.until(async () => isDeepStrictEqual(await networkOf(world), before));
    expect(await grantsOf(world)).toEqual([]);
    expect(await networkOf(world)).toEqual(before);
    expect((await undo(world, { all: true, only: "grants" })).entries).toBe(0);
  });
});

describe("just in time", () => {
  let world: TestWorld;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world.stop());

  test("rights and network changes are there while the build runs, and gone when it has ended", async () => {
    const before = await networkOf(world);
    const ended = await build(world, { grants: "justInTime", network: "restore" });
    expect(ended.state).toBe("succeeded");
    expect(await grantsOf(world)).toEqual([]);
    expect(deletes(world.record(), /roleAssignments/)).toHaveLength(3);
    expect(await networkOf(world)).toEqual(before);
    const runAt = world.record().findIndex(({ method, url }) => method === "POST" && /\/run\?/.test(url));
    const removedAt = world.record().findIndex(({ method, url }) => method === "DELETE" && /roleAssignments/.test(url));
    expect(removedAt).toBeGreaterThan(runAt);
  });

  test("a cancelled build gives them back as well", async () => {
    const asked = await world.call<{ id: string }>("POST", "builds", {
      templateId: world.estate.template,
      grants: "justInTime",
    });
    await world.clock.until(async () => (await grantsOf(world)).length > 0);
    await world.call("POST", `builds/${asked.body.id}/cancel`);
    const ended = await world.built(asked.body.id);
    expect(ended.state).toBe("cancelled");
    expect(await grantsOf(world)).toEqual([]);
  });

  test("what stood before stays", async () => {
    const { estate, arm } = world;
    const identity = await arm("GET", `${estate.identity}?api-version=2023-01-31`);
    const { principalId } = (identity.body as { properties: { principalId: string } }).properties;
    const contributor = `${estate.subscription}/providers/Microsoft.Authorization/roleDefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c`;
    const gallery = estate.definition.split("/images/")[0];
    const name = "aaaaaaaa-0000-4000-8000-000000000001";
    const properties = { roleDefinitionId: contributor, principalId, principalType: "ServicePrincipal" };
    await arm("PUT", `${gallery}/providers/Microsoft.Authorization/roleAssignments/${name}?api-version=2022-04-01`, {
      properties,
    });
    const asked = await world.call<{ id: string }>("POST", "builds", {
      templateId: estate.template,
      grants: "justInTime",
    });
    expect((await world.built(asked.body.id)).state).toBe("succeeded");
    expect((await grantsOf(world)).map((grant) => grant.name)).toEqual([name]);
  });
});

test("the kill switch stops granting, by name, and nothing is written", async () => {
  const world = await startWorld({ settings: { GOLDSMITH_STOP: "grants" } });
  try {
    const ended = await build(world);
    expect(ended).toMatchObject({ state: "refused", problem: { code: "GrantsStopped" } });
    expect(ended.problem?.fix?.join()).toContain("GOLDSMITH_STOP");
    expect(writesOf(world)).toEqual([]);
  } finally {
    await world.stop();
  }
});

test("grants of a template go when it is deleted, and only then", async () => {
  const world = await startWorld();
  try {
    expect((await build(world)).state).toBe("succeeded");
    await world.clock.advance(15 * 60_000);
    expect(await grantsOf(world)).toHaveLength(3);
    await world.arm("DELETE", `${world.estate.template}?api-version=2024-02-01`);
    await world.clock.until(async () => (await grantsOf(world)).length === 0);
    expect(deletes(world.record(), /roleAssignments/)).toHaveLength(3);
  } finally {
    await world.stop();
  }
});
