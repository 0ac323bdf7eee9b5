import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { sampleTemplate } from "../../local/estate.ts";
import type { Build } from "../../shared/build.ts";
import { profiles, publish, seedVerification } from "../journeys/proving.ts";
import { endStorage, startWorld, type TestWorld } from "../journeys/world.ts";
import { against, goldsmith, reach } from "./goldsmith.ts";
import { folder, templateFile } from "./place.ts";

/** What approvers and builders do from a terminal, against one world. */
let world: TestWorld;
const approving = { GOLDSMITH_KEY: "m".repeat(40) };
const poll = ["--poll", "0.1"];
const json = ["-o", "json"];
/** Whom images may be shared with: somebody, and a subscription of that id. */
const consumer = "99999999-0000-4000-8000-000000000001";
const hook = createServer((request, response) => request.resume().on("end", () => response.writeHead(204).end()));

beforeAll(async () => {
  hook.listen(0, "127.0.0.1");
  await new Promise((resolve) => hook.once("listening", resolve));
  const { port } = hook.address() as AddressInfo;
  const target = (name: string, to: number) => ({
    name,
    kind: "webhook",
    url: `http://127.0.0.1:${to}/`,
    events: ["io.goldsmith.build.failed.v1"],
  });
  world = await startWorld({
    managedRoles: true,
    shareWith: [consumer],
    settings: (estate) => ({
      ...profiles()(estate),
      GOLDSMITH_FENCE: JSON.stringify({ scopes: [estate.subscription], shareWith: [consumer] }),
      GOLDSMITH_TARGETS: JSON.stringify([target("hook", port), target("nobody", 1)]),
      GOLDSMITH_ALLOW_LOOPBACK_TARGETS: "true",
      GOLDSMITH_CHANNELS: JSON.stringify({ canary: {}, production: { approval: true, hours: 24 } }),
      GOLDSMITH_APPROVALS: JSON.stringify({ hours: 24 }),
      GOLDSMITH_KEEP: JSON.stringify([{ scope: estate.subscription, keepLast: 1, keepDays: 0 }]),
    }),
  });
});
afterAll(async () => {
  hook.close();
  await world?.stop();
  await endStorage();
});

const built = async (name: string, change?: Parameters<typeof templateFile>[2]) => {
  const { out } = await against(world, ["build", templateFile(world, name, change), ...json, ...poll]);
  return JSON.parse(out) as Build;
};

test("retry makes good a build that failed once its cause is gone; what succeeded cannot be tried again", async () => {
  const { id, state } = await built("tried-again");
  expect(state).toBe("succeeded");
  const refused = await goldsmith(["retry", id], reach(world));
  expect([refused.exit, refused.err.includes("BuildSucceeded")]).toEqual([1, true]);
  const started = await goldsmith(["build", templateFile(world, "ended"), "--no-wait", ...json], reach(world));
  const ended = JSON.parse(started.out) as Build;
  await against(world, ["cancel", ended.id, ...poll]);
  const again = await against(world, ["retry", ended.id, ...json, ...poll]);
  expect(again.exit).toBe(0);
  expect(JSON.parse(again.out)).toMatchObject({ state: "succeeded", retryOf: ended.id });
});

/** What it publishes is not latest at once. */
const excluded: Parameters<typeof templateFile>[2] = (body) => {
  const [target, ...more] = body.properties.distribute;
  const distribute = [{ ...target, excludeFromLatest: true }, ...more];
  return { ...body, properties: { ...body.properties, distribute } };
};

test.each([
  ["approve", 0, "succeeded", /^approved +by whoever holds the master key: looks good$/m],
  ["reject", 0, "refused", /^because +ApprovalRejected: An approver rejected what was built$/m],
])("a build that waits for an approver says so, and %s decides about it", async (decision, exit, state, line) => {
  const file = templateFile(world, `to-${decision}`, excluded);
  const started = await goldsmith(["build", file, "--approval", "--no-wait", ...json], reach(world));
  const { id } = JSON.parse(started.out) as Build;
  const early = await goldsmith([decision, id], { ...reach(world), ...approving });
  expect([early.exit, early.err.includes("NothingToDecide")]).toEqual([1, true]);
  const seen = async () => (await world.call<Build>("GET", `builds/${id}`)).body.state;
  await world.clock.until(async () => (await seen()) === "awaitingApproval");
  const followed = await against(world, ["watch", id, "--timeout", "2", ...poll], { CI: "true" });
  expect([followed.exit, followed.err.includes(`goldsmith approve ${id}`)]).toEqual([3, true]);
  expect((await goldsmith([decision, id], reach(world))).exit).not.toBe(0);
  const decided = await against(world, [decision, id, "--reason", "looks good", ...poll], approving);
  expect(decided.out).toMatch(line);
  expect([decided.exit, await seen()]).toEqual([exit, state]);
});

async function galleryGrants() {
  const gallery = world.estate.definition.split("/images/")[0];
  const path = `${gallery}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter=atScope()`;
  const { value } = (await world.arm("GET", path)).body as { value: { id: string }[] };
  return value.filter(({ id }) => id.includes("/galleries/gold/"));
}

/** A new grant takes its seconds before a list shows it. */
const standing = (count: number) => world.clock.until(async () => (await galleryGrants()).length === count);

test("audit --fix says what it would do, does nothing unasked, and puts right what was looked at", async () => {
  const stood = (await galleryGrants()).length;
  for (const { id } of await galleryGrants()) await world.arm("DELETE", `${id}?api-version=2022-04-01`);
  const unasked = await against(world, ["audit", "--fix", ...poll], approving);
  expect(unasked.exit).toBe(2);
  expect(unasked.err).toContain("nothing was changed");
  const hash = String(/--hash (sha256:\w+)/.exec(unasked.err)?.[1]);
  const other = await against(world, ["audit", "--fix", "--hash", `sha256:${"0".repeat(64)}`, ...poll], approving);
  expect([other.exit, other.err.includes("AuditChanged")]).toEqual([4, true]);
  expect(await galleryGrants()).toEqual([]);
  const fixed = await against(world, ["audit", "--fix", "--hash", hash, ...json, ...poll], approving);
  const { lines } = JSON.parse(fixed.out) as { lines: { outcome: string }[] };
  expect([fixed.exit, lines.map(({ outcome }) => outcome)]).toEqual([0, lines.map(() => "made")]);
  await standing(stood);
});

test("audit --fix --finding puts right only what was named, by the id that the audit shows", async () => {
  const stood = (await galleryGrants()).length;
  const [grant] = await galleryGrants();
  await world.arm("DELETE", `${grant?.id}?api-version=2022-04-01`);
  const looked = await against(world, ["audit", ...poll], approving);
  expect([looked.exit, looked.out]).toEqual([4, expect.stringMatching(/2 findings$/m)]);
  const id = String(/^missing .*\n(?: .*\n)* {2}id (\S+)$/m.exec(looked.out)?.[1]);
  const unknown = await against(world, ["audit", "--fix", "--finding", "nobody", ...poll], approving);
  const hash = String(/--hash (sha256:\w+)/.exec(unknown.err)?.[1]);
  expect([unknown.exit, unknown.err]).toEqual([2, expect.stringContaining("Put 1 finding of")]);
  const wrong = await against(world, ["audit", "--fix", "--finding", "nobody", "--hash", hash, ...poll], approving);
  expect([wrong.exit, wrong.err]).toEqual([1, expect.stringContaining("/findings/0: no finding of this audit")]);
  const fixed = await against(world, ["audit", "--fix", "--finding", id, "--hash", hash, ...json, ...poll], approving);
  expect([fixed.exit, JSON.parse(fixed.out)]).toMatchObject([0, { lines: [{ findingId: id, outcome: "made" }] }]);
  await standing(stood);
});

test("what only approvers may do is refused to a builder's key, and it says which key does", async () => {
  const { exit, err } = await goldsmith(["undo", "--all", "--yes"], reach(world));
  expect([exit, err.includes("master key")]).toEqual([1, true]);
});

test("undo asks, takes back by the ledger and says what became of each entry", async () => {
  const asked = await against(world, ["undo", "--all"], approving);
  expect([asked.exit, asked.err.includes("--yes")]).toEqual([2, true]);
  expect((await goldsmith(["undo", "--all", "--template", "x"], reach(world))).exit).toBe(2);
  const none = await against(world, ["undo", "--template", `${world.estate.template}-x`, "--yes", ...poll], approving);
  expect([none.exit, none.out.includes("nothing to take back")]).toEqual([0, true]);
  const { exit, out } = await against(
    world,
    ["undo", "--all", "--only", "grants", "--yes", ...json, ...poll],
    approving,
  );
  const { lines } = JSON.parse(out) as { lines: { outcome: string }[] };
  expect([exit, new Set(lines.map(({ outcome }) => outcome))]).toEqual([0, new Set(["undone"])]);
  expect(
    (
      await world.arm(
        "GET",
        `${world.estate.subscription}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01`,
      )
    ).status,
  ).toBe(200);
});

test("roles are validated in any form, and applied where roles are managed", async () => {
  const file = join(folder(), "role.json");
  const role = {
    Name: "Image looker",
    Description: "Looks.",
    Actions: ["Microsoft.Compute/images/read"],
    AssignableScopes: [world.estate.subscription],
  };
  writeFileSync(file, JSON.stringify(role));
  const good = await goldsmith(["roles", "validate", file, ...json], reach(world));
  expect(JSON.parse(good.out)).toMatchObject({ form: "flat", role: { properties: { roleName: "Image looker" } } });
  expect((await goldsmith(["roles", "apply", file], { ...reach(world), ...approving })).exit).toBe(2);
  const applied = await against(world, ["roles", "apply", file, "--yes"], approving);
  expect([applied.exit, applied.out]).toEqual([0, expect.stringMatching(/^written.*roleDefinitions\//)]);
  writeFileSync(file, JSON.stringify({ ...role, Actions: ["*/nothing/of/*/that"], AssignableScopes: ["/"] }));
  const bad = await goldsmith(["roles", "validate", file], reach(world));
  expect([bad.exit, bad.out]).toEqual([1, ""]);
  expect(bad.err).toContain("/AssignableScopes");
  expect((await goldsmith(["roles", "validate", "nowhere.json"], reach(world))).exit).toBe(2);
});

test("targets are listed without addresses, and tested", async () => {
  const { out } = await goldsmith(["targets", "list"], reach(world));
  expect(out).toMatch(/^hook +webhook +on/m);
  expect(out).not.toContain("127.0.0.1");
  const took = await against(world, ["targets", "test", "hook"]);
  expect([took.exit, took.out]).toEqual([0, "hook took it.\n"]);
  const missed = await against(world, ["targets", "test", "nobody", ...json]);
  expect([missed.exit, JSON.parse(missed.out).delivered]).toEqual([1, false]);
});

test("schedules are set, shown, resumed and deleted", async () => {
  await world.arm("PUT", `${world.estate.template}?api-version=2024-02-01`, sampleTemplate(world.estate));
  const run = (...args: string[]) => against(world, ["schedules", ...args], approving);
  const set = await run(
    "set",
    world.estate.template,
    "--cron",
    "0 0 4 * * 1",
    "--time-zone",
    "Europe/Berlin",
    "--paused",
    ...json,
  );
  expect([set.exit, set.err]).toEqual([0, ""]);
  const { id } = JSON.parse(set.out) as { id: string };
  expect((await run("list")).out).toMatch(new RegExp(`^${id} +paused`, "m"));
  expect((await run("resume", id)).out).toMatch(/^next +\d{4}-/m);
  expect((await run("show", id)).out).toContain("0 0 4 * * 1 (Europe/Berlin), only if something changed");
  expect((await run("set", world.estate.template, "--cron", "every Monday")).exit).toBe(1);
  expect((await run("delete", id)).exit).toBe(2);
  expect((await run("delete", id, "--yes")).exit).toBe(0);
  expect((await run("list")).out).toBe("No schedules.\n");
});

test("verify boots an image and is exit 0 only for a proven one", async () => {
  await seedVerification(world);
  const version = await publish(world, "7.0.0");
  const { exit, out, err } = await against(world, ["verify", version, ...json, ...poll], { CI: "true" });
  expect(JSON.parse(out)).toMatchObject({ state: "proven", versionId: version });
  expect([exit, err.includes("Verification ")]).toEqual([0, true]);
  const absent = await against(world, ["verify", version.replace("7.0.0", "9.9.9"), ...poll], { CI: "true" });
  expect([absent.exit, absent.err.includes("ImageNotFound")]).toEqual([1, true]);
});

test("build --verify publishes what has proven itself, and says so; a profile that is none is refused before anything begins", async () => {
  const open = await against(world, ["build", templateFile(world, "proving"), "--verify", ...poll], { CI: "true" });
  expect([open.exit, open.err]).toEqual([1, expect.stringMatching(/NotGated[\s\S]*→ Write "excludeFromLatest": true/)]);
  const file = templateFile(world, "proving", excluded);
  const { exit, out } = await against(world, ["build", file, "--verify", ...json, ...poll]);
  const made = JSON.parse(out) as Build & { artifacts: { id: string }[] };
  expect([exit, made.state, made.verify]).toEqual([0, "succeeded", "default"]);
  const proofs = await world.call<{ value: { buildId?: string; state: string; gate: boolean; versionId: string }[] }>(
    "GET",
    "verifications",
  );
  expect(proofs.body.value.find(({ buildId }) => buildId === made.id)).toMatchObject({
    state: "proven",
    gate: true,
    versionId: made.artifacts[0]?.id,
  });
  const unknown = await goldsmith(["build", templateFile(world, "unproven"), "--verify", "nobody"], reach(world));
  expect([unknown.exit, unknown.err]).toEqual([1, expect.stringContaining("one of default")]);
});

test("channels are promoted with a reason, wait for an approval where one is asked for, and show their history", async () => {
  const version = `${world.estate.definition}/versions/7.0.0`;
  const run = (...args: string[]) => against(world, ["channels", ...args, ...json], approving);
  expect((await run("promote", "canary", version)).exit).toBe(2);
  const moved = await run("promote", "canary", version, "--reason", "tested", ...poll);
  expect([moved.exit, JSON.parse(moved.out)]).toMatchObject([0, { state: "done", to: "7.0.0" }]);
  const waiting = JSON.parse((await run("promote", "production", version, "--reason", "tested", ...poll)).out);
  expect(waiting).toMatchObject({ state: "awaitingApproval" });
  const agreed = await run("approve", waiting.id, ...poll);
  expect([agreed.exit, JSON.parse(agreed.out).state]).toEqual([0, "done"]);
  const { out } = await against(world, ["channels", "show", world.estate.definition]);
  expect(out).toMatch(/^production +7\.0\.0$/m);
  expect((await run("promote", "canary", world.estate.definition, "--reason", "tested")).exit).toBe(2);
});

test("a channel is rolled back with what that takes along, and a rejected move leaves it where it is", async () => {
  const [older, newer] = [await publish(world, "7.1.0"), await publish(world, "7.2.0")];
  const run = (...args: string[]) => against(world, ["channels", ...args], approving);
  expect((await run("promote", "canary", newer, "--reason", "tested", ...poll)).exit).toBe(0);
  expect((await run("roll-back", "canary", older)).err).toContain("--reason");
  const back = await run("roll-back", "canary", older, "--reason", "loses its network", ...poll);
  expect(back.exit).toBe(0);
  expect(back.out).toMatch(/^canary: 7\.2\.0 → 7\.1\.0 {2}done/m);
  expect(back.out).toContain("latest means it no more: 7.2.0");
  const waiting = await run("promote", "production", older, "--reason", "tested", ...json, ...poll);
  const { id } = JSON.parse(waiting.out) as { id: string };
  const rejected = await run("reject", id, ...poll);
  expect([rejected.exit, rejected.out]).toEqual([0, expect.stringMatching(/rejected/)]);
  const late = await run("approve", id, ...poll);
  expect([late.exit, late.err.includes("NothingToDecide")]).toEqual([1, true]);
  const { out } = await against(world, ["channels", "show", world.estate.definition]);
  expect(out).toMatch(/^canary +7\.1\.0$/m);
  expect(out).toMatch(/^production +7\.0\.0$/m);
});

test("retention is planned, then applied by the hash that was looked at; a version in a channel stays", async () => {
  const planned = await against(world, ["retention", "plan", world.estate.definition]);
  expect([planned.exit, planned.out]).toEqual([0, expect.stringMatching(/= keep +7\.0\.0 .*production/)]);
  const [, id = "", hash = ""] = /retention apply (\S+) --hash (\S+)/.exec(planned.out) ?? [];
  expect((await against(world, ["retention", "apply", id], approving)).exit).toBe(2);
  const applied = await against(world, ["retention", "apply", id, "--hash", hash, ...json, ...poll], approving);
  const { outcomes } = JSON.parse(applied.out) as { outcomes: { outcome: string }[] };
  expect([applied.exit, outcomes.length > 0, new Set(outcomes.map(({ outcome }) => outcome))]).toEqual([
    0,
    true,
    new Set(["removed"]),
  ]);
});

test("a version is revoked with a reason, after a yes", async () => {
  const version = `${world.estate.definition}/versions/7.0.0`;
  expect((await against(world, ["revoke", version, "--reason", "CVE"], approving)).exit).toBe(2);
  const { exit, out } = await against(world, ["revoke", version, "--reason", "CVE", "--yes"], approving);
  expect([exit, out]).toEqual([0, expect.stringMatching(/revoking$/m)]);
});

test("share adds what the operator allows and prints what its consumer types, lists it, and takes it back once asked", async () => {
  const { definition } = world.estate;
  const usage = await goldsmith(["share", "add", definition, "--principal", consumer], reach(world));
  expect([usage.exit, usage.err.includes("WhomToShareWith")]).toEqual([2, true]);
  const stranger = consumer.replace(/1$/, "2");
  const refused = await against(world, ["share", "add", definition, "--tenant", stranger, ...poll], approving);
  expect([refused.exit, refused.err.includes("OutsideFence")]).toEqual([1, true]);
  const byRole = ["--principal", consumer, "--type", "Group"];
  const added = await against(world, ["share", "add", definition, ...byRole, ...poll], approving);
  expect([added.exit, added.err]).toEqual([0, ""]);
  expect(added.out).toContain(`with Group ${consumer}: shared  share-`);
  expect(added.out).toContain(`--image '${definition}'`);
  const direct = await against(world, ["share", "add", definition, "--subscription", consumer, ...poll], approving);
  expect(direct.out).toMatch(/--image '\/sharedGalleries\/[^']+\/images\/ubuntu-2404\/versions\/latest'/);
  const listed = await goldsmith(["share", "list", definition, ...json], reach(world));
  const { value } = JSON.parse(listed.out) as { value: { id: string; state: string }[] };
  expect(value.map(({ state }) => state)).toEqual(["shared", "shared"]);
  for (const { id } of value) {
    const unasked = await against(world, ["share", "remove", id, ...poll], approving);
    expect([unasked.exit, unasked.err.includes("nothing was changed")]).toEqual([2, true]);
    const removed = await against(world, ["share", "remove", id, "--yes", ...poll], approving);
    expect([removed.exit, removed.out.includes("undone")]).toEqual([0, true]);
  }
  expect((await goldsmith(["share", "list"], reach(world))).out.match(/ {2}removed {2}/g)).toHaveLength(2);
});

test("build --share shares what was published, and one that says nobody is wrong usage", async () => {
  const file = templateFile(world, "shared");
  const wrong = await goldsmith(["build", file, "--share", consumer], reach(world));
  expect([wrong.exit, wrong.err.includes("WhomToShareWith")]).toEqual([2, true]);
  const built = await against(world, [
    "build",
    file,
    "--share",
    `group:${consumer}`,
    "--share-scope",
    "version",
    ...poll,
  ]);
  expect(built.exit).toBe(0);
  const id = /^shared +goldsmith (share list --build (\S+))$/m.exec(built.out)?.[2] ?? "";
  expect((await goldsmith(["share", "list", "--build", id], reach(world))).out).toMatch(/ shared .*\/versions\/\d/);
});
