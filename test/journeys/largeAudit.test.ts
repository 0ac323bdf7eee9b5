import { sampleTemplate } from "../../local/estate.ts";
import { endStorage, startWorld, type TestWorld } from "./world.ts";

const templates = 500;
const identities = 5;

let world: TestWorld;
beforeAll(async () => {
  world = await startWorld({ switches: { eventLoss: 1, writeBucket: [2000, 1000] } });
  const { arm, estate } = world;
  const put = async (id: string, version: string, body: object) => {
    const answer = await arm("PUT", `${id}?api-version=${version}`, body);
    if (answer.status >= 300) throw new Error(JSON.stringify(answer.body));
  };
  const identityOf = (n: number) => `${estate.identity}-${n % identities}`;
  for (let n = 0; n < identities; n++) await put(identityOf(n), "2023-01-31", { location: "westeurope" });
  // The clock stands still meanwhile: the reconciling timer would start 500 builds.
  const sample = sampleTemplate(estate);
  for (let n = 0; n < templates; n++) {
    const identity = { type: "UserAssigned", userAssignedIdentities: { [identityOf(n)]: {} } };
    await put(`${estate.template}-${n}`, "2024-02-01", { ...sample, identity });
  }
}, 120_000);
afterAll(async () => {
  await world.stop();
  await endStorage();
});

test("500 templates are audited with at most 60 ARM reads, pages of their list apart", async () => {
  const before = world.record().length;
  const asked = await world.call<{ id: string }>("POST", "audits", {});
  let report: {
    state: string;
    templates?: number;
    findings?: readonly { kind: string; templateIds: readonly string[] }[];
  };
  await world.clock.until(async () => {
    report = (await world.call<typeof report>("GET", `audits/${asked.body.id}`)).body;
    return report.state === "done";
  });
  const reads = world
    .record()
    .slice(before)
    .filter(({ caller, method }) => caller === "app" && method === "GET");
  const pages = reads.filter(({ url }) => /skiptoken/i.test(url)).length;
  process.stdout.write(`audit of ${templates} templates: ${reads.length - pages} reads and ${pages} further pages\n`);
  expect(report!.templates).toBe(templates);
  expect(reads.length - pages).toBeLessThanOrEqual(60);
  // Three rights of five identities, whoever of a hundred templates needs them; and the network, once.
  const missing = report!.findings?.filter(({ kind }) => kind === "missing") ?? [];
  expect(missing).toHaveLength(3 * identities);
  expect(missing[0]?.templateIds).toHaveLength(templates / identities);
});
