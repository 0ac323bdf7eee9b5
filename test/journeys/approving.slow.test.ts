import { latestVersion } from "../../local/azure/compute/latest.ts";
import { type Estate, sampleTemplate } from "../../local/estate.ts";
import type { BuildView } from "../../local/sample.ts";
import { makeDefinition, profiles, seedVerification } from "./proving.ts";
import { approver, endStorage, startWorld, type TestWorld } from "./world.ts";

let world: TestWorld;
beforeAll(async () => {
  world = await startWorld({
    settings: (estate) => ({
      ...profiles()(estate),
      GOLDSMITH_GATE: "patch",
      GOLDSMITH_RECONCILE_SCHEDULE: "0 0 * * * *",
      GOLDSMITH_APPROVALS: JSON.stringify({ hours: 24, scopes: [guarded(estate)] }),
    }),
  });
  await seedVerification(world);
});
afterAll(async () => {
  await world.stop();
  await endStorage();
});

/** Whatever is published there needs an approver. */
const guarded = ({ definition }: Estate) => definition.replace(/[^/]+$/, "guarded");

const latest = () => latestVersion(world.azure.world, world.estate.definition, "westeurope")?.id;
const seen = async (id: string) => (await world.call<BuildView>("GET", `builds/${id}`)).body;
const decide = (id: string, decision: string, more: object = {}, headers: Record<string, string> = approver) =>
  world.call("POST", `builds/${id}/approvals`, { decision, ...more }, headers);
const tagsOf = async (id = "") =>
  ((await world.arm("GET", `${id}?api-version=2023-07-03`)).body as { tags?: Record<string, string> }).tags ?? {};

async function build(name: string, more: object = {}): Promise<string> {
  const { call, estate } = world;
  const template = { resourceGroupId: estate.imagesGroup, name, body: sampleTemplate(estate) };
  const { status, body } = await call<{ id: string }>("POST", "builds", { template, approval: true, ...more });
  expect(status).toBe(202);
  return body.id;
}

async function waiting(name: string, more: object = {}): Promise<BuildView> {
  const id = await build(name, more);
  let view: BuildView | undefined;
  await world.clock.until(async () => {
    view = await seen(id);
    return view.state === "awaitingApproval" || "endedAt" in view;
  });
  expect(view).toMatchObject({ state: "awaitingApproval" });
  return view as BuildView;
}

test("what a build published is not latest before an approver agreed, and is from then on; the timeline says who is waited for", async () => {
  const { id, artifacts = [], ...view } = await waiting("approved", { verify: true });
  const version = artifacts[0]?.id;
  expect(artifacts[0]).toMatchObject({ verification: { state: "proven" } });
  expect(await tagsOf(version)).toMatchObject({
    goldsmithApproval: `pending ${id}`,
    goldsmithProof: expect.any(String),
  });
  const story = view.timeline.map(({ detail = "" }) => detail).join("\n");
  expect(story).toContain(`goldsmith approve ${id}`);
  await world.clock.advance(3 * 3_600_000);
  expect(latest()).toBeUndefined();
  expect((await decide(id, "approve", {}, {})).status).toBe(401);
  expect(await decide(id, "approve", { reason: "looks good" })).toMatchObject({
    status: 200,
    body: { approval: { decision: { kind: "approved" } } },
  });
  const done = await world.built(id);
  expect(done).toMatchObject({
    state: "succeeded",
    approval: { decision: { kind: "approved", reason: "looks good" } },
  });
  expect(latest()).toBe(version);
  expect((await tagsOf(version)).goldsmithApproval).toMatch(new RegExp(`^approved ${id} `));
  expect(done.deliveries.map(({ event }) => event)).toContain("io.goldsmith.build.awaitingapproval.v1");
  expect(await decide(id, "reject")).toMatchObject({ status: 409, body: { code: "NothingToDecide" } });
});

test("what is rejected stays excluded and says so; no proof opens its gate afterwards", async () => {
  const before = latest();
  const { id, artifacts = [] } = await waiting("rejected");
  const version = artifacts[0]?.id;
  await decide(id, "reject", { reason: "wrong kernel" });
  const done = await world.built(id);
  expect(done).toMatchObject({
    state: "refused",
    problem: { code: "ApprovalRejected", detail: expect.stringContaining("wrong kernel") },
  });
  expect((await tagsOf(version)).goldsmithApproval).toMatch(/^rejected /);
  const asked = await world.call<{ id: string }>("POST", "verifications", { image: version, gate: true });
  await world.clock.until(
    async () =>
      (await world.call<{ state: string; open: boolean }>("GET", `verifications/${asked.body.id}`)).body.state ===
      "proven",
  );
  await world.clock.advance(30 * 60_000);
  expect(latest()).toBe(before);
});

test("what nobody decides about expires, and its template is free for other builds meanwhile", async () => {
  const first = await waiting("expiring");
  const { body } = await world.call<{ id: string }>("POST", "builds", { templateId: first.templateId });
  expect(body.id).not.toBe(first.id);
  expect(await world.built(body.id)).toMatchObject({ state: "succeeded" });
  expect(await world.built(first.id)).toMatchObject({ state: "timedOut", problem: { code: "ApprovalExpired" } });
  expect(await decide(first.id, "approve")).toMatchObject({ status: 409 });
});

test("a build can be cancelled while it waits, and ends at once", async () => {
  const { id, artifacts = [] } = await waiting("cancelled");
  const from = world.clock.now();
  expect((await world.call("POST", `builds/${id}/cancel`)).status).toBe(202);
  expect(await world.built(id)).toMatchObject({ state: "cancelled", problem: { code: "ApprovalCancelled" } });
  expect(world.clock.now() - from).toBeLessThan(10 * 60_000);
  expect((await tagsOf(artifacts[0]?.id)).goldsmithApproval).toMatch(/^cancelled /);
});

test("where the operator wants it, a build that an event started waits too, and no builder's proof opens that gate", async () => {
  const { arm, call, clock, estate } = world;
  const definition = await makeDefinition(world, "guarded");
  await clock.advance(60_000);
  const body = sampleTemplate(estate);
  const distribute = body.properties.distribute.map((one) => ({ ...one, galleryImageId: definition }));
  const template = estate.template.replace(/[^/]+$/, "by-event");
  const written = await arm("PUT", `${template}?api-version=2024-02-01`, {
    ...body,
    properties: { ...body.properties, distribute },
  });
  expect(written.status).toBe(201);
  const id = await world.buildOf(template);
  await clock.until(async () => (await seen(id)).state === "awaitingApproval");
  const version = (await seen(id)).artifacts?.[0]?.id;
  expect(version).toContain("/images/guarded/versions/");
  expect(await call("POST", "verifications", { image: version, gate: true })).toMatchObject({
    status: 403,
    body: { code: "ApprovalNeeded" },
  });
  await decide(id, "approve");
  expect(await world.built(id)).toMatchObject({ state: "succeeded", origin: { kind: "event" } });
  expect(latestVersion(world.azure.world, definition, "westeurope")?.id).toBe(version);
});

test("a version that was revoked while it waited is not included by a late yes", async () => {
  const before = latest();
  const { id, artifacts = [] } = await waiting("revoked");
  const versionId = artifacts[0]?.id;
  expect((await world.call("POST", "revocations", { versionId, reason: "CVE-2026-1" }, approver)).status).toBe(202);
  await world.clock.until(async () => "goldsmithRevoked" in (await tagsOf(versionId)));
  expect((await decide(id, "approve")).status).toBe(200);
  expect(await world.built(id)).toMatchObject({ state: "refused", problem: { code: "VersionRevoked" } });
  expect(latest()).toBe(before);
});
