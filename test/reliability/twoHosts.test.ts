import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeAppSettings } from "../../local/appSettings.ts";
import { type Estate, sampleTemplate } from "../../local/estate.ts";
import type { Owner } from "../../local/owner.ts";
import { eventually, type Kept, keepRunning } from "../../local/processes.ts";
import { type App, ask, doubledGrants, ends, exchangesOf, type Fleet, raise, request, runsAskedFor } from "./fleet.ts";

/** Two hosts, each with a task hub of its own, over one Azure and one storage account: they know of each other only by what lies there. */
const secondPort = 7472;
const speed = 120;
const names = ["twin-a", "twin-b", "twin-c", "twin-d"];
let world: Fleet;
let other: Kept;
let apps: readonly App[];
let arm: Owner;
let estate: Estate;

beforeAll(async () => {
  world = await raise(7471, speed);
  ({ arm, estate } = world);
  const second = join(world.directory, "second");
  mkdirSync(second);
  for (const file of ["keys.json", "clock.json"])
    writeFileSync(join(second, file), readFileSync(join(world.directory, file)), { mode: 0o600 });
  const settings = JSON.parse(readFileSync(join(world.directory, "host.env.json"), "utf8")) as Record<string, string>;
  writeAppSettings(second, { ...settings, TASKHUB_NAME: "second" });
  const where = ["--port", String(secondPort), "--data", second, "--speed", String(speed)];
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: world.azure.caFile };
  other = keepRunning("host", ["local/host/main.ts", ...where], { data: second, env });
  const appUrl = `http://localhost:${secondPort}`;
  await eventually("the second host", async () => ((await fetch(`${appUrl}/api/health`)).ok ? true : undefined));
  apps = [world, { appUrl, functionKey: world.functionKey }];
}, 120_000);

afterAll(async () => {
  await other.stop();
  await world.stop();
});

test("templates asked for at both hosts at once: each build asks for one run and gets it, and ends well", async () => {
  const asked = await Promise.all(
    names.flatMap((name) => apps.map((app, i) => ask(app, `${name}-${i}`, request(estate, name)))),
  );
  const ended = await ends(world, [...new Set(asked)], 150_000);
  const states = asked.map((id) => ended.get(id)?.state ?? "not ended");
  if (states.some((state) => state !== "succeeded")) console.log([...ended.values()].map(({ problem }) => problem));
  expect(states.filter((state) => state !== "succeeded")).toEqual([]);
  expect(new Set(asked).size).toBe(names.length * apps.length);
  const once = names.map((name) => [name, apps.map(() => 202)]);
  expect([...runsAskedFor(exchangesOf(world.record))].sort()).toEqual(once);
  expect(runInTheMiddle()).toEqual([]);
  expect(doubledGrants(exchangesOf(world.record))).toEqual([]);
}, 200_000);

test("two builds that change the same subnet from two hosts lose neither each other's edit nor somebody else's", async () => {
  const body = (name: string) => {
    const { template } = request(estate, name);
    const vmProfile = sampleTemplate(estate).properties.vmProfile;
    return {
      template: { ...template, body: { ...template.body, properties: { ...template.body.properties, vmProfile } } },
    };
  };
  const before = await read(estate.nsg);
  const subnet = await read(estate.subnet);
  await arm("PUT", `${estate.subnet}?api-version=2024-01-01`, {
    ...subnet,
    properties: { ...subnet.properties, serviceEndpoints: [{ service: "Microsoft.Storage" }] },
  });
  const asked = await Promise.all(apps.map((app, i) => ask(app, `net-${i}`, body(`net-${i}`))));
  const ended = await ends(world, asked, 150_000);
  const states = asked.map((id) => ended.get(id)?.state ?? "not ended");
  if (states.some((state) => state !== "succeeded")) console.log([...ended.values()].map(({ problem }) => problem));
  expect(states).toEqual(["succeeded", "succeeded"]);
  const after = await read(estate.subnet);
  expect(after.properties.serviceEndpoints).toMatchObject([{ service: "Microsoft.Storage" }]);
  expect(after.properties.privateLinkServiceNetworkPolicies).toBe("Disabled");
  const rules = (await read(estate.nsg)).properties.securityRules as { name: string }[];
  for (const { name } of before.properties.securityRules as { name: string }[])
    expect(rules.map((rule) => rule.name)).toContain(name);
  const ours = rules.filter(({ name }) => name.startsWith("Goldsmith"));
  expect(ours.length).toBeGreaterThan(0);
  expect(new Set(ours.map(({ name }) => name)).size).toBe(ours.length);
  expect(doubledGrants(exchangesOf(world.record))).toEqual([]);
}, 200_000);

/** Runs that the service accepted within the quarter of an hour that the one before takes at least. */
function runInTheMiddle(): string[] {
  const begun = new Map<string, number>();
  return exchangesOf(world.record)
    .filter(({ method, url, status }) => method === "POST" && status === 202 && /\/run\?/.test(url))
    .filter(({ url, at }) => {
      const path = new URL(url).pathname.toLowerCase();
      const under = Date.parse(at) - (begun.get(path) ?? 0) < 900_000;
      begun.set(path, Date.parse(at));
      return under;
    })
    .map(({ at, url }) => `${at} ${new URL(url).pathname}`);
}

interface Resource {
  readonly properties: Readonly<Record<string, unknown>>;
}

async function read(id: string): Promise<Resource> {
  const { status, body } = await arm("GET", `${id}?api-version=2024-01-01`);
  expect(status).toBe(200);
  return body as Resource;
}
