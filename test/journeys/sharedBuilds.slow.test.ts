import { sampleTemplate } from "../../local/estate.ts";
import type { Build } from "../../shared/build.ts";
import type { StandingShare } from "../../shared/sharing.ts";
import { publish } from "./proving.ts";
import { endStorage, isWriteOfApp, startWorld, type TestWorld } from "./world.ts";

const guid = (number: number) => `99999999-0000-4000-8000-${String(number).padStart(12, "0")}`;
const [user, team, stranger] = [guid(1), guid(2), guid(3)];
const shareWith = [user, team];

let world: TestWorld;
let earlier: string;

beforeAll(async () => {
  world = await startWorld({
    shareWith,
    settings: ({ subscription }) => ({ GOLDSMITH_FENCE: JSON.stringify({ scopes: [subscription], shareWith }) }),
  });
  const { principals } = world.azure.world;
  principals.create("ada", "User", { principalId: user });
  principals.create("team", "Group", { principalId: team });
  earlier = await publish(world, "0.0.1");
});
afterAll(async () => {
  await world.stop();
  await endStorage();
});

const reads = (principalId: string, id = "") =>
  world.azure.world.rights.decide(principalId, "Microsoft.Compute/galleries/images/versions/read", id).kind;

let builds = 0;

/** Builds a new template with this wish to share. */
async function build(share: object[], more: object = {}): Promise<Build> {
  const { call, estate } = world;
  const template = { resourceGroupId: estate.imagesGroup, name: `shared-${++builds}`, body: sampleTemplate(estate) };
  const asked = await call<{ id: string }>("POST", "builds", { template, share, ...more });
  expect(asked.status).toBe(202);
  return world.built(asked.body.id) as Promise<Build>;
}

test("a build shares what it published, the version or every one, and says which shares came of it", async () => {
  const built = await build([
    { principalId: user, principalType: "User", scope: "version" },
    { principalId: team, principalType: "Group", scope: "definition" },
  ]);
  expect(built).toMatchObject({ state: "succeeded", shares: [expect.any(String), expect.any(String)] });
  expect(built.problem).toBeUndefined();
  await world.clock.advance(10 * 60_000);
  const image = built.artifacts?.find(({ kind }) => kind === "imageVersion")?.id;
  expect([reads(user, image), reads(team, image)]).toEqual(["allowed", "allowed"]);
  expect([reads(user, earlier), reads(team, earlier)]).toEqual(["denied", "allowed"]);
  const { value } = (await world.call<{ value: StandingShare[] }>("GET", `shares?buildId=${built.id}`)).body;
  expect(value.map(({ id }) => id).sort()).toEqual([...(built.shares ?? [])].sort());
  expect(value.map(({ state }) => state)).toEqual(["shared", "shared"]);
});

test("a build that cannot share is built all the same, and tells why", async () => {
  const built = await build([{ principalId: user, principalType: "Group", scope: "definition" }]);
  expect(built).toMatchObject({
    state: "succeeded",
    problem: { code: "UnmatchedPrincipalType", stage: "sharing" },
    artifacts: [expect.anything()],
  });
});

test("a build that would share outside the fence is refused before anything is done", async () => {
  const from = world.record().length;
  const built = await build([{ principalId: stranger, principalType: "User", scope: "version" }]);
  expect(built).toMatchObject({ state: "refused", problem: { code: "OutsideFence", principalId: stranger } });
  expect(world.record().slice(from).filter(isWriteOfApp)).toEqual([]);
  const plan = await world.call<{ blockers: { code: string }[] }>("POST", "plans", {
    template: { resourceGroupId: world.estate.imagesGroup, name: "planned", body: sampleTemplate(world.estate) },
    share: [{ principalId: stranger, principalType: "User", scope: "version" }],
  });
  expect(plan.body.blockers.map(({ code }) => code)).toEqual(["OutsideFence"]);
});

test("a retry shares as the build it makes good was asked to, and a repeated request with other wishes is another build", async () => {
  const { arm, call, estate } = world;
  await arm("PUT", `${estate.template}?api-version=2024-02-01`, sampleTemplate(estate));
  await world.built(await world.buildOf(estate.template));
  const ask = async (share?: object[]) =>
    (await call<{ id: string }>("POST", "builds", { templateId: estate.template, ...(share ? { share } : {}) })).body
      .id;
  const wish = [{ principalId: user, principalType: "User", scope: "version" }];
  const first = await ask(wish);
  expect(await ask(wish)).toBe(first);
  const other = await ask();
  expect(other).not.toBe(first);
  await call("POST", `builds/${first}/cancel`);
  expect(await world.built(first)).toMatchObject({ state: "cancelled" });
  const retried = await call<{ id: string }>("POST", `builds/${first}/retry`);
  expect(await world.built(retried.body.id)).toMatchObject({ state: "succeeded", shares: [expect.any(String)] });
});

test("where a build only advises, what is to be shared comes as a command", async () => {
  const built = await build([{ principalId: user, principalType: "User", scope: "definition" }], { mode: "advise" });
  expect(built).toMatchObject({
    state: "succeeded",
    problem: { code: "AdviseOnly", fix: [expect.stringContaining("az role assignment create")] },
  });
});
