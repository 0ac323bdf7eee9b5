import type { Estate } from "../../local/estate.ts";
import type { Owner } from "../../local/owner.ts";
import { eventually } from "../../local/processes.ts";
import type { BuildView } from "../../local/sample.ts";
import { ask, ends, exchangesOf, type Fleet, raise, request } from "./fleet.ts";

/** Builds that share rights for as long as they run, begun one after the other on a host that is killed again and again. */
const builds = 16;
const kills = 30;
const names = Array.from({ length: builds }, (_, i) => `passing-${i}`);
const authorization = "providers/Microsoft.Authorization";
let world: Fleet;
let arm: Owner;
let estate: Estate;
let principalId: string;

beforeAll(async () => {
  world = await raise(7673, 120);
  ({ arm, estate } = world);
  expect((await arm("POST", "/emulator/switches", { containerCores: 4 * builds })).status).toBe(200);
  const identity = await arm("GET", `${estate.identity}?api-version=2023-01-31`);
  principalId = (identity.body as { properties: { principalId: string } }).properties.principalId;
  await stand("aaaaaaaa-0000-4000-8000-000000000001", estate.imagesGroup, await roleOf("image writer"));
  await stand("aaaaaaaa-0000-4000-8000-000000000002", estate.networkGroup, reader);
}, 120_000);

afterAll(async () => {
  await world.stop();
});

const reader = `/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7`;

test(`just in time under ${kills} kills of the host: nothing left granted, nothing removed that stood before or that another build still used`, async () => {
  const before = await eventually("both grants", async () => ((await grants()).length === 2 ? grants() : undefined));
  const asked = inTurns();
  const [ids] = await Promise.all([asked, harm()]);
  const ended = await ends(world, ids, 240_000);
  const states = names.map((name, i) => `${name}: ${ended.get(ids[i] ?? "")?.state ?? "not ended"}`);
  if (states.some((one) => !one.endsWith("succeeded"))) console.log([...ended.values()].map(({ problem }) => problem));
  expect(states.filter((one) => !one.endsWith("succeeded"))).toEqual([]);
  expect(new Set(killed).size).toBe(kills);
  // What a kill kept from being given back is the sweep's, which passes every five minutes of the emulated clock.
  await eventually(
    "an estate without passing grants",
    async () => ((await grants()).length <= 2 ? true : undefined),
    60_000,
  );
  expect(await grants()).toEqual(before);
  const removals = removalsOf();
  expect(removals.length).toBeGreaterThan(0);
  expect(tooEarly(removals, [...ended.values()])).toEqual([]);
  process.stdout.write(`${removals.length} removals of shared grants in ${builds} builds, ${kills} kills\n`);
}, 480_000);

/** Asks for the builds while the host dies, so that some begin while others end. */
async function inTurns(): Promise<string[]> {
  const ids: string[] = [];
  for (const name of names) {
    ids.push(await ask(world, name, { ...request(estate, name), grants: "justInTime" }));
    await new Promise((resolve) => setTimeout(resolve, 4_000));
  }
  return ids;
}

const killed: number[] = [];

async function harm(): Promise<void> {
  for (let i = 0; killed.length < kills; i++) {
    await new Promise((resolve) => setTimeout(resolve, 1_500 + (i % 7) * 400));
    const pid = world.host.pid();
    if (pid === undefined || killed.includes(pid)) continue;
    process.kill(pid, "SIGKILL");
    killed.push(pid);
  }
}

/** What the identity was granted where it is not the service's own doing, as its owner sees it. */
async function grants(): Promise<readonly string[]> {
  const filter = encodeURIComponent(`principalId eq '${principalId}'`);
  const listed = await arm(
    "GET",
    `${estate.subscription}/${authorization}/roleAssignments?api-version=2022-04-01&$filter=${filter}`,
  );
  const { value } = listed.body as { value: { id: string; properties: { scope: string } }[] };
  return value
    .filter(({ properties }) => !/\/IT_/.test(properties.scope))
    .map(({ id }) => id.toLowerCase())
    .sort();
}

async function stand(name: string, scope: string, roleDefinitionId: string): Promise<void> {
  const properties = { roleDefinitionId, principalId, principalType: "ServicePrincipal" };
  const put = await arm("PUT", `${scope}/${authorization}/roleAssignments/${name}?api-version=2022-04-01`, {
    properties,
  });
  expect(put.status).toBe(201);
}

async function roleOf(name: string): Promise<string> {
  const filter = encodeURIComponent("type eq 'CustomRole'");
  const listed = await arm(
    "GET",
    `${estate.subscription}/${authorization}/roleDefinitions?api-version=2022-04-01&$filter=${filter}`,
  );
  const roles = (listed.body as { value: { id: string; properties: { roleName: string } }[] }).value;
  return roles.find(({ properties }) => properties.roleName.toLowerCase().includes(name))?.id ?? "";
}

interface Removal {
  readonly assignment: string;
  readonly at: number;
}

/** The app's own removals that took something away. */
const removalsOf = (): readonly Removal[] =>
  exchangesOf(world.record)
    .filter(
      ({ method, url, status, caller }) =>
        caller === "app" && method === "DELETE" && status === 200 && /roleAssignments/i.test(url),
    )
    .map(({ url, at }) => ({ assignment: new URL(url).pathname.toLowerCase(), at: Date.parse(at) }));

/** Removals of a grant while some build that had made or found it was not done with its run. */
function tooEarly(removals: readonly Removal[], all: readonly BuildView[]): readonly string[] {
  return removals.flatMap(({ assignment, at }) =>
    all.flatMap(({ id, timeline }) => {
      const since = timeline.find(({ what, detail }) => what === "applyChange" && /role/.test(detail ?? ""))?.at ?? "";
      const until = timeline.findLast(({ detail }) => detail === "run succeeded")?.at ?? "";
      return Date.parse(since) < at && at < Date.parse(until) ? [`${assignment} under ${id}`] : [];
    }),
  );
}
