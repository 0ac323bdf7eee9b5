import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Estate } from "../../local/estate.ts";
import type { Owner } from "../../local/owner.ts";
import { acceptedRuns, ask, doubledGrants, ends, exchangesOf, type Fleet, raise, request } from "./fleet.ts";

/** Many builds at once on a host that is killed again and again, against an Azure whose connections break. */
const builds = 50;
const kills = 30;
const cuts = 5;
const names = Array.from({ length: builds }, (_, i) => `stress-${i}`);
let world: Fleet;
let arm: Owner;
let estate: Estate;

beforeAll(async () => {
  world = await raise(7371, 120);
  ({ arm, estate } = world);
  // Fifty runs side by side are more than a subscription has cores for.
  expect((await arm("POST", "/emulator/switches", { containerCores: 4 * builds })).status).toBe(200);
}, 120_000);

afterAll(async () => {
  await world.stop();
});

test(`${builds} builds in flight, ${kills} kills of the host, ${cuts} cuts of Azure's connections: every build ends well, with one run`, async () => {
  const asked = Promise.all(names.map((name) => ask(world, name, request(estate, name))));
  const [ids] = await Promise.all([asked, harm()]);
  const ended = await ends(world, ids, 240_000);
  const states = names.map((name, i) => `${name}: ${ended.get(ids[i] ?? "")?.state ?? "not ended"}`);
  const log = () =>
    readFileSync(join(world.directory, "logs", "host.log"), "utf8")
      .split("\n")
      .slice(-20);
  if (states.some((one) => !one.endsWith("succeeded")))
    console.log(
      [...ended.values()].filter(({ state }) => state !== "succeeded").map(({ problem }) => problem),
      log(),
    );
  expect(states.filter((one) => !one.endsWith("succeeded"))).toEqual([]);
  const exchanges = exchangesOf(world.record);
  expect(Object.fromEntries(acceptedRuns(exchanges))).toEqual(Object.fromEntries(names.map((name) => [name, 1])));
  expect(doubledGrants(exchanges)).toEqual([]);
  expect(new Set(killed).size).toBe(kills);
}, 480_000);

const killed: number[] = [];

/** Kills whatever host is there every three seconds or so; every sixth time connections of Azure are cut as well, before or after it acted. */
async function harm(): Promise<void> {
  for (let i = 0; killed.length < kills; i++) {
    await new Promise((resolve) => setTimeout(resolve, 2_500 + (i % 5) * 300));
    if (i % (kills / cuts) === 0)
      await arm("POST", "/emulator/faults", { caller: "app", kind: i % 12 ? "reset" : "acceptedThenReset", times: 10 });
    const pid = world.host.pid();
    if (pid === undefined || killed.includes(pid)) continue;
    process.kill(pid, "SIGKILL");
    killed.push(pid);
  }
}
