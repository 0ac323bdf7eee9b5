import { publish } from "./proving.ts";
import { approver, endStorage, startWorld, type TestWorld } from "./world.ts";

interface Move {
  readonly id: string;
  readonly state: string;
  readonly from?: string;
  readonly to: string;
  readonly kind: string;
  readonly reason: string;
  readonly excluded?: readonly string[];
  readonly machines?: readonly string[];
  readonly problem?: { readonly code: string };
}
interface Report {
  readonly id: string;
  readonly hash: string;
  readonly state: string;
  readonly plans: readonly {
    readonly remove: readonly string[];
    readonly blockers: readonly string[];
    readonly keep: readonly { versionId: string; because: string[] }[];
  }[];
  readonly lostGroups: readonly { readonly id: string; readonly command: string }[];
  readonly outcomes: readonly { readonly versionId: string; readonly outcome: string; readonly why?: string }[];
}

let world: TestWorld;
const versions: Record<string, string> = {};

beforeAll(async () => {
  world = await startWorld({
    settings: ({ subscription }) => ({
      GOLDSMITH_RECONCILE_SCHEDULE: "0 0 * * * *",
      GOLDSMITH_CHANNELS: JSON.stringify({ canary: {}, production: { approval: true, hours: 24 } }),
      GOLDSMITH_KEEP: JSON.stringify([{ scope: subscription, keepLast: 1, keepDays: 0 }]),
    }),
  });
  for (const name of ["1.0.0", "1.0.1", "1.0.2", "1.0.3"]) versions[name] = await publish(world, name);
});
afterAll(async () => {
  await world.stop();
  await endStorage();
});

const image = () => world.estate.definition;
const read = async (id: string) =>
  (await world.arm("GET", `${id}?api-version=2023-07-03`)).body as Record<string, Record<string, unknown>>;
const channels = async () =>
  (
    await world.call<{ channels: Record<string, string>; versions: readonly object[]; history: Move[] }>(
      "GET",
      `channels?definitionId=${encodeURIComponent(image())}`,
    )
  ).body;
const move = (body: object) =>
  world.call<{ id: string; state: string }>("POST", "channels", {
    definitionId: image(),
    reason: "tested by QA",
    ...body,
  });

async function over(id: string): Promise<Move> {
  let seen: Move | undefined;
  await world.clock.until(async () => {
    seen = (await world.call<Move>("GET", `channel-moves/${id}`)).body;
    return !["awaitingApproval", "moving"].includes(seen.state);
  });
  return seen as Move;
}

test("a version is promoted: a tag of the definition, and a line of history with who and why", async () => {
  const asked = await move({ channel: "canary", version: "1.0.2" });
  expect(asked.status).toBe(202);
  expect(await over(asked.body.id)).toMatchObject({ state: "done", to: "1.0.2", reason: "tested by QA" });
  expect((await read(image())).tags).toMatchObject({ "goldsmith-channel-canary": "1.0.2" });
  expect(await channels()).toMatchObject({ channels: { canary: "1.0.2" }, history: [{ kind: "promote" }] });
});

test("where a channel asks for it, nothing moves before somebody agreed, and a rejected move never happens", async () => {
  const first = await move({ channel: "production", version: "1.0.2" });
  expect(first.body.state).toBe("awaitingApproval");
  await world.clock.advance(3_600_000);
  expect((await channels()).channels).not.toHaveProperty("production");
  expect((await world.call("POST", `channel-moves/${first.body.id}/approvals`, { decision: "approve" })).status).toBe(
    401,
  );
  await world.call("POST", `channel-moves/${first.body.id}/approvals`, { decision: "approve" }, approver);
  expect(await over(first.body.id)).toMatchObject({ state: "done" });
  expect((await channels()).channels).toMatchObject({ production: "1.0.2" });
  const second = await move({ channel: "production", version: "1.0.3" });
  await world.call("POST", `channel-moves/${second.body.id}/approvals`, { decision: "reject" }, approver);
  expect(await over(second.body.id)).toMatchObject({ state: "rejected" });
  const again = await world.call(
    "POST",
    `channel-moves/${second.body.id}/approvals`,
    { decision: "approve" },
    approver,
  );
  expect(again).toMatchObject({ status: 409, body: { code: "NothingToDecide" } });
  expect((await channels()).channels).toMatchObject({ production: "1.0.2" });
});

test("a move that nobody decides about expires", async () => {
  const asked = await move({ channel: "production", version: "1.0.3" });
  expect(await over(asked.body.id)).toMatchObject({ state: "expired" });
});

test("rolling back keeps latest from what is newer, and the history is exact and survives it", async () => {
  await over((await move({ channel: "canary", version: "1.0.3" })).body.id);
  const back = await move({ channel: "canary", version: "1.0.1", kind: "rollBack", reason: "1.0.2 loses its network" });
  expect(await over(back.body.id)).toMatchObject({
    state: "done",
    from: "1.0.3",
    excluded: [versions["1.0.3"], versions["1.0.2"]],
  });
  await world.clock.advance(10 * 60_000);
  const excluded = async (name: string) => {
    const { publishingProfile } = (await read(versions[name] ?? "")).properties ?? {};
    return (publishingProfile as { excludeFromLatest?: boolean } | undefined)?.excludeFromLatest;
  };
  expect([await excluded("1.0.1"), await excluded("1.0.2"), await excluded("1.0.3")]).toEqual([false, true, true]);
  const { history, versions: shown, ...rest } = await channels();
  expect(shown).toMatchObject([
    { name: "1.0.3", state: "Succeeded", excluded: true },
    { name: "1.0.2", state: "Succeeded", excluded: true },
    { name: "1.0.1", state: "Succeeded", excluded: false },
    { name: "1.0.0", state: "Succeeded", excluded: false },
  ]);
  expect(rest).toMatchObject({
    configured: { canary: { approval: false }, production: { approval: true, hours: 24 } },
  });
  const lately = await world.call<{ value: readonly Move[] }>("GET", "channel-moves");
  expect(lately.body.value.map(({ id }) => id)).toEqual(history.map(({ id }) => id).reverse());
  expect(history.map(({ kind, from = "", to, state }) => [kind, from, to, state])).toEqual([
    ["promote", "", "1.0.2", "done"],
    ["promote", "", "1.0.2", "done"],
    ["promote", "", "1.0.3", "rejected"],
    ["promote", "", "1.0.3", "expired"],
    ["promote", "1.0.2", "1.0.3", "done"],
    ["rollBack", "1.0.3", "1.0.1", "done"],
  ]);
});

test("outside the fence, of no version, or to no channel, nothing is asked of Azure but reads", async () => {
  const from = world.record().length;
  const elsewhere = image()
    .replace(/resourceGroups\/[^/]+/i, "resourceGroups/rg-elsewhere")
    .replace(/subscriptions\/[^/]+/, "subscriptions/11111111-1111-1111-1111-111111111111");
  expect((await move({ definitionId: elsewhere, channel: "canary", version: "1.0.1" })).body).toMatchObject({
    code: "OutsideFence",
  });
  expect((await move({ channel: "canary", version: "7.0.0" })).body).toMatchObject({ code: "VersionNotFound" });
  expect((await move({ channel: "beta", version: "1.0.1" })).body).toMatchObject({ code: "NoSuchChannel" });
  expect(
    (await world.call("POST", "revocations", { versionId: `${elsewhere}/versions/1.0.0`, reason: "CVE" }, approver))
      .body,
  ).toMatchObject({ code: "OutsideFence" });
  expect(
    world
      .record()
      .slice(from)
      .filter(({ caller, method }) => caller === "app" && method !== "GET"),
  ).toEqual([]);
});

const plan = async () => (await world.call<Report>("POST", "retention", { definitionIds: [image()] })).body;
const apply = (report: Report, hash = report.hash) =>
  world.call("POST", `retention/${report.id}/apply`, { hash }, approver);

test("a plan removes what nothing protects, says of all others why they stay, and is applied only as it was seen", async () => {
  const report = await plan();
  expect(report.plans[0]?.blockers).toEqual([]);
  expect(report.plans[0]?.remove).toEqual([versions["1.0.0"]]);
  expect((await world.call("POST", `retention/${report.id}/apply`, { hash: report.hash })).status).toBe(401);
  expect((await apply(report, `sha256:${"0".repeat(64)}`)).body).toMatchObject({ code: "PlanChanged" });
  await world.clock.advance(60_000);
  expect((await read(versions["1.0.0"] ?? "")).properties).toBeDefined();
});

test("who comes to use a version after the plan keeps it", async () => {
  const report = await plan();
  const set = `${world.estate.imagesGroup}/providers/Microsoft.Compute/virtualMachineScaleSets/web?api-version=2024-07-01`;
  const virtualMachineProfile = { storageProfile: { imageReference: { id: versions["1.0.0"] } } };
  expect(
    (await world.arm("PUT", set, { location: "westeurope", properties: { virtualMachineProfile } })).status,
  ).toBeLessThan(300);
  expect((await apply(report)).status).toBe(202);
  expect(await applied(report)).toEqual([{ versionId: versions["1.0.0"], outcome: "kept", why: "in use by web" }]);
  expect((await read(versions["1.0.0"] ?? "")).properties).toBeDefined();
  await world.arm("DELETE", set);
});

async function applied({ id }: Report) {
  let seen: Report | undefined;
  await world.clock.until(async () => {
    seen = (await world.call<Report>("GET", `retention/${id}`)).body;
    return seen.state === "applied";
  });
  return seen?.outcomes;
}

test("what is agreed to is removed, and nothing else", async () => {
  const report = await plan();
  await apply(report);
  expect(await applied(report)).toEqual([{ versionId: versions["1.0.0"], outcome: "removed" }]);
  const { body } = await world.arm("GET", `${image()}/versions?api-version=2023-07-03`);
  expect((body as { value: { name: string }[] }).value.map(({ name }) => name).sort()).toEqual([
    "1.0.1",
    "1.0.2",
    "1.0.3",
  ]);
});

test("a staging group without a template is named with its command, and left alone", async () => {
  const group = `${world.estate.subscription}/resourceGroups/IT_rg_lost_1`;
  const tags = {
    createdBy: "AzureVMImageBuilder",
    imageTemplateName: "lost",
    imageTemplateResourceGroupName: "rg-images",
  };
  await world.arm("PUT", `${group}?api-version=2024-03-01`, { location: "westeurope", tags });
  expect((await plan()).lostGroups).toMatchObject([
    { id: group, command: expect.stringContaining("az group delete --name IT_rg_lost_1") },
  ]);
});

test("a version that is revoked is excluded, at its end of life and tagged, and cannot be promoted any more", async () => {
  const asked = await world.call(
    "POST",
    "revocations",
    { versionId: versions["1.0.1"], reason: "CVE-2026-12345" },
    approver,
  );
  expect(asked.status).toBe(202);
  await world.clock.until(async () => "goldsmithRevoked" in ((await read(versions["1.0.1"] ?? "")).tags ?? {}));
  await world.clock.advance(5 * 60_000);
  const revoked = await read(versions["1.0.1"] ?? "");
  expect(revoked.tags).toMatchObject({ goldsmithRevoked: "CVE-2026-12345" });
  expect(revoked.properties?.publishingProfile).toMatchObject({
    excludeFromLatest: true,
    endOfLifeDate: expect.stringMatching(/^20/),
  });
  expect((await move({ channel: "canary", version: "1.0.1" })).body).toMatchObject({ code: "VersionRevoked" });
});
