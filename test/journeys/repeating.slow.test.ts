import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { routes } from "../../functions/http/index.ts";
import { sampleTemplate } from "../../local/estate.ts";
import { historiesIn } from "../support/histories.ts";
import { profiles, publish, seedVerification } from "./proving.ts";
import { approver, endStorage, startWorld, type TestWorld } from "./world.ts";

let world: TestWorld;
const consumer = "99999999-0000-4000-8000-000000000001";
beforeAll(async () => {
  world = await startWorld({
    shareWith: [consumer],
    settings: (estate) => ({
      ...profiles()(estate),
      GOLDSMITH_FENCE: JSON.stringify({ scopes: [estate.subscription], shareWith: [consumer] }),
      GOLDSMITH_GATE: "patch",
      GOLDSMITH_APPROVALS: JSON.stringify({ hours: 24, scopes: [] }),
      GOLDSMITH_RECONCILE_SCHEDULE: "0 0 * * * *",
      // Nothing but these requests starts an audit.
      GOLDSMITH_AUDIT_SCHEDULE: "0 0 0 1 1 *",
      GOLDSMITH_CHANNELS: JSON.stringify({ canary: {}, production: { approval: true, hours: 24 } }),
      GOLDSMITH_KEEP: JSON.stringify([{ scope: estate.subscription, keepLast: 1, keepDays: 0 }]),
    }),
  });
  world.azure.world.principals.create("ada", "User", { principalId: consumer });
  await seedVerification(world);
  for (const name of ["1.0.0", "1.0.1"]) await publish(world, name);
});
afterAll(async () => {
  await world.stop();
  await endStorage();
});

/** A request that starts something, and another one to the same path. */
interface Wish {
  readonly path: string;
  readonly body?: unknown;
  /** Absent where the path says all. */
  readonly other?: unknown;
  /** The orchestration that it starts; absent where it writes a document only. */
  readonly starts?: string;
}

const version = (name: string) => `${world.estate.definition}/versions/${name}`;
const move = (channel: string, name: string) => ({
  definitionId: world.estate.definition,
  channel,
  version: name,
  reason: "tested by QA",
});
const template = (name: string) => ({
  template: { resourceGroupId: world.estate.imagesGroup, name, body: sampleTemplate(world.estate) },
});
const start = async (path: string, body: unknown) =>
  (await world.call<{ id: string }>("POST", path, body, approver)).body.id;

async function audited() {
  const { arm, estate } = world;
  const folder = `${estate.definition.split("/images/")[0]}/providers/Microsoft.Authorization/roleAssignments`;
  const { value } = (await arm("GET", `${folder}?api-version=2022-04-01`)).body as { value: { id: string }[] };
  const grant = value.find(({ id }) => /\/galleries\//i.test(id));
  expect((await arm("DELETE", `${grant?.id}?api-version=2022-04-01`)).status).toBe(200);
  const id = await start("audits", {});
  let audit: { state: string; hash: string; findings: { id: string }[] } | undefined;
  await world.clock.until(async () => {
    audit = (await world.call<NonNullable<typeof audit>>("GET", `audits/${id}`)).body;
    return audit.state === "done";
  });
  return { id, hash: audit?.hash, findings: audit?.findings ?? [] };
}

/** What a key makes the same, in the order in which one needs the other. */
const keyed: readonly [route: string, wish: () => Promise<Wish> | Wish][] = [
  [
    "postBuild",
    () => ({ path: "builds", body: template("keyed"), other: template("keyed-too"), starts: "buildImage" }),
  ],
  [
    "replayDelivery",
    async () => {
      const build = await world.built(await start("builds", template("told")));
      const { body } = await world.call<{ value: { id: string; buildId: string }[] }>("GET", "deliveries");
      const told = body.value.find(({ buildId }) => buildId === build.id);
      return { path: `builds/${build.id}/deliveries/${told?.id}/replay`, starts: "deliver" };
    },
  ],
  [
    "postAudit",
    () => ({ path: "audits", body: {}, other: { scopes: [world.estate.subscription] }, starts: "auditEstate" }),
  ],
  [
    "postRemediation",
    async () => {
      const { id, hash, findings } = await audited();
      const other = { findings: findings.map((finding) => finding.id) };
      return { path: `audits/${id}/remediation`, body: { all: true, hash }, other, starts: "remedyFindings" };
    },
  ],
  [
    "postUndo",
    () => ({ path: "undo", body: { all: true }, other: { all: true, only: "grants" }, starts: "undoEntries" }),
  ],
  [
    "postVerification",
    () => ({
      path: "verifications",
      body: { image: version("1.0.1") },
      other: { image: version("1.0.0") },
      starts: "verifyImage",
    }),
  ],
  [
    "postMove",
    () => ({
      path: "channels",
      body: move("canary", "1.0.1"),
      other: move("canary", "1.0.0"),
      starts: "carryMove",
    }),
  ],
  [
    "approveMove",
    async () => ({
      path: `channel-moves/${await start("channels", move("production", "1.0.1"))}/approvals`,
      body: { decision: "approve" },
      other: { decision: "reject" },
    }),
  ],
  [
    "decideBuild",
    async () => {
      const id = await start("builds", { ...template("approved"), approval: true });
      const stateOf = async () => (await world.call<{ state: string }>("GET", `builds/${id}`)).body.state;
      await world.clock.until(async () => (await stateOf()) === "awaitingApproval");
      return { path: `builds/${id}/approvals`, body: { decision: "reject" }, other: { decision: "approve" } };
    },
  ],
  [
    "postShare",
    () => {
      const someone = { principalId: consumer, principalType: "User" };
      const body = { imageId: world.estate.definition, with: someone };
      return { path: "shares", body, other: { ...body, imageId: version("1.0.1") }, starts: "carryShare" };
    },
  ],
  [
    "postRetention",
    () => ({
      path: "retention",
      body: { definitionIds: [world.estate.definition] },
      other: { definitionIds: [world.estate.definition, world.estate.definition] },
    }),
  ],
  [
    "postRevocation",
    () => ({
      path: "revocations",
      body: { versionId: version("1.0.0"), reason: "CVE-2026-1" },
      other: { versionId: version("1.0.0"), reason: "CVE-2026-2" },
      starts: "revoke",
    }),
  ],
];

test("every route that takes a key is here", () => {
  const takers = routes.filter(({ headers }) => headers?.["Idempotency-Key"]);
  expect(keyed.map(([name]) => name).sort()).toEqual(takers.map(({ name }) => name).sort());
});

/** Orchestrations of that name that were ever started, by people and not by other orchestrations. */
const startedOf = (name: string) =>
  historiesIn(join(world.directory, "hub.db")).filter((one) => one.name === name && one.parent === null).length;

test.each(keyed)(
  "%s: the same key and body is the same one, begun once; another body is refused",
  async (_, wished) => {
    const { path, body, other, starts } = await wished();
    const before = starts ? startedOf(starts) : 0;
    const headers = { ...approver, "idempotency-key": `key ${randomUUID()}` };
    const ask = (what: unknown) => world.call<{ id: string; code?: string }>("POST", path, what, headers);
    const [first, twin] = await Promise.all([ask(body), ask(body)]);
    expect([first.status, twin.status]).toEqual([first.status, first.status]);
    expect(first.status).toBeLessThan(300);
    expect(twin.body.id).toBe(first.body.id);
    await world.clock.advance(3_600_000);
    const late = await ask(body);
    expect([late.status, late.body.id]).toEqual([first.status, first.body.id]);
    await world.clock.advance(60_000);
    if (starts) expect(startedOf(starts) - before).toBe(1);
    if (other !== undefined)
      expect(await ask(other)).toMatchObject({ status: 422, body: { code: "IdempotencyKeyReused" } });
  },
);

test("a refused request leaves its key free", async () => {
  const key = { "idempotency-key": "corrected" };
  const wrong = await world.call("POST", "channels", move("canary", "7.0.0"), key);
  expect(wrong.body).toMatchObject({ code: "VersionNotFound" });
  expect((await world.call("POST", "channels", move("canary", "1.0.1"), key)).status).toBe(202);
});
