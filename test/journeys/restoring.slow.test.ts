import { sampleTemplate } from "../../local/estate.ts";
import { approver, endStorage, startWorld, type TestWorld } from "./world.ts";

const version = "api-version=2024-01-01";
let world: TestWorld;
beforeAll(async () => {
  world = await startWorld();
  await seedNetwork();
}, 60_000);
afterAll(async () => {
  await world.stop();
  await endStorage();
});

const network = () => `${world.estate.networkGroup}/providers/Microsoft.Network/virtualNetworks/vnet-pair`;
const nsg = (name: string) =>
  `${world.estate.networkGroup}/providers/Microsoft.Network/networkSecurityGroups/pair-${name}`;
const subnets = ["build", "containers"] as const;

/** A build and a container subnet, each behind an NSG that denies everything, and neither ready for a build. */
async function seedNetwork(): Promise<void> {
  const { arm, clock } = world;
  const deny = (direction: string) => ({
    name: `DenyAll${direction}`,
    properties: {
      priority: 4000,
      direction,
      access: "Deny",
      protocol: "*",
      sourceAddressPrefix: "*",
      sourcePortRange: "*",
      destinationAddressPrefix: "*",
      destinationPortRange: "*",
    },
  });
  const put = async (id: string, properties: object) => {
    const { status } = await arm("PUT", `${id}?${version}`, { location: "westeurope", properties });
    expect(status).toBe(201);
    await clock.advance(30_000);
  };
  for (const name of subnets) await put(nsg(name), { securityRules: [deny("Inbound"), deny("Outbound")] });
  await put(network(), {
    addressSpace: { addressPrefixes: ["10.70.0.0/16"] },
    subnets: subnets.map((name, n) => ({
      name,
      properties: {
        addressPrefix: `10.70.${n}.0/24`,
        networkSecurityGroup: { id: nsg(name) },
        serviceEndpoints: [{ service: "Microsoft.Storage" }],
      },
    })),
  });
}

/** VNet, subnets and NSGs without what ARM itself changes. */
async function everything(): Promise<unknown> {
  const strip = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(strip);
    if (typeof value !== "object" || value === null) return value;
    const kept = Object.entries(value).filter(([name]) => name !== "etag" && name !== "provisioningState");
    return Object.fromEntries(kept.map(([name, one]) => [name, strip(one)]));
  };
  const read = async (id: string) => strip((await world.arm("GET", `${id}?${version}`)).body);
  return Promise.all([read(network()), ...subnets.map((name) => read(nsg(name)))]);
}

function bodyInPair() {
  const sample = sampleTemplate(world.estate);
  const vnetConfig = {
    subnetId: `${network()}/subnets/build`,
    containerInstanceSubnetId: `${network()}/subnets/containers`,
  };
  return { ...sample, properties: { ...sample.properties, vmProfile: { ...sample.properties.vmProfile, vnetConfig } } };
}

async function ask(name: string): Promise<string> {
  const template = { resourceGroupId: world.estate.imagesGroup, name, body: bodyInPair() };
  const asked = await world.call<{ id: string }>("POST", "builds", { template, network: "restore" });
  expect(asked.status).toBe(202);
  return asked.body.id;
}

test("delegation and rules are there while the build runs, and afterwards everything is as ARM returned it before", async () => {
  const before = await everything();
  const id = await ask("restored");
  const running = async () => (await world.call<{ state: string }>("GET", `builds/${id}`)).body.state === "running";
  await world.clock.until(running);
  expect(JSON.stringify(await everything())).toContain("Microsoft.ContainerInstance/containerGroups");
  const build = await world.built(id);
  expect(build.state).toBe("succeeded");
  const kinds = build.plan?.changes.map(({ kind }) => kind).filter((kind) => kind !== "assignRole");
  expect(new Set(kinds)).toEqual(new Set(["delegateSubnet", "addSecurityRule"]));
  expect(await everything()).toEqual(before);
});

test("what somebody changed meanwhile is left as it is, and undo says so and what to do", async () => {
  const before = await everything();
  const id = await ask("changed");
  const { arm, call, clock } = world;
  await clock.until(async () => (await call<{ state: string }>("GET", `builds/${id}`)).body.state === "running");
  const rules = (await arm("GET", `${nsg("build")}/securityRules?${version}`)).body as { value: { name: string }[] };
  const ours = rules.value.find(({ name }) => name.startsWith("Goldsmith"))?.name ?? "";
  const edited = await arm("GET", `${nsg("build")}/securityRules/${ours}?${version}`);
  const body = edited.body as { properties: object };
  const wider = { ...body, properties: { ...body.properties, destinationPortRange: "22-23" } };
  expect((await arm("PUT", `${nsg("build")}/securityRules/${ours}?${version}`, wider)).status).toBe(200);
  const build = await world.built(id);
  expect(build.state).toBe("succeeded");
  expect(JSON.stringify(build.timeline)).toMatch(/ChangedSince|changed it since/i);
  expect(JSON.stringify(await everything())).toContain('"22-23"');
  const asked = await call<{ id: string }>("POST", "undo", { all: true, only: "network" }, approver);
  let report: { state: string; lines?: { outcome: string; problem?: { code: string; fix: string[] } }[] } | undefined;
  await clock.until(async () => {
    report = (await call<typeof report>("GET", `undo/${asked.body.id}`)).body;
    return report?.state === "done";
  });
  const refused = report?.lines?.filter(({ outcome }) => outcome === "refused");
  expect(refused).toEqual([expect.objectContaining({ problem: expect.objectContaining({ code: "ChangedSince" }) })]);
  expect(refused?.[0]?.problem?.fix.join()).toMatch(/by hand/);
  await arm("DELETE", `${nsg("build")}/securityRules/${ours}?${version}`);
  await clock.advance(60_000);
  expect(await everything()).toEqual(before);
});

const legacy: [name: string, config: object, title: RegExp][] = [
  [
    "all three names",
    { name: "vnet-pair", subnetName: "build", resourceGroupName: "rg-network" },
    /belongs to the first API/,
  ],
  ["a name alone", { name: "vnet-pair" }, /if and only if subnetName and resourceGroupName/],
  ["names without the group", { name: "vnet-pair", subnetName: "build" }, /if and only if subnetName/],
];

test.each(legacy)(
  "the first API's VirtualNetworkConfig with %s is refused with the rule, before anything is granted",
  async (...given) => {
    const [about, VirtualNetworkConfig, title] = given;
    const sample = sampleTemplate(world.estate);
    const { vnetConfig: _, ...vmProfile } = sample.properties.vmProfile;
    const body = { ...sample, properties: { ...sample.properties, vmProfile: { ...vmProfile, VirtualNetworkConfig } } };
    const template = { resourceGroupId: world.estate.imagesGroup, name: about.replaceAll(" ", "-"), body };
    const from = world.record().length;
    const asked = await world.call<{ id: string }>("POST", "builds", { template });
    const build = await world.built(asked.body.id);
    expect(build).toMatchObject({ state: "refused", problem: { code: "InvalidTopology" } });
    expect(build.problem?.title).toMatch(title);
    expect(build.problem?.fix?.join()).toContain("vmProfile.vnetConfig.subnetId");
    const writes = world
      .record()
      .slice(from)
      .filter(({ method, caller }) => caller === "app" && method === "PUT");
    expect(writes).toEqual([]);
  },
);

test.each(["bicep", "terraform", "az", "powershell"])(
  "for people who advise, every network change comes out as %s",
  async (format) => {
    const { host, estate } = world;
    const planned = async (name: string, body: object) => {
      const answer = await fetch(`${host.url}/api/plans?as=${format}`, {
        method: "POST",
        headers: { "x-functions-key": host.keys.function },
        body: JSON.stringify({ template: { resourceGroupId: estate.imagesGroup, name, body } }),
      });
      expect(answer.status).toBe(200);
      return answer.text();
    };
    const text = (await planned("pair", bodyInPair())) + (await planned("single", sampleTemplate(estate)));
    expect(text).toContain("Microsoft.ContainerInstance/containerGroups");
    expect(text).toMatch(/private-?link-?service-?network-?policies/i);
    expect(text).toContain("Goldsmith-");
  },
);

test("an audit tells that somebody took a network change back", async () => {
  const { arm, call, clock, estate } = world;
  const template = { resourceGroupId: estate.imagesGroup, name: "ubuntu-2404", body: sampleTemplate(estate) };
  const asked = await call<{ id: string }>("POST", "builds", { template });
  expect((await world.built(asked.body.id)).state).toBe("succeeded");
  const subnet = (await arm("GET", `${estate.subnet}?${version}`)).body as { properties: object };
  const properties = { ...subnet.properties, privateLinkServiceNetworkPolicies: "Enabled" };
  expect((await arm("PUT", `${estate.subnet}?${version}`, { ...subnet, properties })).status).toBe(200);
  await clock.advance(60_000);
  const { id } = (await call<{ id: string }>("POST", "audits", {})).body;
  let report: { state: string; findings: { kind: string; scope: string }[] } | undefined;
  await clock.until(async () => {
    report = (await call<typeof report>("GET", `audits/${id}`)).body;
    return report?.state === "done";
  });
  const drift = report?.findings.filter(({ kind }) => kind === "networkDrift");
  expect(drift).toContainEqual(expect.objectContaining({ scope: estate.subnet }));
});
